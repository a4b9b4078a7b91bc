"""A simulated person's WHOOP export as one zip file."""

import zipfile
from datetime import date
from pathlib import Path

from hrvctl.samples.days import Person
from hrvctl.samples.whoop_export import export_files

# Zip members carry one fixed date, so that the same person gives the same bytes.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def write_zip(person: Person, path: Path, *, as_of: date | None = None) -> Path:
    """Write the export as one zip, as WHOOP sends it."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in export_files(person, as_of=as_of).items():
            member = zipfile.ZipInfo(name, ZIP_DATE)
            archive.writestr(member, content, compress_type=zipfile.ZIP_DEFLATED)
    return path
