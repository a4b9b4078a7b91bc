"""`hrvctl score` on a small life, sealed evening by evening, against figures made by hand."""

import shutil
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from cli.homes import rows
from conftest import TODAY, ZONE, Result
from hrvctl.domain.tracking import SealContext, seal
from hrvctl.records import LEVELS, Forecast, Metric, Outcome
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import append_outcomes, append_sealed, load_head, load_sealed

Hrvctl = Callable[..., Result]

N = 50
FIRST = TODAY - timedelta(days=N)
RNG = np.random.default_rng(8)
TRUTH = np.round(60 + RNG.normal(0, 8, N))
SAID = {
    "naive": np.concatenate([[60.0], TRUTH[:-1]]),
    "ma7": np.array([TRUTH[max(i - 7, 0) : max(i, 1)].mean() for i in range(N)]),
    "agent": TRUTH + RNG.normal(0, 4, N),
    # The person guesses on every third evening, from the second on.
    "guess": TRUTH + RNG.normal(2, 6, N),
}
GUESSED = np.arange(N) % 3 == 1
SPREAD = 6.0
CORRECTED = 10


def forecast(source: str, i: int, value: float) -> Forecast:
    """What a source says of morning i; only the agent states intervals."""
    factors = zip(LEVELS, (-2, -1, 0, 1, 2), strict=True)
    return Forecast(
        target=FIRST + timedelta(days=i),
        horizon_days=1,
        source=source,
        mean_ms=float(value),
        quantiles_ms={p: float(value + k * SPREAD) for p, k in factors}
        if source == "agent"
        else {},
    )


def came_true(day: date, value: float, at: datetime, *, revision: int = 1) -> Outcome:
    return Outcome(
        day=day,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        revision=revision,
        value_ms=float(value),
        recorded_at=at,
        origin="import" if revision == 1 else "manual",
        reason="" if revision == 1 else "sensor slipped",
    )


