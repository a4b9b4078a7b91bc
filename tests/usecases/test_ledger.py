"""What is sealed and when: guesses, corrections, stale data, the first nights, a new device."""

from datetime import datetime, time, timedelta

import pytest

from conftest import TODAY, ZONE
from hrvctl.cli.main import run
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.reconcile import Reconciliation
from hrvctl.pipeline.ops import LISTED_DAYS
from hrvctl.records import Metric
from hrvctl.samples.people import Traits
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_guesses, load_outcomes, load_sealed
from pipeline.made_up import NIGHTS, TOMORROW, hrv_on, nights, write_table

YESTERDAY = TODAY - timedelta(days=1)


def sealed(home, source=None, target=None):
    with open_store(home, write=False) as store:
        rows = load_sealed(store)
    return [
        row
        for row in rows
        if source in (None, row.forecast.source) and target in (None, row.forecast.target)
    ]


def outcomes(home, day):
    with open_store(home, write=False) as store:
        return [
            (o.revision, o.value_ms, o.origin) for o in load_outcomes(store, "me") if o.day == day
        ]


def test_the_last_guess_before_the_morning_counts(home_with_two_runs, hrvctl):
    """Changed twice in an evening: all are kept, sealed beside the models, the last is scored."""
    assert hrvctl("guess", "70").code == 0
    assert hrvctl("guess", "50").code == 0
    assert [row.forecast.mean_ms for row in sealed(home_with_two_runs, "guess", TOMORROW)][-2:] == [
        70.0,
        50.0,
    ]
    assert len(sealed(home_with_two_runs, "naive", TOMORROW)) == 1
    table = write_table(home_with_two_runs.root.parent / "next.csv", {TOMORROW: 53.0})
    hrvctl("import", table, on=TOMORROW)
    rows = hrvctl("--json", "reconcile", "--date", TOMORROW, on=TOMORROW).data["rows"]
    assert {r["source"]: r["error_ms"] for r in rows}["guess"] == pytest.approx(-3.0)


def test_the_same_guess_again_adds_no_row(home_with_two_runs, hrvctl):
    """Said twice, sealed once."""
    for _ in range(2):
        assert hrvctl("guess", "70").code == 0
    assert [row.forecast.mean_ms for row in sealed(home_with_two_runs, "guess", TOMORROW)].count(
        70.0
    ) == 1


def test_a_guess_after_the_morning_began_is_refused(home_with_two_runs):
    """One second into the morning it is locked, and nothing is recorded."""
    before = home_with_two_runs.database.read_bytes()
    instant = datetime.combine(TOMORROW, time(4, 0, 1), tzinfo=ZONE)
    words = ["--home", str(home_with_two_runs.root), "-q", "guess", "70", "--for", str(TOMORROW)]
    assert run(words, clock=lambda: instant) == 1
    assert home_with_two_runs.database.read_bytes() == before


def test_a_guess_a_second_before_the_morning_is_taken(home_with_two_runs):
    """The evening belongs to the person to its end."""
    instant = datetime.combine(TOMORROW, time(3, 59, 59), tzinfo=ZONE)
    words = ["--home", str(home_with_two_runs.root), "-q", "guess", "70"]
    assert run(words, clock=lambda: instant) == 0
    assert sealed(home_with_two_runs, "guess", TOMORROW)[-1].forecast.mean_ms == 70.0


def test_a_guess_before_any_data_is_kept_and_sealed_once_there_is(home, hrvctl, run_evening):
    """On an empty home a guess has nothing to be measured against yet; the evening seals it."""
    assert hrvctl("guess", "62").code == 0
    with open_store(home, write=False) as store:
        assert [guess.hrv_ms for guess in load_guesses(store, "me")] == [62.0]
    assert sealed(home) == []
    assert run_evening(nights(TODAY, 3)).code == 0
    (row,) = sealed(home, "guess")
    assert (row.forecast.mean_ms, row.forecast.target) == (62.0, TOMORROW)


WRONG = 63.0


def correct(hrvctl, day=TODAY, actual=WRONG, **when):
    words = ["--actual", actual, "--reason", "sensor slipped"]
    return hrvctl("--json", "reconcile", "--date", day, *words, **when)


def test_a_correction_shows_first_seen_and_revised_and_both_scores(home_with_two_runs, hrvctl):
    """Nothing is overwritten: the first value, the new one, and the error under each."""
    rows = correct(hrvctl).data["rows"]
    assert {row["source"] for row in rows} >= {"naive", "ma7", "agent"}
    for row in rows:
        assert row["first_seen_ms"] == pytest.approx(hrv_on(TODAY))
        assert (row["actual_ms"], row["reason"], row["n_revisions"]) == (WRONG, "sensor slipped", 2)
        by_hand = row["mean_ms"] - hrv_on(TODAY), row["mean_ms"] - WRONG
        assert (row["error_first_seen_ms"], row["error_ms"]) == pytest.approx(by_hand, abs=1e-5)
    assert outcomes(home_with_two_runs, TODAY) == [
        (1, hrv_on(TODAY), "import"),
        (2, WRONG, "manual"),
    ]


