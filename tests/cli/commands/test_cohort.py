"""`hrvctl cohort`: a coach's evening, from a folder of exports to a proof."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from conftest import TODAY
from hrvctl.errors import ExitCode
from usecases.cohorts.made_up import table_of


@pytest.fixture
def lions(tmp_path, hrvctl):
    """A cohort of three people in two parts."""
    path = tmp_path / "nights.csv"
    table_of(3, 40).to_csv(path, index=False)
    folder = tmp_path / "lions"
    words = ("cohort", "import", path, folder, "--zone", "UTC", "--buckets", 2)
    assert hrvctl(*words).code == ExitCode.DONE
    return folder


def test_an_evening_is_forecast_sealed_verified_and_proved(lions, hrvctl, tmp_path) -> None:
    run = hrvctl("cohort", "run", lions, "--json")
    assert run.code == ExitCode.DONE, run.err
    assert (run.data["n_people"], run.data["n_forecasts"], run.data["engine"]) == (3, 9, "loop")
    root = run.data["root"]
    again = hrvctl("cohort", "run", lions)
    assert again.code == ExitCode.NOTHING_NEW
    assert f"Sealed before, and it stands: 9 forecasts, root {root[:16]}" in again.out
    verified = hrvctl("cohort", "verify", lions)
    assert "1 evening, 9 sealed forecasts: nothing was changed." in verified.out
    proof = tmp_path / "proof.json"
    proof.write_text(hrvctl("cohort", "proof", lions, "p001", TODAY).out)
    check = ("cohort", "proof", lions, "--check", proof, "--root")
    assert '"p001"' in hrvctl(*check, root).out
    assert hrvctl(*check, "0" * 64).code == ExitCode.FAILED
    why = hrvctl("cohort", "why", lions, "p001", TODAY)
    assert "Made again now: the same." in why.out
    assert "cohort_job" in hrvctl("runs").out


def test_what_came_is_scored(lions, hrvctl, tmp_path) -> None:
    known = hrvctl("cohort", "run", lions, on=TODAY - timedelta(days=1))
    assert "3 people's mornings are known already: nothing of theirs is sealed." in known.out
    hrvctl("cohort", "run", lions)
    on, path = TODAY + timedelta(days=1), tmp_path / "nights.csv"
    table_of(3, 41, last=on).to_csv(path, index=False)
    hrvctl("cohort", "import", path, lions, on=on)
    csv = tmp_path / "people.csv"
    found = hrvctl("cohort", "score", lions, "--csv", csv, "--json", on=on)
    assert (found.data["n_evenings"], found.data["models"][0]["n"]) == (2, 3)
    assert csv.read_text().splitlines()[0] == "subject,n,mae_ms,coverage_80,relative_to_naive"


def test_a_changed_input_is_a_fault(lions, hrvctl) -> None:
    hrvctl("cohort", "run", lions)
    path = next((lions / "nights").rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    found = hrvctl("cohort", "verify", lions)
    assert found.code == ExitCode.FAILED
    assert "was changed since the evening of 2026-03-10" in found.err


def test_a_dry_run_writes_nothing(lions, hrvctl, tmp_path) -> None:
    before = sorted(path for path in tmp_path.rglob("*"))
    found = hrvctl("cohort", "run", lions, "--dry-run")
    assert "in 2 chunks, 0 done already; engine loop of 1." in found.out
    source = tmp_path / "nights.csv"
    assert "Dry run" in hrvctl("cohort", "import", source, tmp_path / "other", "--dry-run").out
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_chunks_are_done_one_by_one_and_then_sealed(lions, hrvctl) -> None:
    for n in range(2):
        assert f"Chunk {n} of 2" in hrvctl("cohort", "chunk", lions, n).out
    assert hrvctl("cohort", "chunk", lions, 2).code == ExitCode.USAGE
    assert hrvctl("cohort", "run", lions, "--json").data["cpu_seconds"] >= 0
    assert (lions / "evenings" / "2026-03-10" / "seal.json").exists()


def test_a_past_evening_is_looked_at_and_not_sealed(lions, hrvctl) -> None:
    found = hrvctl("cohort", "run", lions, "--as-of", "2026-03-08")
    assert "Not sealed: its morning has begun." in found.out
    assert not list(lions.rglob("seal.json"))


def test_after_midnight_it_is_still_the_evening_until_the_morning_begins(lions, hrvctl) -> None:
    """A day begins at 04:00 in the cohort's zone, which is UTC here."""
    midnight = datetime(2026, 3, 11, tzinfo=UTC)
    late = hrvctl("cohort", "run", lions, "--as-of", TODAY, at=midnight + timedelta(hours=4))
    assert "Not sealed: its morning has begun." in late.out
    assert not list(lions.rglob("seal.json"))
    in_time = hrvctl("cohort", "run", lions, "--json", at=midnight + timedelta(hours=3))
    assert (in_time.data["as_of"], in_time.data["n_forecasts"]) == ("2026-03-10", 9)
    assert list(lions.rglob("seal.json"))


