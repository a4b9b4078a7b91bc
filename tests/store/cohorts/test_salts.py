"""Salts of a cohort: one a person, the same for every run, gone without a trace when deleted."""

import pytest

from at_once import run_at_once
from hrvctl.errors import DataError
from hrvctl.store.cohorts.salts import add_salts, delete_salts, load_salts
from store.cohorts.memory_files import MemoryFiles

ANNA, BEN, CARA = "Anna", "Ben", "Zoë K."


def test_a_person_has_one_salt_for_good() -> None:
    files = MemoryFiles()
    assert add_salts(files, 0, [BEN, ANNA]) == 2
    before = load_salts(files, 0, [ANNA, BEN])
    assert add_salts(files, 0, [ANNA, CARA, BEN]) == 1
    after = load_salts(files, 0, [ANNA, BEN, CARA])
    assert before.items() < after.items()
    assert {len(salt) for salt in after.values()} == {32}
    assert len(set(after.values())) == 3
    assert add_salts(files, 0, [ANNA, BEN, CARA]) == 0
    assert load_salts(files, 0, [CARA]) == {CARA: after[CARA]}
    assert load_salts(files, 0, ["nobody"]) == {}


def test_runs_at_once_agree_on_every_salt() -> None:
    """Whoever adds a person first; nobody is lost and nobody has two."""
    files = MemoryFiles()
    people = [[f"p{n}" for n in range(k, k + 20)] for k in range(0, 60, 10)]

    def run(subjects):
        for n in range(0, 20, 5):
            add_salts(files, 0, subjects[n : n + 5])

    run_at_once(run, people)
    everybody = {subject for subjects in people for subject in subjects}
    assert set(load_salts(files, 0, everybody)) == everybody
    in_files = b"".join(files.contents.values())
    assert sum(in_files.count(salt) for salt in load_salts(files, 0, everybody).values()) == 70
    assert add_salts(files, 0, everybody) == 0


def test_a_deleted_salt_is_in_no_file() -> None:
    files = MemoryFiles()
    add_salts(files, 0, [ANNA, BEN])
    add_salts(files, 0, [CARA])
    salts = load_salts(files, 0, [ANNA, BEN, CARA])
    assert delete_salts(files, 0, [CARA, BEN, "nobody"]) == 2
    in_files = b"".join(files.contents.values())
    assert salts[ANNA] in in_files
    for subject in (BEN, CARA):
        assert salts[subject] not in in_files
        assert subject.encode() not in in_files
    assert load_salts(files, 0, [ANNA, BEN, CARA]) == {ANNA: salts[ANNA]}
    assert delete_salts(files, 0, [CARA, BEN]) == 0


def test_who_comes_back_has_another_salt() -> None:
    files = MemoryFiles()
    add_salts(files, 0, [ANNA])
    before = load_salts(files, 0, [ANNA])
    delete_salts(files, 0, [ANNA])
    assert add_salts(files, 0, [ANNA]) == 1
    assert load_salts(files, 0, [ANNA])[ANNA] != before[ANNA]
    assert len(files.contents) == 2


@pytest.mark.parametrize("content", [b"", b"PAR1 and something else", b"subject,salt\n"])
def test_a_damaged_table_is_named(content) -> None:
    files = MemoryFiles()
    add_salts(files, 0, [ANNA])
    files.write("salts/bucket=0000/000001.parquet", content)
    with pytest.raises(DataError, match=r"salts/bucket=0000/000001\.parquet"):
        load_salts(files, 0, [ANNA])
