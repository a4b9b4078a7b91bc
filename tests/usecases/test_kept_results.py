"""What an evening keeps for the next: fits of the models, and the week's effects."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from domain.evenings import effect, effects
from hrvctl.domain.forecast.fits import fit_once, kept_fits
from hrvctl.domain.series import History
from hrvctl.records import Metric
from hrvctl.store.home import Home, create_home
from hrvctl.usecases import effects as use_case
from hrvctl.usecases.effects import weekly_effects
from hrvctl.usecases.fits import keep_fits
from hrvctl.usecases.workspace import Workspace

MONDAY = date(2026, 3, 9)
HISTORY = History(
    first=MONDAY,
    metric=Metric.HRV_RMSSD_MS,
    measured_by="whoop",
    hrv=(60.0,),
    measured={},
    journal={},
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    home = Home(tmp_path / "home")
    create_home(home)
    return home


def on(home: Home, day: date) -> Workspace:
    """The home on an evening."""
    zone = timezone(timedelta(hours=1))
    return Workspace(home, lambda: datetime(day.year, day.month, day.day, 21, tzinfo=zone))


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The evenings on which effects were measured."""
    days: list[date] = []

    def measure(history: History):
        days.append(history.last)
        return replace(effects(effect("alcohol", -5.1234567891)), as_of=history.last)

    monkeypatch.setattr(use_case, "measure_effects", measure)
    return days


def test_effects_are_measured_once_a_week_and_have_their_date(home, measured) -> None:
    """Whatever the day of the first run in it; another device is another question."""
    for n in (2, 3, 6, 7, 9):
        day = MONDAY + timedelta(days=n)
        history = replace(HISTORY, first=day)
        found = weekly_effects(on(home, day), on(home, day).evening("me"), history)
        assert found.as_of == measured[-1]
    assert measured == [MONDAY + timedelta(days=2), MONDAY + timedelta(days=7)]
    other = replace(history, measured_by="oura")
    assert weekly_effects(on(home, day), on(home, day).evening("me"), other).as_of == day


def test_effects_of_a_replay_are_its_own(home, measured) -> None:
    """They are neither kept nor taken from what was kept."""
    replayed = on(home, MONDAY + timedelta(days=9)).evening("me", MONDAY)
    for _ in range(2):
        weekly_effects(on(home, MONDAY), replayed, HISTORY)
    assert measured == [MONDAY, MONDAY]


def test_without_a_regression_every_evening_looks(home, monkeypatch) -> None:
    """A first answer in the middle of a week does not wait for the next."""
    nothing = replace(effects(), as_of=MONDAY)
    monkeypatch.setattr(use_case, "measure_effects", lambda _: nothing)
    workspace = on(home, MONDAY)
    weekly_effects(workspace, workspace.evening("me"), HISTORY)
    assert not (home.cache("me") / "effects.json").exists()


def fit(workspace: Workspace, as_of: date | None = None) -> bool:
    """Whether a fit was made, and not kept."""
    made = []

    def make(values):
        made.append(values)
        return 0.1 + 0.2, 1 / 3

    import numpy as np

    with keep_fits(workspace, workspace.evening("me", as_of)):
        found = fit_once("ses", 14, np.array([1.0, 2.0]), make)
    assert found == (0.1 + 0.2, 1 / 3)
    return bool(made)


def test_fits_are_kept_with_every_digit_by_a_live_evening(home) -> None:
    """A replay uses them and keeps none of its own."""
    workspace = on(home, MONDAY)
    assert fit(workspace, MONDAY - timedelta(days=3))
    assert fit(workspace)
    assert not fit(workspace)
    assert not fit(workspace, MONDAY - timedelta(days=3))
    assert kept_fits.get() is None


@pytest.mark.parametrize("change", [{"versions": {}}, {"fits": None}, {"fits": {}}])
def test_fits_of_another_version_are_made_again(home, change) -> None:
    """So are lost ones."""
    workspace = on(home, MONDAY)
    fit(workspace)
    path = home.cache("me") / "fits.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert fit(workspace)
