"""What a study asks of its cohort: an effect over people, a prior, tables of everything."""

import csv
import json
from datetime import timedelta
from importlib.resources import files

import pytest

from conftest import TODAY
from hrvctl.domain.forecast.learned_prior import MIN_PEOPLE
from hrvctl.errors import ExitCode
from usecases.cohorts.made_up import N_DRINKERS, drinkers, table_of

N_SILENT = 2


@pytest.fixture
def study(tmp_path, hrvctl):
    """A cohort from a table, by its name."""

    def make(table, name="study", buckets=2):
        path = tmp_path / f"{name}.csv"
        table.to_csv(path, index=False)
        folder = tmp_path / name
        words = ("cohort", "import", path, folder, "--zone", "UTC", "--buckets", buckets)
        assert hrvctl(*words).code == ExitCode.DONE
        return folder

    return make


@pytest.fixture
def columns(monkeypatch):
    return lambda n: monkeypatch.setenv("COLUMNS", str(n))


def test_an_effect_is_pooled_and_drawn(study, hrvctl, tmp_path, columns) -> None:
    folder = study(drinkers())
    svg, table = tmp_path / "forest.svg", tmp_path / "people.csv"
    words = ("cohort", "effects", folder, "alcohol")
    found = hrvctl(*words, "--svg", svg, "--csv", table, "--json")
    assert found.code == ExitCode.DONE, found.err
    assert (found.data["n_people"], found.data["n_left_out"]) == (N_DRINKERS, N_SILENT)
    assert found.data["low_pct"] < -10 < found.data["high_pct"]
    assert found.data["predicted_low_pct"] <= found.data["low_pct"]
    assert "p001" not in found.out
    assert svg.read_text().startswith("<?xml")
    with table.open(newline="") as file:
        rows = {row["subject"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(drinkers()["subject"])
    assert float(rows["p001"]["pct_low"]) < float(rows["p001"]["pct_high"])
    assert "have 0 answers" in rows["silent"]["missing"]
    for width in (60, 80, 120):
        columns(width)
        shown = hrvctl(*words).out
        assert "over 5 people; 95 % interval of the mean" in shown
        picture = [line for line in shown.splitlines() if line.startswith(("p00", "mean of"))]
        assert len(picture) == N_DRINKERS + 1
        assert max(map(len, picture)) <= width


def test_an_evening_knows_only_what_came_before(study, hrvctl) -> None:
    folder = study(drinkers())
    early = TODAY - timedelta(days=115)
    found = hrvctl("cohort", "effects", folder, "alcohol", "--as-of", early)
    assert found.code == ExitCode.NOTHING_NEW
    assert "nobody's effect can be measured yet" in found.out


def test_one_person_has_an_effect_and_no_mean(study, hrvctl, tmp_path) -> None:
    table = drinkers()
    folder = study(table[table["subject"] == "p001"])
    svg = tmp_path / "forest.svg"
    found = hrvctl("cohort", "effects", folder, "alcohol", "--svg", svg)
    assert "no interval of a mean: have 1 person, need 2" in found.out
    assert svg.exists()


def test_who_was_in_a_damaged_part_is_told(study, hrvctl) -> None:
    folder = study(drinkers())
    path = next(iter(sorted((folder / "nights").rglob("*.parquet"))))
    path.write_bytes(b"PAR1")
    found = hrvctl("cohort", "effects", folder, "alcohol")
    assert found.code == ExitCode.FAILED
    assert "is no Parquet file of nights" in found.err


def shipped_prior():
    return files("hrvctl.domain.forecast").joinpath("prior.json").read_text(encoding="utf-8")


@pytest.fixture
def prior(tmp_path):
    """A prior of other people: the shipped one, with more trust in the last night."""
    content = json.loads(shipped_prior())
    content["patterns"]["hrvonly"]["b0"]["one"] += 0.1
    path = tmp_path / "prior.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_prior_is_learned(study, hrvctl, prior) -> None:
    folder = study(table_of(MIN_PEOPLE, 40))
    before = prior.read_bytes()
    words = ("cohort", "learn-prior", folder, "--out", prior)
    assert hrvctl(*words, "--dry-run").code == ExitCode.DONE
    assert prior.read_bytes() == before
    learned = hrvctl(*words, "--json")
    assert learned.data["n_people"] == MIN_PEOPLE
    assert "hrvonly" in learned.data["patterns"]
    assert b"p001" not in prior.read_bytes()
    assert hrvctl("cohort", "run", folder, "--prior", prior, "--dry-run").code == ExitCode.DONE


def test_an_evening_is_forecast_with_a_prior_of_its_own(study, hrvctl, prior) -> None:
    """It is copied into the cohort: all that comes later needs the person's file no more."""
    folder = study(table_of(2, 30))
    run = hrvctl("cohort", "run", folder, "--prior", prior, "--json")
    assert run.code == ExitCode.DONE, run.err
    copy = next((folder / "evenings").rglob("prior-*.json"))
    assert copy.read_bytes() == prior.read_bytes()
    prior.unlink()
    again = hrvctl("cohort", "run", folder)
    assert again.code == ExitCode.NOTHING_NEW
    assert f"started from the prior {run.data['prior'][:16]}" in again.out
    why = hrvctl("cohort", "why", folder, "p001", TODAY)
    assert "Made again now: the same." in why.out
    assert copy.name in why.out
    assert hrvctl("cohort", "verify", folder).code == ExitCode.DONE
    copy.write_bytes(copy.read_bytes() + b" ")
    broken = hrvctl("cohort", "verify", folder)
    assert broken.code == ExitCode.FAILED
    assert f"{copy.name} is not what the evening's plan names" in broken.err


def test_a_prior_changes_what_the_main_model_forecasts(study, hrvctl, prior) -> None:
    ours, theirs = study(table_of(2, 30)), study(table_of(2, 30), "theirs")
    hrvctl("cohort", "run", ours, "--prior", prior)
    hrvctl("cohort", "run", theirs)
    made = [
        hrvctl("cohort", "why", each, "p001", TODAY, "--json").data["forecast"]["models"]
        for each in (ours, theirs)
    ]
    means = [{each["source"]: each["mean_ms"] for each in models} for models in made]
    assert means[0].pop("hierarchical") != means[1].pop("hierarchical")
    assert means[0] == means[1]


def test_a_chunk_elsewhere_reads_the_prior_of_the_cohort(study, hrvctl, prior) -> None:
    folder = study(table_of(4, 30))
    assert hrvctl("cohort", "chunk", folder, 0, "--prior", prior).code == ExitCode.DONE
    prior.write_text(prior.read_text() + " ")
    other = hrvctl("cohort", "chunk", folder, 1, "--prior", prior)
    assert "was begun with another prior" in other.err
    prior.unlink()
    assert hrvctl("cohort", "chunk", folder, 1).code == ExitCode.DONE
    assert hrvctl("cohort", "run", folder).code == ExitCode.DONE
    assert "the same" in hrvctl("cohort", "why", folder, "p001", TODAY).out


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "no JSON",
        '{"patterns": {}}',
        '{"patterns": {"hrvonly": {"b0": {}}}}',
        shipped_prior().replace('"l0"', '"l9"', 1),
        json.dumps(json.loads(shipped_prior())).replace('"atoms_200": [', '"atoms_200": [NaN, '),
    ],
    ids=["list", "text", "empty", "part", "other_inputs", "no_number"],
)
def test_what_is_no_prior_is_refused_before_anything_runs(study, hrvctl, tmp_path, content) -> None:
    folder, path = study(table_of(2, 20)), tmp_path / "prior.json"
    path.write_text(content, encoding="utf-8")
    found = hrvctl("cohort", "run", folder, "--prior", path)
    assert found.code == ExitCode.FAILED
    assert f"{path} is no prior" in found.err
    assert not (folder / "evenings").exists()
    over = hrvctl("cohort", "learn-prior", folder, "--out", path)
    assert "exists, and is no prior" in over.err
    assert path.read_text(encoding="utf-8") == content