def test_who_withdraws_is_gone(lions, hrvctl) -> None:
    hrvctl("cohort", "run", lions)
    looked = hrvctl("cohort", "withdraw", lions, "p000")
    assert "Nothing was deleted" in looked.out
    done = hrvctl("cohort", "withdraw", lions, "p000", "--yes")
    assert "found 0 times" in done.out
    assert hrvctl("cohort", "verify", lions).code == ExitCode.DONE
    assert hrvctl("cohort", "withdraw", lions, "p000", "--yes").code == ExitCode.FAILED


def test_faulty_people_are_listed_and_the_others_go_on(tmp_path, hrvctl) -> None:
    table = table_of(3, 40)
    table.loc[table.subject == "p001", "hrv_rmssd_ms"] = 4000.0
    path = tmp_path / "nights.csv"
    table.to_csv(path, index=False)
    found = hrvctl("cohort", "import", path, tmp_path / "lions", "--json")
    assert found.code == ExitCode.PARTIAL
    assert (found.data["n_people"], found.data["n_failed"]) == (2, 1)
    assert "is not between 1 and 400" in json.dumps(found.data["failed"])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("run", "{none}"), "holds no cohort"),
        (("verify", "{none}"), "holds no cohort"),
        (("import", "{none}", "{none}"), "is no table"),
        (("run", "{lions}", "--engine", "spark"), "no engine is called 'spark'"),
        (("run", "{lions}", "--models", "hierarchical"), "must be among the models"),
        (("run", "{lions}", "--models", "arima"), "no model is called"),
        (("run", "{lions}", "--as-of", "2026-03-11"), "in the future"),
        (("proof", "{lions}"), "a proof is of one person's evening"),
        (("why", "{lions}", "p000", "2026-03-10"), "there is no forecast of p000"),
        (("withdraw", "{lions}", "nobody"), "nothing is kept of nobody"),
    ],
)
def test_what_is_wrong_is_said_in_words(lions, hrvctl, tmp_path, words, why) -> None:
    given = [word.format(none=tmp_path / "none", lions=lions) for word in words]
    found = hrvctl("cohort", *given)
    assert found.code in (ExitCode.USAGE, ExitCode.FAILED)
    assert why in found.err
    assert "a bug" not in found.err


@pytest.mark.parametrize(
    "file",
    [
        "cohort.toml",
        "people.csv",
        "nights/*/*.parquet",
        "salts/*/*.parquet",
        "evenings/*/plan.json",
        "evenings/*/seal.json",
        "evenings/*/forecasts/*.parquet",
    ],
)
def test_damaged_files_are_said_in_words(lions, hrvctl, tmp_path, file) -> None:
    """Whatever is in a file's place."""
    (lions / "people.csv").write_text("subject,name\np000,Anna\n")
    assert hrvctl("cohort", "run", lions).code == ExitCode.DONE
    path = next(lions.glob(file))
    content = path.read_bytes()
    for damage in (
        lambda: path.write_bytes(b"\xff\x00["),
        lambda: path.write_bytes(b"[" * 100_000),
        lambda: path.write_bytes(content[: len(content) // 2]),
        path.mkdir,
        lambda: path.symlink_to(path),
        lambda: os.mkfifo(path),
    ):
        path.unlink()
        damage()
        for words in (
            ("verify", lions),
            ("score", lions),
            ("show", lions),
            ("why", lions, "p000", TODAY),
            ("proof", lions, "p000", TODAY),
            ("withdraw", lions, "p000"),
            ("run", lions, "--dry-run"),
            ("import", tmp_path / "nights.csv", lions, "--dry-run"),
        ):
            found = hrvctl("cohort", *words)
            assert "a bug" not in found.err, (words, found.err)
            assert found.out or found.err
        if path.is_dir():
            path.rmdir()
            path.touch()
    path.unlink()
    path.write_bytes(content)
    assert hrvctl("cohort", "verify", lions).code == ExitCode.DONE


def test_a_file_in_the_way_of_a_folder_is_said_in_words(lions, hrvctl) -> None:
    for name in ("evenings", "salts"):
        shutil.rmtree(lions / name, ignore_errors=True)
        (lions / name).touch()
        found = hrvctl("cohort", "run", lions)
        assert found.code in (ExitCode.FAILED, ExitCode.HOME)
        assert "a bug" not in found.err
        (lions / name).unlink()