def test_importing_the_same_export_again_does_not_undo_a_correction(home_with_two_runs, hrvctl):
    """The vendor has said nothing new, so the person's word stands."""
    correct(hrvctl)
    table = write_table(home_with_two_runs.root.parent / "again.csv", nights(TODAY, NIGHTS))
    assert hrvctl("import", table).code == 4
    hrvctl("daily")
    assert outcomes(home_with_two_runs, TODAY)[-1] == (2, WRONG, "manual")


def test_a_value_the_vendor_scores_anew_is_one_more_revision(home_with_two_runs, hrvctl):
    """It counts from then on, and the correction before it is still there."""
    correct(hrvctl)
    table = write_table(
        home_with_two_runs.root.parent / "new.csv", {**nights(TODAY, NIGHTS), TODAY: 64.5}
    )
    assert hrvctl("import", table).code == 0
    rows = hrvctl("--json", "reconcile", "--date", TODAY).data["rows"]
    assert {row["actual_ms"] for row in rows} == {64.5}
    first = (1, hrv_on(TODAY), "import")
    assert outcomes(home_with_two_runs, TODAY) == [first, (2, WRONG, "manual"), (3, 64.5, "import")]


def test_the_same_correction_again_adds_no_revision(home_with_two_runs, hrvctl):
    """Said twice, noted once."""
    correct(hrvctl)
    correct(hrvctl)
    assert len(outcomes(home_with_two_runs, TODAY)) == 2


def test_a_morning_nobody_forecast_can_be_corrected(home_with_two_runs, hrvctl):
    """The value is noted with what was first seen; there is just nothing to score."""
    day = TODAY - timedelta(days=20)
    result = correct(hrvctl, day)
    assert (result.code, result.data["rows"]) == (0, [])
    assert outcomes(home_with_two_runs, day) == [(1, hrv_on(day), "import"), (2, WRONG, "manual")]


def test_a_correction_changes_the_history_of_the_next_forecast(home_with_two_runs, hrvctl):
    """Tonight's forecast is made from the corrected value, and sealed beside the first one."""
    correct(hrvctl)
    assert hrvctl("daily").code == 0
    naive = [row.forecast.mean_ms for row in sealed(home_with_two_runs, "naive", TOMORROW)]
    assert naive == [hrv_on(TODAY), WRONG]


def test_a_correction_of_the_days_to_come_is_refused(home_with_two_runs, hrvctl):
    """Tomorrow has no outcome, whatever one wishes for."""
    assert correct(hrvctl, TOMORROW).code == 2
    assert outcomes(home_with_two_runs, TOMORROW) == []


def test_fresh_data_is_forecast_one_day_ahead(run_evening):
    """Last night is in: horizon one, exit 0."""
    result = run_evening(nights(TODAY, NIGHTS))
    assert (result.code, result.data["stale_days"]) == (0, 0)
    assert result.data["agent"]["forecast"]["horizon_days"] == 1


def test_stale_data_looks_further_ahead_is_wider_and_says_so(run_evening):
    """Three nights missing: tomorrow is four days ahead, 5, and the interval knows."""
    fresh = run_evening(nights(YESTERDAY, 60), on=YESTERDAY)
    later = TODAY + timedelta(days=2)
    stale = run_evening({}, on=later)
    assert (stale.code, stale.data["stale_days"]) == (5, 3)
    forecast = stale.data["agent"]["forecast"]
    assert forecast["horizon_days"] == 4
    assert forecast["target"] == (later + timedelta(days=1)).isoformat()
    assert any("4 days ahead" in note for note in stale.data["agent"]["notes"])
    assert width(forecast) > width(fresh.data["agent"]["forecast"])


def width(forecast):
    return forecast["quantiles_ms"]["0.9"] - forecast["quantiles_ms"]["0.1"]


@pytest.mark.parametrize(("days", "is_made"), [(14, True), (15, False)])
def test_after_two_weeks_without_data_there_is_no_forecast(home, run_evening, days, is_made):
    """The fourteenth day is the last; after it the run says why, ends in 5 and seals nothing."""
    result = run_evening(nights(TODAY - timedelta(days=days), 20))
    assert result.code == 5
    assert (result.data["agent"]["forecast"] is not None) == is_made
    assert bool(sealed(home)) == is_made
    assert ("14 days" in result.data["agent"]["withheld"]) == (not is_made)


COLD = {
    0: (4, None),
    1: (0, "rough"),
    6: (0, "rough"),
    7: (0, "provisional"),
    13: (0, "provisional"),
    14: (0, "plain"),
}


