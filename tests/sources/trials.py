"""Offer an export to a home that holds data, and hold the import to its promises."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hrvctl.store.home import Home
from hrvctl.usecases.export_files import ImportOptions
from hrvctl.usecases.ingest import ImportReport, import_files
from hrvctl.usecases.workspace import Workspace
from sources.exports import DATA
from sources.mutations import offer

# Shortly after the newest night in the fixtures.
EVENING = datetime(2025, 5, 10, 21, tzinfo=UTC)
# What the home holds before, so that there is something to revise and to disagree with.
HELD = ("table/nights.csv", "whoop/cycles_en.csv", "whoop/journal_en.csv", "hrvctl/notes.csv")

Watch = Callable[[Path], AbstractContextManager[None]]


@dataclass
class Trials:
    """Many exports, one after another, each into a fresh copy of one home.

    Attributes:
        root: A folder of its own; nothing may change in it but the home.
        watch: Entered with the home around every import; raises when something forbidden is done.
        n_taken: Exports of which something was read.
        n_refused: Exports that were refused with a word.
    """

    root: Path
    watch: Watch = field(default=lambda _: nullcontext())
    n_taken: int = 0
    n_refused: int = 0

    def __post_init__(self) -> None:
        self.home = Home(self.root / "home")
        self.workspace = Workspace(self.home, lambda: EVENING)
        paths = [DATA / name for name in HELD]
        report = self._import(paths, ImportOptions(vocabulary=""))
        assert not report.failed
        self.template = self.root / "template.db"
        shutil.copy(self.home.database, self.template)

    def run(self, seed: int) -> None:
        """Try one export.

        Raises:
            AssertionError: A promise was broken; its notes say how the export was made.
            Exception: Whatever the import raised; nothing ever should.
        """
        folder = Path(tempfile.mkdtemp(dir=self.root))
        try:
            path, recipe = offer(seed, folder)
            options = ImportOptions(force=seed % 3 == 0, skip_faulty=seed % 2 == 0, vocabulary="")
            try:
                self.try_path(path, options)
            except Exception as error:
                error.add_note(f"seed {seed}: {recipe}")
                raise
        finally:
            shutil.rmtree(folder)

    def try_path(self, path: Path, options: ImportOptions = ImportOptions(vocabulary="")) -> None:  # noqa: B008 - frozen
        """Try one file, folder or zip.

        Raises:
            AssertionError: A promise was broken.
            Exception: Whatever the import raised; nothing ever should.
        """
        shutil.copy(self.template, self.home.database)
        before, files = dump(self.home), listed(self.root)
        self._offer(path, options, before)
        assert listed(self.root) == files, "a file was written beside the database"

    def _offer(self, path: Path, options: ImportOptions, before: list[str]) -> None:
        report = self._import([path], options)
        for failed in report.failed:
            assert (failed.code, bool(failed.message), bool(failed.hint)) == (
                "bad_data",
                True,
                True,
            )
        if report.failed:
            assert dump(self.home) == before, "a refused export left something behind"
            self.n_refused += 1
            return
        self.n_taken += 1
        changed = dump(self.home)
        assert (changed != before) == bool(report.n_changed), "what is told is not what was done"
        again = self._import([path], options)
        assert (again.n_changed, dump(self.home)) == (0, changed), "again is not the same"

    def _import(self, paths: list[Path], options: ImportOptions) -> ImportReport:
        evening = self.workspace.evening("me")
        with self.watch(self.home.root):
            return import_files(self.workspace, evening, paths, options, dry_run=False)


def dump(home: Home) -> list[str]:
    """Everything that is stored, as SQL."""
    with closing(sqlite3.connect(home.database)) as connection:
        return list(connection.iterdump())


def listed(root: Path) -> dict[str, tuple[int, int]]:
    """Every file below, with its size and time of change; the database and its lock aside."""
    return {
        str(path): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file() and not path.name.startswith(("hrvctl.db", "lock"))
    }
