"""Whatever file is offered: a clear word or rows that make sense, and never any harm."""

import subprocess
import sys
from pathlib import Path

import pytest

from hrvctl.sources import registry
from sources.bombs import BOMBS, made
from sources.mutations import MUTATIONS, offer
from sources.trials import Trials

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "fuzz_import.py"
N = 150


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Trials:
    """A home that holds nights, answers and notes."""
    return Trials(tmp_path_factory.mktemp("trials"))


def test_no_export_however_damaged_does_harm(trials: Trials) -> None:
    """Read or refused with a hint; a refused one changes no row, the same again changes nothing.

    No file beside the database is written or touched.
    """
    for seed in range(N):
        trials.run(seed)
    # Damage that spares nothing, or everything, would try nothing.
    assert trials.n_taken > N / 10
    assert trials.n_refused > N / 10


@pytest.mark.parametrize("name", list(BOMBS))
def test_no_bomb_goes_off(trials: Trials, tmp_path: Path, name: str) -> None:
    """Entities, zips of zeros, zips in zips, brackets and digits without end: refused or passed."""
    path = tmp_path / name
    path.write_bytes(made(name))
    trials.try_path(path)


def test_the_same_seed_makes_the_same_export(tmp_path: Path) -> None:
    """What went wrong once can be looked at again."""
    for seed in range(20):
        for name in ("a", "b"):
            (tmp_path / name / str(seed)).mkdir(parents=True)
        (one, how), (two, again) = (offer(seed, tmp_path / n / str(seed)) for n in ("a", "b"))
        assert how == again
        files = [[p.read_bytes() for p in sorted([path, *path.rglob("*")]) if p.is_file()]
                 for path in (one, two)]  # fmt: skip
        assert files[0] == files[1] != []


def test_every_source_and_every_damage_is_tried(tmp_path: Path) -> None:
    """A vendor's fixtures are drawn as soon as they lie in its folder."""
    tried = " ".join(offer(seed, tmp_path / str(seed))[1] for seed in range(N))
    assert [s.name for s in registry.SOURCES if f"{s.name}/" not in tried] == []
    assert [m.__name__ for m in MUTATIONS if m.__name__.strip("_") not in tried] == []


@pytest.mark.skipif(sys.platform == "win32", reason="measures memory as POSIX systems do")
def test_the_benchmark_watches_over_files_and_memory() -> None:
    """In a process of its own: under 300 MiB, nothing written, run or asked for outside."""
    done = subprocess.run(
        [sys.executable, BENCHMARK, "--examples", "40", "--first", "1000"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "broken         0" in done.stdout