def test_the_shipped_prior_is_one(study, hrvctl, tmp_path) -> None:
    folder, path = study(table_of(2, 20)), tmp_path / "prior.json"
    path.write_text(shipped_prior(), encoding="utf-8")
    assert hrvctl("cohort", "run", folder, "--prior", path, "--dry-run").code == ExitCode.DONE


def test_a_cohort_is_exported_with_pseudonyms(study, hrvctl, tmp_path) -> None:
    folder = study(table_of(3, 30))
    hrvctl("cohort", "run", folder)
    out, key = tmp_path / "out", tmp_path / "study.key"
    words = ("cohort", "export", folder, out, "--format", "csv", "--pseudonymise", "--key", key)
    rehearsed = hrvctl(*words, "--dry-run", "--json")
    assert not out.exists()
    assert not key.exists()
    done = hrvctl(*words, "--json")
    assert done.code == ExitCode.DONE, done.err
    assert {**rehearsed.data, "is_dry_run": False} == done.data
    assert {path.name for path in out.iterdir()} == {
        *("nights.csv", "forecasts.csv", "codebook.csv", "datapackage.json")
    }
    assert key.stat().st_mode & 0o777 == 0o600
    assert not [path for path in out.iterdir() if b"p001" in path.read_bytes()]
    again = hrvctl(*words)
    assert again.code == ExitCode.USAGE
    assert "is not an empty folder" in again.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("effects", "{none}", "alcohol"), "holds no cohort"),
        (("effects", "{lions}", "alkohol"), "nobody answered 'alkohol'"),
        (("effects", "{lions}", "алкоголь"), "choose from: alcohol"),
        (
            ("effects", "{lions}", "alcohol", "--svg", "{none}/a.svg"),
            "a folder that does not exist",
        ),
        (("effects", "{lions}", "alcohol", "--engine", "spark"), "no engine is called 'spark'"),
        (("effects", "{lions}", "alcohol", "--as-of", "2026-03-11"), "in the future"),
        (("backtest", "{none}"), "holds no cohort"),
        (("backtest", "{lions}", "--models", "arima"), "no model is called"),
        (("backtest", "{lions}", "--csv", "{none}/a.csv"), "a folder that does not exist"),
        (("learn-prior", "{lions}", "--out", "{lions}"), "is a folder"),
        (("learn-prior", "{lions}", "--out", "{file}"), f"need {MIN_PEOPLE}"),
        (("learn-prior", "{none}", "--out", "{file}"), "holds no cohort"),
        (("run", "{lions}", "--prior", "{file}"), "cannot be read"),
        (("export", "{none}", "{file}"), "holds no cohort"),
        (("export", "{lions}", "{lions}"), "is not an empty folder"),
        (("export", "{lions}", "{file}", "--format", "json"), "as CSV or Parquet"),
        (("export", "{lions}", "{file}", "--pseudonymise"), "pseudonyms need a key"),
        (("export", "{lions}", "{file}", "--key", "{none}"), "a key is for pseudonyms"),
        (
            ("export", "{lions}", "{file}", "--pseudonymise", "--key", "{file}/key"),
            "is inside the export",
        ),
    ],
)
def test_what_is_wrong_is_said_in_words(study, hrvctl, tmp_path, words, why) -> None:
    places = {"none": tmp_path / "none", "file": tmp_path / "file"}
    lions = study(table_of(2, 20))
    found = hrvctl("cohort", *[word.format(lions=lions, **places) for word in words])
    assert found.code in (ExitCode.USAGE, ExitCode.FAILED)
    assert why in found.err
    assert "a bug" not in found.err