@pytest.mark.parametrize("n", COLD)
def test_the_first_nights(home, workspace, run_evening, n):
    """From the first night there is a forecast, and it says how far it can be trusted."""
    code, label = COLD[n]
    result = run_evening(nights(TODAY, n))
    assert result.code == code
    summary = workspace.load(workspace.evening("me"), IntelligenceSummary)
    assert summary.data.n_nights == n
    if label is None:
        assert result.data["agent"]["withheld"] == "have 0 nights, need 1"
        assert sealed(home) == []
        return
    assert label in summary.label
    forecast = result.data["agent"]["forecast"]
    quantiles = forecast["quantiles_ms"]
    # A level that cannot be stated is missing, and says what it lacks.
    assert ("0.025" in quantiles) or any("need" in why for why in forecast["missing"])
    assert ("0.1" in quantiles) == (not any(why.startswith("80 %") for why in forecast["missing"]))
    assert "agent" in {row.forecast.source for row in sealed(home)}


def test_two_devices_are_never_mixed_into_one_series(home, workspace, hrvctl, tmp_path):
    """A band and a strap for the same weeks: one of them is forecast, the other is named."""
    rmssd = write_table(tmp_path / "band.csv", nights(TODAY, 30))
    sdnn = tmp_path / "strap.csv"
    lines = [f"{day},{hrv + 40}" for day, hrv in nights(TODAY, 25).items()]
    sdnn.write_text("\n".join(["date,sdnn_ms", *lines]))
    assert hrvctl("import", rmssd, sdnn).code == 0
    assert hrvctl("daily").code == 0
    rows = sealed(home)
    assert {(row.metric, row.measured_by) for row in rows} == {(Metric.HRV_RMSSD_MS, "table")}
    (naive,) = sealed(home, "naive")
    assert naive.forecast.mean_ms == hrv_on(TODAY)
    summary = workspace.load(workspace.evening("me"), IntelligenceSummary)
    assert [other.metric for other in summary.other_series] == [Metric.HRV_SDNN_MS]


def test_a_change_of_device_takes_the_forecast_with_it(home, run_evening, hrvctl, tmp_path):
    """The old one is put away, the new one worn: within weeks the new one is forecast."""
    change = TODAY - timedelta(days=20)
    assert run_evening(nights(change, 60), on=change).code == 0
    new = tmp_path / "new.csv"
    lines = [f"{day},{hrv + 40}" for day, hrv in nights(TODAY, 20).items()]
    new.write_text("\n".join(["date,sdnn_ms", *lines]))
    assert hrvctl("import", new).code == 0
    assert hrvctl("daily").code == 0
    (naive,) = sealed(home, "naive", TOMORROW)
    assert naive.metric is Metric.HRV_SDNN_MS
    assert naive.forecast.mean_ms == pytest.approx(hrv_on(TODAY) + 40)


@pytest.mark.usefixtures("home_with_two_runs")
def test_daily_lists_a_week_and_the_records_count_every_morning(workspace):
    """What came true lately is listed; everyone's record is of all mornings."""
    done = workspace.load(workspace.evening("me"), Reconciliation)
    assert done.first == TODAY - timedelta(days=LISTED_DAYS - 1)
    assert {row.target for row in done.rows} == {TODAY}
    assert {record.n for record in done.records} == {1}


def test_a_morning_that_is_already_known_is_forecast_but_not_sealed(tmp_path, home, hrvctl):
    """Flown east over the date line: tomorrow's night is in already, so nothing is sealed."""
    table = tmp_path / "nights.csv"
    days = [TODAY + timedelta(days=i) for i in range(-40, 2)]
    rows = [f"{day},{50 + (i * 7) % 11}" for i, day in enumerate(days)]
    table.write_text("\n".join(["date,hrv_ms", *rows]))
    assert hrvctl("import", table).code == 0
    result = hrvctl("daily")
    assert result.code == 4
    assert "about" in result.out
    with open_store(home, write=False) as store:
        assert load_sealed(store) == []


def test_a_planned_bedtime_needs_last_nights_sleep(tmp_path, hrvctl):
    """A table knows no times of sleep, so hours until bed cannot be counted; it says so."""
    table = tmp_path / "nights.csv"
    days = [TODAY - timedelta(days=i) for i in range(40)]
    table.write_text("\n".join(["date,hrv_ms", *(f"{day},{60 + day.day % 5}" for day in days)]))
    hrvctl("import", table)
    result = hrvctl("daily", "--bedtime", "23:30")
    assert result.code == 1
    assert "a bedtime needs last night's sleep" in result.err
    assert hrvctl("daily", "--bedtime", "late").code == 2


def test_a_planned_bedtime_lets_the_model_that_knows_it_compete(tmp_path, home, hrvctl):
    """With a WHOOP export at hand the sixth forecaster speaks, and is sealed under its own name."""
    person = simulate_until(Traits(), last_day=TODAY, n_days=60, seed=3)
    write_export(person, tmp_path / "export", as_of=TODAY)
    hrvctl("import", tmp_path / "export")
    assert hrvctl("daily", "--bedtime", "23:30").code == 0
    with open_store(home, write=False) as store:
        names = {row.forecast.source for row in load_sealed(store)}
    assert "hierarchical_bedtime" in names
