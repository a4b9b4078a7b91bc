"""The picture in the terminal: nights, the range behind them, tomorrow at the end."""

import io
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import TODAY, Result
from hrvctl.cli import output
from hrvctl.cli.trend_picture import ASCII, BLOCKS, ROWS, SCALE, picture
from hrvctl.domain.trend import TrendDay
from hrvctl.records import Forecast
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]


def day(back: int, hrv_ms: float | None, *, is_set_aside: bool = False) -> TrendDay:
    """A day so many days ago, held against a range of 50 to 60 ms."""
    return TrendDay(
        day=TODAY - timedelta(days=back),
        hrv_ms=hrv_ms,
        mean7_ms=55.0,
        low_ms=50.0,
        high_ms=60.0,
        is_set_aside=is_set_aside,
    )


def tomorrow(mean_ms: float, low_ms: float, high_ms: float) -> Forecast:
    return Forecast(
        target=TODAY + timedelta(days=1),
        horizon_days=1,
        source="agent",
        mean_ms=mean_ms,
        quantiles_ms={0.1: low_ms, 0.9: high_ms},
    )


def test_a_small_picture_is_this_one() -> None:
    """The highest night on top, the lowest at the bottom, a missing one empty."""
    days = [day(4, 70), day(3, None), day(2, 55, is_set_aside=True), day(1, 40), day(0, 56)]
    assert picture(days, tomorrow(54, 45, 65), width=60, signs=ASCII) == (
        "  70 *\n"
        "           |\n"
        "           |\n"
        "     ..... |\n"
        "  55 ..o.* +\n"
        "     ..... |\n"
        "           |\n"
        "           |\n"
        "  40    *\n"
        "     Fri 6 Mar 2026 to Tue 10 Mar 2026\n"
        "     * night, . normal range, o set aside, | tomorrow"
    )


@given(
    values=st.lists(st.none() | st.floats(5, 300), min_size=1, max_size=250),
    width=st.integers(60, 200),
    signs=st.sampled_from([ASCII, BLOCKS]),
)
def test_every_width_is_kept_and_every_night_is_drawn(values, width, signs) -> None:
    """Nine lines no wider than the terminal, with one mark a night that there is room for."""
    days = [day(len(values) - i, value) for i, value in enumerate(values)]
    drawn = picture(days, tomorrow(55, 40, 70), width=width, signs=signs)
    shown = [value for value in values[-(width - 8) :] if value is not None]
    if not shown:
        assert drawn == ""
        return
    assert max(map(len, drawn.splitlines())) <= width
    lines = drawn.splitlines()[:ROWS]
    columns = "".join(line[SCALE:-1] if len(line) > width - 2 else line[SCALE:] for line in lines)
    assert sum(columns.count(sign) for sign in {signs.upper, signs.lower}) == len(shown)


@pytest.mark.parametrize(("encoding", "sign"), [("utf-8", "\u2591"), ("ascii", ".")])
def test_a_terminal_without_blocks_gets_ascii(
    home_with_two_runs: Home,
    hrvctl: Hrvctl,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
    sign: str,
) -> None:
    """By the encoding of stdout."""
    del home_with_two_runs
    monkeypatch.setattr(
        output, "can_show", lambda signs: signs.encode(encoding, "ignore").decode(encoding) == signs
    )
    out = hrvctl("show", "trend").out
    assert f"{sign} normal range" in out
    assert "tomorrow" in out


def test_the_encoding_of_stdout_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signs that it lacks are not used."""
    for encoding, can_show in (("utf-8", True), ("ascii", False), ("latin-1", False)):
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
        assert output.can_show(BLOCKS.upper + BLOCKS.inside) is can_show


@pytest.mark.parametrize("command", [[], ["status"]])
def test_status_and_morning_draw_on_a_terminal_alone(
    home_with_two_runs: Home, hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """A pipe and `--json` get no picture."""
    del home_with_two_runs
    assert "normal range, " not in hrvctl(*command).out
    monkeypatch.setattr(output, "is_terminal", lambda _: True)
    assert "tomorrow" in hrvctl(*command).out.splitlines()[-1]
    assert hrvctl(*command, "--json").json["status"] == "done"


def test_the_picture_has_the_numbers_of_status(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """The last day's range and mean, and the forecast sealed for tomorrow."""
    del home_with_two_runs
    data, status = hrvctl("show", "trend", "--json").data, hrvctl("status", "--json").data
    last = data["days"][-1]
    for key in ("mean7_ms", "low_ms", "high_ms"):
        assert last[key] == status["baseline"][key]
    assert last["hrv_ms"] == pytest.approx(status["baseline"]["value_ms"])
    assert data["sealed_for_tomorrow"] == status["sealed_for_tomorrow"]
    assert len(data["days"]) == 56
