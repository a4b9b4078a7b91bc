"""Seals of a cohort on a disk and in a bucket: made once, never replaced, listed in one table."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from at_once import run_at_once
from hrvctl.errors import DataError, ExitCode, LedgerBroken, SealedByAnother
from hrvctl.records.cohort_seals import Seal, chain_faults, published_faults
from hrvctl.store.cohorts.seals import load_seal, load_seals, read_roots, save_seal, seal_path
from store.cohorts.memory_files import MemoryFiles

FIRST = date(2026, 3, 10)
ZONE = ZoneInfo("Europe/Berlin")


def seal(evening=FIRST, before=None, forecasts_root="11" * 32):
    return Seal.after(
        before,
        evening=evening,
        zone=ZONE.key,
        day_starts_at="04:00",
        sealed_at=datetime(evening.year, evening.month, evening.day, 22, tzinfo=ZONE),
        n=3,
        n_chunks=1,
        made={"model_version": "7"},
        forecasts_root=forecasts_root,
    )


@pytest.fixture
def sealed():
    """A cohort of three sealed evenings."""
    files, before = MemoryFiles(), None
    for day in range(3):
        before = seal(FIRST + timedelta(days=day), before)
        save_seal(files, before)
    files.write("evenings/notes.txt", b"not an evening")
    return files


def test_what_was_sealed_is_read_again(sealed) -> None:
    seals = load_seals(sealed)
    assert [each.evening for each in seals] == [FIRST + timedelta(days=n) for n in range(3)]
    assert chain_faults(seals) == ()
    assert load_seal(sealed, FIRST) == seals[0]
    assert load_seal(sealed, date(2026, 3, 9)) is None


def test_who_comes_second_is_told_and_changes_nothing(sealed) -> None:
    before = dict(sealed.contents)
    with pytest.raises(SealedByAnother, match="2026-03-10") as refused:
        save_seal(sealed, seal(forecasts_root="22" * 32))
    assert refused.value.exit_code is ExitCode.LOCKED
    assert sealed.contents == before


def test_of_many_at_once_one_seals() -> None:
    files = MemoryFiles()
    outcomes = []

    def run(n):
        try:
            save_seal(files, seal(forecasts_root=f"{n:064x}"))
            outcomes.append(n)
        except SealedByAnother:
            pass

    run_at_once(run, range(8))
    assert [f"{n:064x}" for n in outcomes] == [load_seals(files)[0].forecasts_root]


def test_a_place_without_conditional_writes_is_found_out() -> None:
    """Where another's seal came in between, nobody claims to have sealed."""

    class Careless(MemoryFiles):
        def create(self, path, content):
            self.write(path, content)
            self.write(path, content.replace(b"11" * 32, b"22" * 32))

    with pytest.raises(SealedByAnother):
        save_seal(Careless(), seal())


def test_roots_are_one_line_an_evening(sealed) -> None:
    text = sealed.read("roots.csv").decode().splitlines()
    assert text[0] == "evening,root,n,sealed_at"
    assert text[1] == f"2026-03-10,{seal().root},3,2026-03-10 22:00:00+01:00"
    assert len(text) == 4
    published = read_roots(sealed.read("roots.csv"))
    assert published_faults(load_seals(sealed), published) == ()


@pytest.mark.parametrize("content", [b"\xff", b"day,root\n2026-03-10,11\n", b"evening,root\nx,y\n"])
def test_another_table_is_no_table_of_roots(content) -> None:
    with pytest.raises(DataError, match="roots"):
        read_roots(content)


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 100_000, b'{"v": "one"}', b"\xff"])
def test_a_damaged_seal_is_named(sealed, content) -> None:
    sealed.write(seal_path(FIRST), content)
    with pytest.raises(LedgerBroken, match=r"2026-03-10/seal\.json"):
        load_seals(sealed)


def test_a_seal_in_another_evenings_place_is_named(sealed) -> None:
    sealed.write(seal_path(FIRST), sealed.read(seal_path(FIRST + timedelta(days=1))))
    with pytest.raises(LedgerBroken, match="2026-03-11"):
        load_seals(sealed)
