"""Who withdraws is gone from every file, and what was sealed with them still verifies."""

import os
import subprocess
import sys

import pytest

from hrvctl.errors import NotEnoughData
from hrvctl.store.cohorts.evenings import json_bytes, load_chunk, load_plan
from hrvctl.store.cohorts.salts import load_salts
from hrvctl.usecases.cohorts.scores import score_cohort
from hrvctl.usecases.cohorts.verification import verify_cohort
from hrvctl.usecases.cohorts.withdrawal import find_traces, withdraw
from usecases.cohorts.made_up import AS_OF, NOW, make_cohort, run_evenings, table_of

GONE = "p001"


@pytest.fixture
def lions(tmp_path):
    """Two sealed evenings; one of the people has a name and failed once."""
    folder, settings = run_evenings(tmp_path, table_of(4, 40), 2)
    folder.write("people.csv", f"subject,name\n{GONE},Ben\np000,Anna\n".encode())
    return folder, settings


def test_nothing_is_left_and_the_seals_hold(lions) -> None:
    folder, settings = lions
    bucket = next(
        chunk.number
        for chunk in load_plan(folder, AS_OF).chunks
        if load_salts(folder, chunk.number, [GONE])
    )
    folder.write(
        f"evenings/{AS_OF}/failures/{bucket:04d}.json",
        json_bytes({GONE: {"code": "bug", "message": "x"}}),
    )
    salt = load_salts(folder, bucket, [GONE])[GONE]
    assert len(find_traces(folder, settings, GONE)) == 7
    receipt = withdraw(folder, settings, GONE, now=NOW)
    assert (receipt.n_evenings, receipt.n_forecasts, receipt.n_salts) == (2, 6, 1)
    assert (receipt.n_found, find_traces(folder, settings, GONE)) == (0, ())
    files = [path for path in folder.local.rglob("*") if path.is_file()]
    for path in files:
        assert salt not in path.read_bytes()
        if path.suffix != ".parquet":
            assert GONE not in path.read_text()
    for chunk in load_plan(folder, AS_OF).chunks:
        assert GONE not in load_chunk(folder, AS_OF, chunk.number)[1]["subject"].to_pylist()
    found = verify_cohort(folder)
    assert found.faults == ()
    assert [(each.n_forecasts, each.n_withdrawn) for each in found.evenings] == [(9, 3), (9, 3)]
    assert GONE not in {person.subject for person in score_cohort(folder, settings).people}


def test_a_stopped_withdrawal_is_finished_by_the_next(lions, monkeypatch) -> None:
    folder, settings = lions
    with monkeypatch.context() as patch:
        patch.setattr("hrvctl.usecases.cohorts.withdrawal.delete_salts", None)
        with pytest.raises(TypeError):
            withdraw(folder, settings, GONE, now=NOW)
    assert find_traces(folder, settings, GONE) == ("salts",)
    assert withdraw(folder, settings, GONE, now=NOW).n_found == 0
    with pytest.raises(NotEnoughData, match="nothing is kept"):
        withdraw(folder, settings, GONE, now=NOW)


def test_what_a_killed_import_left_behind_is_deleted_too(tmp_path) -> None:
    """Half a file of nights, named after a process that has ended; that of one which runs stays."""
    folder, settings, _ = make_cohort(tmp_path, table_of(2, 40))
    whole = next((tmp_path / "lions" / "nights").rglob("*.parquet"))
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    left, kept = (
        whole.with_name(f".{whole.name}.{pid}.abcdefgh") for pid in (ended.pid, os.getpid())
    )
    for path in (left, kept):
        path.write_bytes(whole.read_bytes())
    withdraw(folder, settings, "p000", now=NOW)
    assert (left.exists(), kept.exists()) == (False, True)
