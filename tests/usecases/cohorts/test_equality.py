"""A person's evening in a cohort is that of `hrvctl daily`."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hrvctl.domain.cohorts.people import split_people
from hrvctl.engines.loop import Loop
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export
from hrvctl.store.cohorts.evenings import load_chunk
from hrvctl.store.cohorts.folder import CohortFolder, load_cohort
from hrvctl.store.cohorts.nights import load_nights
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_sealed
from hrvctl.usecases.cohorts.evening import Options, forecast_evening, plan_evening
from hrvctl.usecases.cohorts.imports import NewCohort, import_exports
from hrvctl.usecases.export_files import ImportOptions
from hrvctl.usecases.history import load_history
from hrvctl.usecases.workspace import Evening

TODAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 21, tzinfo=ZoneInfo("Europe/Berlin"))
PEOPLE = 3
DAYS = 100


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """One export a made-up person, with all that WHOOP measures and asks."""
    folder = tmp_path_factory.mktemp("exports")
    for n, traits in enumerate(draw_people(PEOPLE, seed=7)):
        person = simulate_until(traits, last_day=TODAY + timedelta(days=1), n_days=DAYS, seed=n)
        write_export(person, folder / f"p{n}", as_of=TODAY)
    return folder


@pytest.fixture(scope="module")
def lions(exports, tmp_path_factory):
    """Their cohort, and what its evening is planned to be."""
    folder = CohortFolder(str(tmp_path_factory.mktemp("cohort") / "lions"))
    models = ("naive", "ma7", "ses", "local_level", "hierarchical")
    new = NewCohort(
        name="Lions", zone="Europe/Berlin", day_starts_at="04:00", profile="robust60", models=models
    )
    options = ImportOptions(vocabulary="")
    import_exports(folder, exports, new, engine=Loop(), now=NOW, options=options)
    return folder, plan_evening(folder, load_cohort(folder), TODAY, Options(), now=NOW)


def test_the_history_is_the_same_to_the_last_digit(exports, lions, hrvctl, home) -> None:
    folder, plan = lions
    nights = load_nights(folder, [each.path for each in plan.chunks[0].inputs])
    for person in split_people(nights):
        assert (
            hrvctl("--subject", person.subject, "import", str(exports / person.subject)).code == 0
        )
        with open_store(home, write=False) as store:
            evening = Evening(subject=person.subject, as_of=TODAY, is_live=True)
            own = load_history(store, evening)
        ours = person.history(TODAY)
        assert ours.answered_late == own.answered_late
        # A missing value is NaN, which equals nothing: so by their digits.
        assert repr(replace(ours, answered_late={})) == repr(replace(own, answered_late={}))


def test_every_model_forecasts_what_daily_seals(exports, lions, hrvctl, home) -> None:
    folder, plan = lions
    assert forecast_evening(folder, plan, Loop()).n_people == PEOPLE
    rows = load_chunk(folder, TODAY, 0)[1].to_pylist()
    row = next(row for row in rows if row["subject"] == "p1")
    assert hrvctl("--subject", "p1", "import", str(exports / "p1")).code == 0
    assert hrvctl("--subject", "p1", "daily").code in (0, 5)
    with open_store(home, write=False) as store:
        sealed = {
            each.forecast.source: each.forecast
            for each in load_sealed(store, "p1")
            if each.metric == row["metric"]
        }
    assert {model["source"] for model in row["models"]} <= set(sealed)
    for model in row["models"]:
        theirs = sealed[model["source"]]
        assert model["mean_ms"] == pytest.approx(theirs.mean_ms, abs=5e-7)
        quantiles = [q for q in model["quantiles_ms"] if q is not None]
        assert quantiles == pytest.approx(list(theirs.quantiles_ms.values()), abs=5e-7)
    assert row["light"] == hrvctl("--subject", "p1", "status", "--json").data["baseline"]["light"]