def test_a_cohort_without_answers_or_nights_says_so(study, hrvctl, tmp_path) -> None:
    silent = study(table_of(2, 20).drop(columns="tag:alcohol"))
    found = hrvctl("cohort", "effects", silent, "alcohol")
    assert "nobody has an answer to any question" in found.err
    for path in (silent / "nights").rglob("*.parquet"):
        path.unlink()
    for words in (("effects", silent, "alcohol"), ("learn-prior", silent, "--out", tmp_path / "p")):
        assert hrvctl("cohort", *words).code == ExitCode.FAILED
    exported = hrvctl("cohort", "export", silent, tmp_path / "out")
    assert exported.code == ExitCode.NOTHING_NEW


def test_models_are_scored_on_everybodys_past(study, hrvctl, tmp_path) -> None:
    folder, path = study(table_of(3, 60)), tmp_path / "models.csv"
    before = sorted(folder.rglob("*"))
    words = ("cohort", "backtest", folder, "--models", "ses", "--days", 30)
    found = hrvctl(*words, "--csv", path, "--json")
    assert found.code == ExitCode.DONE, found.err
    models = {model["source"]: model for model in found.data["models"]}
    assert list(models) == ["naive", "ma7", "ses"]
    assert len({model["n"] for model in models.values()}) == 1
    assert models["ses"]["skill"]["low"] is None
    assert "p001" not in found.out
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 3
    n = sum(int(row["n"]) for row in rows if row["model"] == "ses")
    total = sum(int(row["n"]) * float(row["mae_ms"]) for row in rows if row["model"] == "ses")
    assert models["ses"]["n"] == n
    assert models["ses"]["mae_ms"] == pytest.approx(total / n, abs=1e-6)
    shown = hrvctl(*words).out
    assert "Not enough yet for intervals over people: have 3, need 30." in shown
    assert sorted(folder.rglob("*")) == before


def test_who_has_one_night_has_nothing_to_score(study, hrvctl) -> None:
    folder = study(table_of(1, 1))
    found = hrvctl("cohort", "backtest", folder, "--models", "ses")
    assert found.code == ExitCode.NOTHING_NEW
    assert "p000: have 1 night, need 2" in found.out
