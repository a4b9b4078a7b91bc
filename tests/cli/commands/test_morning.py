"""`hrvctl morning` and plain `hrvctl`: last night and what was said of it, on one screen."""

from collections.abc import Callable
from datetime import timedelta

from cli.homes import make_export, rows, tree
from conftest import TODAY, Result
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import load_sealed

Hrvctl = Callable[..., Result]
TOMORROW = TODAY + timedelta(days=1)


def test_an_empty_home_gets_help(home: Home, hrvctl: Hrvctl) -> None:
    """Nothing is made, and it is no error."""
    done = hrvctl()
    assert (done.code, done.err) == (0, "")
    assert not home.root.exists()
    assert hrvctl("--json").data == {}


def test_plain_hrvctl_reads_only(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """The night, where it lies, the forecast sealed for it, and the one for tomorrow."""
    before = rows(home_with_two_runs), tree(home_with_two_runs.root)
    done = hrvctl()
    assert (done.code, done.err) == (0, "")
    assert (rows(home_with_two_runs), tree(home_with_two_runs.root)) == before
    data = hrvctl("--json").data
    sealed = hrvctl("show", "ledger", "--json").data["rows"]
    agent = {row["morning"]: row["forecast"] for row in sealed if row["source"] == "agent"}
    assert data["forecast"]["mean_ms"] == agent[str(TODAY)]
    assert data["sealed_for_tomorrow"]["mean_ms"] == agent[str(TOMORROW)]
    assert done.out.startswith(f"Tue 10 Mar 2026: {data['hrv_ms']:.0f} ms, ")
    assert "  Forecast: " in done.out
    assert "8 mornings of 10 between" in done.out
    assert "Tomorrow: " in done.out


def test_the_morning_takes_in_what_has_come(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """Quiet code 4 until the night is there; then its outcome counts. Nothing is sealed."""
    before = hrvctl("--json").data["records"].get("forecast", {"n": 0, "mae_ms": 0.0})
    with open_store(home_with_two_runs, write=False) as store:
        sealed = load_sealed(store, of_tomorrow=False)
    early = hrvctl("morning", on=TOMORROW)
    assert early.code == 4
    assert early.out.startswith("Wed 11 Mar 2026: no night yet.")
    make_export(home_with_two_runs.inbox / "new", last_day=TOMORROW)
    done = hrvctl("morning", "--json", on=TOMORROW)
    assert done.code == 0
    data = done.data
    low, high = data["forecast"]["low_80_ms"], data["forecast"]["high_80_ms"]
    assert data["is_inside_80"] == (low <= data["hrv_ms"] <= high)
    (series,) = hrvctl("score", "--json").data["series"]
    scored = {row["source"]: row for row in series["figures"]}["agent"]
    record = data["records"]["forecast"]
    assert (record["n"], record["mae_ms"]) == (scored["n"], scored["mae_ms"])
    assert record["n"] == before["n"] + 1
    with open_store(home_with_two_runs, write=False) as store:
        assert load_sealed(store, of_tomorrow=False) == sealed
    assert hrvctl("ledger", "verify").code == 0


def test_a_guess_stands_beside_the_forecast(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """With how far off it was, once the night is there."""
    hrvctl("guess", "61")
    make_export(home_with_two_runs.inbox / "new", last_day=TOMORROW)
    out = hrvctl("morning", on=TOMORROW).out
    value = hrvctl("--json", on=TOMORROW).data["hrv_ms"]
    difference = round(value) - 61
    where = "above" if difference > 0 else "below"
    assert f"Your guess: 61 ms: it came {abs(difference)} ms {where}." in out
