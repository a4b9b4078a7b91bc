"""Slips of the keyboard: refused before anything runs, in words that say what to type."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Result
from hrvctl.cli.values import parse_clock, parse_ms
from hrvctl.errors import UsageError

Hrvctl = Callable[..., Result]
# What is typed, the exit code, and what is answered.
SLIPS = {
    "daily --bedtime 25:00": (2, "'25:00' is not a time\n  write it as HH:MM"),
    "daily --bedtime 7": (2, "'7' is not a time"),
    "daily --guess 9999": (1, "a guess of 9999 ms is not an HRV a person can have"),
    "daily --guess sixty": (2, "'sixty' is not an HRV in ms\n  write a number, for example 62"),
    "daily --import /nothing/here.csv": (1, "/nothing/here.csv: no such file\n  check the path"),
    "daily --model sse": (2, "'sse' is not one of 'auto', 'hierarchical'"),
    "daily --as-of 2026-13-01": (2, "'2026-13-01' is not a date"),
    "daily --as-of yesterdya": (2, "'yesterdya' is not a date"),
    "guess": (2, "Missing argument 'MS'"),
    "guess 62bpm": (2, "'62bpm' is not an HRV in ms"),
    "backtest --models sse": (2, "no model is called 'sse'"),
    "runs --limit x": (2, "'--limit': write a whole number"),
    "runs --limit 0": (2, "'--limit': the least is 1"),
    "config set modle ses": (12, "unknown key 'modle', did you mean 'model'?"),
    "config set model sess": (12, "use one of: auto, hierarchical"),
    "import -": (2, "an export is not read from standard input"),
    "dayli": (2, "Did you mean 'daily'?"),
}


@pytest.mark.parametrize("line", SLIPS)
def test_a_slip_is_refused_before_anything_runs(hrvctl: Hrvctl, line: str) -> None:
    """No home is made, no run is begun, and no name of an op or word of a library is shown."""
    code, answer = SLIPS[line]
    done = hrvctl(*line.split())
    assert (done.code, done.out) == (code, "")
    assert answer in done.err
    assert not any(word in done.err for word in ("_op", "Input should", "Value error", "parse"))
    assert hrvctl("runs", "--json").data["runs"] == []
    assert hrvctl("status").code == 4


def test_an_empty_path_is_not_the_current_folder(hrvctl: Hrvctl) -> None:
    """`hrvctl import "$UNSET"` imports nothing."""
    for words in (("import", ""), ("daily", "--import", "")):
        done = hrvctl(*words)
        assert (done.code, done.err.splitlines()[0]) == (2, "hrvctl: a path is empty")


@given(st.floats(1, 400).map(lambda ms: round(ms, 1)), st.sampled_from(["{}", "{} ms", "{}ms"]))
def test_an_hrv_may_be_written_with_its_unit_and_a_decimal_comma(ms: float, form: str) -> None:
    """All are one number."""
    text = form.format(ms)
    assert parse_ms(text) == parse_ms(text.replace(".", ",")) == ms


@given(st.times())
def test_a_time_may_be_written_by_either_clock(at) -> None:
    """With 24 hours or 12, with a colon or a dot; minutes may be left out with am and pm."""
    written = f"{at:%H:%M}"
    half = f"{at.hour % 12 or 12}:{at:%M}{'pm' if at.hour >= 12 else 'am'}"
    assert written == parse_clock(written) == parse_clock(half) == parse_clock(f"{at:%H.%M}")
    if not at.minute:
        assert parse_clock(half.replace(":00", " ").upper()) == written


@pytest.mark.parametrize("text", ["", "7", "24:00", "12:60", "13pm", "0am", "noon", "-1:00", "1:2"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """Nothing is guessed: 7 may be of the morning or the evening."""
    with pytest.raises(UsageError, match="is not a time"):
        parse_clock(text)
