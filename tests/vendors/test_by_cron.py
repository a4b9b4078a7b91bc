"""Evenings by the crontab's line, in cron's bare environment, while vendors fail."""

from pathlib import Path

import pytest

from vendors.unattended import DAY, World, live_evenings

N, DOWN, WITHDRAWN = 5, range(1, 3), 2


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Five evenings: one vendor is down on two of them, another's grant is withdrawn."""
    root = tmp_path_factory.mktemp("cron")
    return live_evenings(Path(root), n=N, down=DOWN, withdrawn=WITHDRAWN)


pytestmark = pytest.mark.slow


def test_the_forecast_is_there_every_evening(lived: World) -> None:
    """For the next morning, whoever is down."""
    assert lived.sealed() == {evening.day + DAY: 1 for evening in lived.evenings}


def test_an_outage_is_said_once_an_evening_at_most(lived: World) -> None:
    """In the status, and beside what needs the person; once it is over it is gone."""
    mailed = [evening.mail.count("oura: the connection failed") for evening in lived.evenings]
    assert mailed == [int(i == WITHDRAWN) for i in range(N)]
    said = ["the last pull failed" in evening.status for evening in lived.evenings]
    assert said == [evening.is_down for evening in lived.evenings]


def test_a_dead_grant_is_told_once_and_never_tried_again(lived: World) -> None:
    """By mail and to the monitor, on the evening it is found; then the vendor is left alone."""
    told = [i for i, evening in enumerate(lived.evenings) if "hrvctl connect whoop" in evening.mail]
    assert told == [WITHDRAWN]
    assert lived.pings() == ["6" if i == WITHDRAWN else "0" for i in range(N)]
    assert [evening.code for evening in lived.evenings] == [int(end) for end in lived.pings()]
    assert lived.dead.n_dead_tries == 0
    asked = [evening.n_asked_dead > 0 for evening in lived.evenings]
    assert asked == [i <= WITHDRAWN for i in range(N)]


def test_every_other_evening_says_nothing(lived: World) -> None:
    """Cron mails what is printed."""
    assert [e.mail for i, e in enumerate(lived.evenings) if i != WITHDRAWN] == [""] * (N - 1)
