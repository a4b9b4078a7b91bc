"""The folder of a cohort: on this machine, or at any address that fsspec knows."""

import os
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import fsspec
import tomlkit

from hrvctl.errors import ConfigError, DataError
from hrvctl.files import read_file
from hrvctl.records import day_at
from hrvctl.store.artifacts import save_bytes
from hrvctl.store.copies import publish
from hrvctl.store.disk import disk_error
from hrvctl.store.json_values import FieldFault, read_value
from hrvctl.store.temp_files import create_temp_file, remove_parts

SETTINGS = "cohort.toml"
# A person's bucket follows from 16 bits of a hash of their name.
MAX_BUCKETS = 65_536


class CohortFolder:
    """The files of a cohort, by their path below it.

    A file is written whole or not at all: beside and renamed on a disk, by one request in a
    bucket.

    Args:
        address: A path, or an address such as ``s3://bucket/lions``.

    Raises:
        DataError: No installed package knows such an address.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            self._files, self._root = fsspec.core.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise DataError(
                f"{address}: {error}", hint="install the package that knows such addresses"
            ) from error
        self.local = Path(self._root) if "file" in _protocols(self._files) else None

    def read(self, path: str) -> bytes:
        """Read a file.

        Raises:
            FileNotFoundError: There is none.
            DataError: It cannot be read.
        """
        with self._errors_said(path, "read"):
            if self.local:
                return read_file(self.local / path)
            content: bytes = self._files.cat_file(self._at(path))
            return content

    def write(self, path: str, content: bytes) -> None:
        """Write a file, or another in its place.

        Raises:
            DataError, HomeError: It cannot be written.
        """
        with self._errors_said(path, "written"):
            if self.local:
                save_bytes(self.local / path, content)
            else:
                self._files.pipe_file(self._at(path), content)

    def create(self, path: str, content: bytes) -> None:
        """Write a file unless there is one: of two at once, one succeeds.

        Raises:
            FileExistsError: There is one.
            DataError, HomeError: It cannot be written.
        """
        with self._errors_said(path, "written"):
            if self.local is None:
                self._files.pipe_file(self._at(path), content, mode="create")
                return
            place = self.local / path
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
            except FileExistsError as error:  # it is a file
                raise NotADirectoryError(error.errno, "a file is in the way", str(place)) from error
            handle, temporary = create_temp_file(place)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                publish(temporary, place)
            finally:
                temporary.unlink(missing_ok=True)

    def exists(self, path: str) -> bool:
        """Whether there is a file or a folder."""
        return bool(self._files.exists(self._at(path)))

    def list(self, path: str) -> list[str]:
        """The names in a folder, sorted; none where there is no folder.

        Raises:
            DataError: It cannot be read.
        """
        try:
            with self._errors_said(path, "read"):
                found = self._files.ls(self._at(path), detail=False, refresh=True)
        except FileNotFoundError:
            return []
        names = (each.rstrip("/").rpartition("/")[2] for each in found)
        return sorted(name for name in names if name and not name.startswith("."))

    def delete(self, paths: Iterable[str]) -> None:
        """Delete files; one that is gone already is no error.

        Raises:
            DataError, HomeError: One cannot be deleted.
        """
        for path in paths:
            if self.exists(path):
                with self._errors_said(path, "deleted"):
                    self._files.rm_file(self._at(path))

    def remove_parts(self) -> None:
        """Delete what killed processes of this machine had begun to write."""
        if self.local:
            remove_parts([self.local, *(path for path in self.local.rglob("*") if path.is_dir())])

    @contextmanager
    def _errors_said(self, path: str, done: str) -> Iterator[None]:
        """Say in words what went wrong with a file; callers expect that one is there or is not."""
        try:
            yield
        except (FileNotFoundError, FileExistsError):
            raise
        except OSError as error:
            full = disk_error(self.local, error) if self.local and done == "written" else None
            raise full or DataError(
                f"{path} in {self.address} cannot be {done}: {error.strerror or error}"
            ) from error

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}" if path else str(self._root)


def _protocols(files: fsspec.AbstractFileSystem) -> tuple[str, ...]:
    known = files.protocol
    return (known,) if isinstance(known, str) else tuple(known)


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortSettings:
    """What is fixed for a cohort; the content of ``cohort.toml``.

    Attributes:
        name: What people read for it.
        zone: IANA name of the time zone its evenings and mornings are in.
        buckets: Parts its people are spread over, each one chunk of an evening.
        day_starts_at: HH:MM, when a morning's day begins: nothing is sealed from then on.
        profile: Method of the normal range; see ``hrvctl explain range``.
        models: The models that forecast, the plainest first.
    """

    name: str
    zone: str
    buckets: int
    day_starts_at: str
    profile: str
    models: tuple[str, ...]

    def today(self, now: datetime) -> date:
        """The date of the cohort's day at an instant: before ``day_starts_at`` still the last."""
        local = now.astimezone(ZoneInfo(self.zone))
        return day_at(local, time.fromisoformat(self.day_starts_at))


def load_cohort(folder: CohortFolder) -> CohortSettings:
    """Read ``cohort.toml``.

    Raises:
        DataError: The folder holds no cohort, or cannot be read.
        ConfigError: The file has a fault.
    """
    where = f"{folder.address}/{SETTINGS}"
    try:
        content = folder.read(SETTINGS)
    except FileNotFoundError as error:
        raise DataError(
            f"{folder.address} holds no cohort",
            hint="make one from exports or tables: hrvctl cohort import SOURCE COHORT",
        ) from error
    except Exception as error:  # each kind of address has errors of its own
        raise DataError(f"{where} cannot be read: {error}") from error
    try:
        settings = read_value(CohortSettings, tomllib.loads(content.decode()))
        ZoneInfo(settings.zone)
        time.fromisoformat(settings.day_starts_at)
    except (FieldFault, ValueError, ZoneInfoNotFoundError) as error:
        raise ConfigError(f"{where}: {error}") from error
    if not 1 <= settings.buckets <= MAX_BUCKETS:
        raise ConfigError(
            f"{where}: buckets: {settings.buckets} is not between 1 and {MAX_BUCKETS}"
        )
    return settings


def save_cohort(folder: CohortFolder, settings: CohortSettings) -> None:
    """Write ``cohort.toml``."""
    folder.write(SETTINGS, tomlkit.dumps(asdict(settings)).encode())