@pytest.fixture(scope="module")
def _life(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty evenings: each seals tomorrow's forecasts after today's value became known."""
    home = Home(tmp_path_factory.mktemp("life") / "home")
    with open_store(home, write=True) as store:
        # One evening more than there are outcomes: its morning waits.
        for i in range(N + 1):
            evening = FIRST + timedelta(days=i - 1)
            now = datetime.combine(evening, time(21), tzinfo=ZONE)
            if i:
                # Morning 10 is first seen as a glitch and corrected the same evening.
                seen = 250.0 if i - 1 == CORRECTED else TRUTH[i - 1]
                append_outcomes(store, "me", [came_true(evening, seen, now)])
                if i - 1 == CORRECTED:
                    mended = came_true(evening, TRUTH[i - 1], now, revision=2)
                    append_outcomes(store, "me", [mended])
            # A first word that is taken back before the morning: it does not count.
            for inputs, off in (("early", 30.0), ("late", 0.0)):
                told = [
                    (forecast(name, i, values[i % N] + off), inputs)
                    for name, values in SAID.items()
                    if name != "guess" or GUESSED[i % N]
                ]
                occasion = SealContext(
                    subject="me",
                    metric=Metric.HRV_RMSSD_MS,
                    measured_by="whoop",
                    as_of=evening,
                    sealed_at=now,
                    day_starts_at=time(4),
                    new_salt=lambda: "salt",
                    run_id="run",
                )
                with store.transaction():
                    sealed = load_sealed(store, "me")
                    append_sealed(store, seal(told, occasion, head=load_head(store), sealed=sealed))
    return home.root


@pytest.fixture
def life(home: Home, _life: Path) -> Home:
    """The test's home, with the fifty evenings in it."""
    shutil.copytree(_life, home.root)
    return home


def scored(hrvctl: Hrvctl) -> dict[str, dict]:
    (series,) = hrvctl("score", "--json").data["series"]
    return {row["source"]: row for row in series["figures"]}


def test_figures_equal_those_computed_by_hand(life: Home, hrvctl: Hrvctl) -> None:
    """Every source on its mornings, against the corrected truth, with plain numpy."""
    assert life.exists()
    found = scored(hrvctl)
    assert list(found) == ["naive", "ma7", "agent", "guess"]
    naive_error = np.abs(SAID["naive"] - TRUTH)
    for source, values in SAID.items():
        on = GUESSED if source == "guess" else np.ones(N, bool)
        error = np.abs(values - TRUTH)[on]
        row = found[source]
        assert row["n"] == row["n_beside_naive"] == row["n_beside_ma7"] == on.sum()
        assert row["mae_ms"] == pytest.approx(error.mean(), abs=1e-6)
        assert row["bias_ms"] == pytest.approx((values - TRUTH)[on].mean(), abs=1e-6)
        ratio = error.sum() / naive_error[on].sum()
        assert row["relative_to_naive"] == pytest.approx(ratio, abs=1e-6)
        week = np.abs(SAID["ma7"] - TRUTH)[on].sum()
        assert row["relative_to_ma7"] == pytest.approx(error.sum() / week, abs=1e-6)
        square = ((values - TRUTH)[on] ** 2).sum() / ((SAID["naive"] - TRUTH)[on] ** 2).sum()
        assert row["rmsse"] == pytest.approx(np.sqrt(square), abs=1e-6)
        if source != "naive":
            assert row["skill"]["value"] == pytest.approx(1 - ratio, abs=1e-6)
            nearer = naive_error[on] - error
            duel = row["against_naive"]
            assert duel["wins"] == (nearer > 1e-9).sum()
            assert duel["losses"] == (nearer < -1e-9).sum()


def test_corrections_by_hand_are_counted_and_the_figures_without_them_shown(
    life: Home, hrvctl: Hrvctl
) -> None:
    """A person who mends outcomes changes the score; both figures stand side by side."""
    assert life.exists()
    (series,) = hrvctl("score", "--json").data["series"]
    assert series["n_by_hand"] == 1
    seen = np.where(np.arange(N) == CORRECTED, 250.0, TRUTH)
    for row in series["first_seen"]:
        on = GUESSED if row["source"] == "guess" else np.ones(N, bool)
        error = np.abs(SAID[row["source"]] - seen)[on].mean()
        assert row["mae_ms"] == pytest.approx(error, abs=1e-6)
    out = hrvctl("score").out
    assert "Outcomes corrected or entered by hand: 1 morning." in out
    assert "Without the corrections, by the values first seen:" in out


def test_intervals_are_scored_where_there_are_any(life: Home, hrvctl: Hrvctl) -> None:
    """Coverage, width and pinball loss of the agent; the guess has none and says so."""
    assert life.exists()
    found = scored(hrvctl)
    error = np.abs(SAID["agent"] - TRUTH)
    held = found["agent"]["coverage_80"]
    assert (held["n"], held["inside"], held["width_ms"]) == (N, (error <= SPREAD).sum(), 12)
    assert found["agent"]["coverage_95"]["inside"] == (error <= 2 * SPREAD).sum()
    levels = np.array(LEVELS)
    e = TRUTH[:, None] - (SAID["agent"][:, None] + SPREAD * np.arange(-2, 3))
    loss = np.maximum(levels * e, (levels - 1) * e).mean()
    assert found["agent"]["pinball_ms"] == pytest.approx(loss, abs=1e-6)
    assert (found["guess"]["coverage_80"], found["guess"]["n_pinball"]) == (None, 0)
    n = int(GUESSED.sum())
    assert f"skill interval: have {n} mornings beside naive, need 42" in found["guess"]["missing"]


def test_table_shows_them_side_by_side(life: Home, hrvctl: Hrvctl) -> None:
    """The person reads everyone's error below each other, and what waits."""
    assert life.exists()
    out, full = hrvctl("score").out, hrvctl("score", "--full").out
    mae = np.abs(SAID["agent"] - TRUTH).mean()
    last = np.abs(SAID["naive"] - TRUTH).mean()
    guess = np.abs(SAID["guess"] - TRUTH)[GUESSED].mean()
    assert out.startswith(
        f"Nearest so far: the final forecast was {mae:.1f} ms off on {N} mornings, the last value"
        f" {last:.1f}, a difference that is more than chance."
    )
    assert f"Your guess was {guess:.1f} ms off on {GUESSED.sum()} mornings." in out
    assert f"\n{N} sealed mornings from {FIRST} to {TODAY - timedelta(days=1)}" in out
    assert "1 waiting for their outcome" in out
    line, *_ = (line for line in out.splitlines() if line.startswith("agent"))
    assert line.split()[1:3] == [str(N), f"{mae:.2f}"]
    assert "RMSSE" not in out
    assert "RMSSE" in full
    assert "guess: skill interval: have" in full


def test_nothing_scored_says_have_and_need(hrvctl: Hrvctl, imported: Home) -> None:
    """Before the first sealed morning came true there is no score, and no made-up one."""
    assert imported.exists()
    done = hrvctl("score")
    assert done.code == 0
    assert done.out.startswith("Nothing scored yet: have 0 mornings, need 1.\n")
    assert hrvctl("score", "--json").data["series"] == []


def test_without_a_home_nothing_is_made(home: Home, hrvctl: Hrvctl) -> None:
    """Asking for the score creates nothing."""
    assert hrvctl("score").code == 4
    assert not home.root.exists()


def test_replays_and_backtests_never_enter(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """One morning was sealed and came true; rehearsing the past adds none."""
    before = hrvctl("score", "--json").data
    assert before["n_mornings"] == 1
    stored = rows(home_with_two_runs)
    assert hrvctl("daily", "--as-of", TODAY - timedelta(days=9)).code == 0
    assert hrvctl("backtest").code == 0
    assert hrvctl("score", "--json").data == before
    assert rows(home_with_two_runs) == stored
