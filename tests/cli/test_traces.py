"""What a command leaves behind: nothing when it reads, nothing when it runs dry."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.homes import tree
from conftest import Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]

READING = (
    ("status",),
    ("show", "forecast"),
    ("show", "ledger"),
    ("show", "metrics"),
    ("journal", "list"),
    ("ledger", "verify"),
    ("config", "show"),
    ("config", "get", "model"),
    ("config", "check"),
    ("config", "path"),
    ("env",),
    ("--help",),
)
DRY = (
    ("daily", "--dry-run", "--guess", "60", "--import", "{other}"),
    ("reconcile", "--dry-run", "--date", "2026-03-10", "--actual", "63", "--reason", "slipped"),
    ("import", "--dry-run", "{other}"),
    ("guess", "--dry-run", "60"),
    ("journal", "add", "--dry-run", "--tag", "sick"),
    ("config", "set", "--dry-run", "model", "ses"),
)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A table with one night that is not stored yet."""
    path = tmp_path / "other.csv"
    path.write_text("date,hrv_ms\n2025-12-01,60\n")
    return path


def test_reading_leaves_an_empty_home_unmade(home: Home, hrvctl: Hrvctl) -> None:
    """Looking at what is not there does not make it."""
    for words in (*READING, ("runs",), ("doctor",)):
        assert hrvctl(*words).code in (0, 4, 10), words
        assert not home.root.exists(), words


def test_reading_changes_nothing(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """Not one byte of a home that was lived in."""
    before = tree(home_with_two_runs.root)
    for words in READING:
        assert hrvctl(*words).code == 0, words
        assert tree(home_with_two_runs.root) == before, words


def test_dry_run_leaves_an_empty_home_unmade(
    home: Home, hrvctl: Hrvctl, other: Path, tmp_path: Path
) -> None:
    """Not even a lock, on a home that is not there."""
    before = tree(tmp_path)
    for words in DRY:
        done = hrvctl(*(word.format(other=other) for word in words))
        assert done.code in (0, 1, 4, 5), words
        assert not home.root.exists(), words
    assert tree(tmp_path) == before


def test_dry_run_changes_nothing(home_with_two_runs: Home, hrvctl: Hrvctl, other: Path) -> None:
    """Every command that can write says what it would do and leaves every byte as it was."""
    (home_with_two_runs.inbox / "waiting.csv").write_text("date,hrv_ms\n2025-12-02,61\n")
    before = tree(home_with_two_runs.root)
    for words in DRY:
        done = hrvctl(*(word.format(other=other) for word in words), "--json")
        assert done.code in (0, 5), words
        assert done.data["is_dry_run"] is True
        assert tree(home_with_two_runs.root) == before, words


def test_dry_run_foretells_what_is_done(
    home_with_two_runs: Home, hrvctl: Hrvctl, other: Path
) -> None:
    """The counts of a dry import are those of the real one after it."""
    assert home_with_two_runs.exists()
    dry = hrvctl("import", "--dry-run", other, "--json").data
    assert (dry["n_changed"], dry["files"]) == (1, hrvctl("import", other, "--json").data["files"])


def test_replay_is_kept_beside_the_live_files(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """`--as-of` writes no ledger row and touches no live artifact."""
    live = home_with_two_runs.artifacts("me")
    before = {p.name: p.read_bytes() for p in live.iterdir() if p.is_file()}
    ledger = hrvctl("show", "ledger").out
    assert hrvctl("daily", "--as-of", "2026-03-05").code == 0
    assert {p.name: p.read_bytes() for p in live.iterdir() if p.is_file()} == before
    assert hrvctl("show", "ledger").out == ledger
    replay = live / "replays" / "2026-03-05"
    assert {p.name for p in replay.iterdir()} == set(before)


def test_ambient_dagster_home_stays_empty(
    imported: Home, hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What else the person runs in Dagster is not mixed with ours."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(theirs))
    assert hrvctl("daily").code == 0
    assert hrvctl("runs").code == 0
    assert list(theirs.iterdir()) == []
    assert (imported.dagster / "history").is_dir()


def test_every_file_of_a_run_is_for_the_owner_alone(home_with_two_runs: Home) -> None:
    """Ours and Dagster's: folders 0700, files 0600."""
    paths = [home_with_two_runs.root, *home_with_two_runs.root.rglob("*")]
    assert {p.stat().st_mode & 0o777 for p in paths if p.is_dir()} == {0o700}
    assert {p.stat().st_mode & 0o777 for p in paths if p.is_file()} == {0o600}
