"""What was changed after an evening was sealed is found, and one forecast is proved alone."""

from datetime import timedelta

import pyarrow as pa
import pytest

from hrvctl.errors import DataError, LedgerBroken, NotEnoughData
from hrvctl.store.cohorts.evenings import forecasts_path, load_chunk, load_plan, save_table
from hrvctl.store.cohorts.nights import MAX_FILES, compact
from hrvctl.store.cohorts.seals import load_seals
from hrvctl.usecases.cohorts.verification import (
    explain_forecast,
    find_row,
    prove_forecast,
    verify_cohort,
)
from usecases.cohorts.made_up import (
    AS_OF,
    NOW,
    make_cohort,
    run_evening,
    run_evenings,
    table_of,
)


@pytest.fixture
def lions(tmp_path):
    """Two sealed evenings of four people."""
    return run_evenings(tmp_path, table_of(4, 40), 2)


def change(folder, settings, subject, **values):
    """Change a row of the last evening behind the seal's back."""
    found = find_row(folder, settings, subject, AS_OF)
    rows = [{**row, **(values if row["subject"] == subject else {})} for row in found.rows]
    schema = load_chunk(folder, AS_OF, found.chunk.number)[1].schema
    save_table(folder, AS_OF, pa.Table.from_pylist(rows, schema=schema), found.summary)


def test_what_was_sealed_verifies(lions) -> None:
    folder, _ = lions
    found = verify_cohort(folder)
    assert found.faults == ()
    assert [each.n_forecasts for each in found.evenings] == [12, 12]
    first, second = load_seals(folder)
    assert second.prev == first.root
    assert folder.read("roots.csv").decode().splitlines()[2].startswith(f"{AS_OF},{second.root}")


def test_a_changed_forecast_is_found(lions) -> None:
    folder, settings = lions
    models = find_row(folder, settings, "p001", AS_OF).row["models"]
    models[0]["mean_ms"] += 0.5
    change(folder, settings, "p001", models=models)
    assert any("the forecasts of p001 were changed" in f for f in verify_cohort(folder).faults)
    with pytest.raises(LedgerBroken):
        prove_forecast(folder, settings, "p001", AS_OF, model=models[0]["source"])


def test_a_forecast_changed_with_its_leaf_is_found(lions) -> None:
    folder, settings = lions
    change(folder, settings, "p001", leaves=[b"0" * 32] * 3)
    faults = verify_cohort(folder).faults
    assert any("was added, removed or changed" in fault for fault in faults)


def test_a_missing_chunk_is_found(lions) -> None:
    folder, _ = lions
    chunk = load_plan(folder, AS_OF).chunks[0].number
    folder.delete([forecasts_path(AS_OF, chunk)])
    assert any("sealed chunks are there" in fault for fault in verify_cohort(folder).faults)


def test_an_input_that_was_changed_is_found_and_one_that_was_compacted_is_said(lions) -> None:
    folder, _ = lions
    path = load_plan(folder, AS_OF).chunks[0].inputs[0].path
    content = folder.read(path)
    folder.write(path, content[:-1] + b"x")
    assert f"{path} was changed since the evening of" in verify_cohort(folder).faults[0]
    folder.delete([path])
    found = verify_cohort(folder)
    assert found.faults == ()
    assert "1 files of nights were replaced" in found.evenings[-1].notes[0]


def test_a_replaced_seal_is_found_by_a_published_root(lions) -> None:
    folder, settings = lions
    published = {seal.evening: seal.root for seal in load_seals(folder)}
    folder.delete([f"evenings/{AS_OF}/seal.json"])
    run_evening(folder, settings, now=NOW + timedelta(hours=2))
    assert verify_cohort(folder).faults == ()  # nothing on this machine can tell
    assert "another root" in verify_cohort(folder, published=published).faults[0]


def test_a_proof_needs_the_root_alone(lions) -> None:
    folder, settings = lions
    proof = prove_forecast(folder, settings, "p002", AS_OF)
    assert proof.root() == load_seals(folder)[-1].root
    assert '"p002"' in proof.forecast
    with pytest.raises(NotEnoughData, match="ses made no forecast"):
        prove_forecast(folder, settings, "p002", AS_OF, model="ses")
    with pytest.raises(NotEnoughData, match="no forecast of nobody"):
        prove_forecast(folder, settings, "nobody", AS_OF)


def test_nothing_is_proved_of_an_evening_that_is_not_sealed(tmp_path) -> None:
    folder, settings, _ = make_cohort(tmp_path, table_of(1, 40))
    run_evening(folder, settings)
    folder.delete([f"evenings/{AS_OF}/seal.json"])
    with pytest.raises(DataError, match="nothing of p000 was sealed"):
        prove_forecast(folder, settings, "p000", AS_OF)


def test_a_forecast_is_made_again_from_its_files(lions) -> None:
    folder, settings = lions
    found = explain_forecast(folder, settings, "p000", AS_OF)
    assert found.is_same is True
    assert found.seal is not None
    folder.delete([found.chunk.inputs[0].path])
    again = explain_forecast(folder, settings, "p000", AS_OF)
    assert (again.is_same, "is gone" in again.why_not) == (None, True)


def test_compacting_keeps_every_value(tmp_path) -> None:
    table = table_of(2, 30)
    for n in range(MAX_FILES + 1):
        table.iloc[-1, 3] = 40.0 + n
        folder, settings, _ = make_cohort(tmp_path, table, now=NOW + timedelta(minutes=n - 30))
    run_evening(folder, settings)
    before = find_row(folder, settings, "p001", AS_OF).row
    assert sum(compact(folder, bucket, at=NOW) for bucket in range(3)) == 1
    run_evening(folder, settings, AS_OF + timedelta(days=1), now=NOW + timedelta(days=1))
    after = find_row(folder, settings, "p001", AS_OF + timedelta(days=1)).row
    assert (before["last_ms"], after["last_ms"], after["n_nights"]) == (
        60.0,
        60.0,
        before["n_nights"],
    )
