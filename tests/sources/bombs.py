"""Small files that are meant to become large ones, or to fetch what is not theirs."""

import functools
import io
import zipfile
from collections.abc import Callable, Mapping


@functools.cache
def made(name: str) -> bytes:
    """The bomb of a name."""
    return BOMBS[name]()


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return (
        f'<?xml version="1.0"?><!DOCTYPE HealthData [<!ENTITY l0 "lol">{entities}]>'
        '<HealthData><Record type="HKQuantityTypeIdentifierHeartRateVariabilitySDNN"'
        ' value="&l11;"/>&l11;</HealthData>'
    ).encode()


def _quadratic() -> bytes:
    return (
        f'<?xml version="1.0"?><!DOCTYPE HealthData [<!ENTITY a "{"a" * 50_000}">]>'
        f'<HealthData locale="{"&a;" * 20_000}"><ExportDate value="2025-05-03"/></HealthData>'
    ).encode()


def _outside() -> bytes:
    return (
        b'<?xml version="1.0"?><!DOCTYPE HealthData [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        b'<HealthData><Record type="HKQuantityTypeIdentifierStepCount" value="&a;"/></HealthData>'
    )


def _zip_of(content: bytes, n: int = 1) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(n):
            archive.writestr(f"{number}.csv", content)
    return buffer.getvalue()


def _zip_of_zeros(mebibytes: int) -> bytes:
    """Written piece by piece: what is measured is to be the import's memory."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros.csv", "w") as member,
    ):
        for _ in range(mebibytes):
            member.write(bytes(1024**2))
    return buffer.getvalue()


def _nested(depth: int) -> bytes:
    content = b"date,hrv_ms\n2025-05-03,60\n"
    for _ in range(depth):
        content = _zip_of(content)
    return content


BOMBS: Mapping[str, Callable[[], bytes]] = {
    "laughs.xml": _laughs,
    "quadratic.xml": _quadratic,
    "outside.xml": _outside,
    "zeros.zip": lambda: _zip_of_zeros(64),
    "zips.zip": lambda: _zip_of(_zip_of_zeros(16), 10),
    "many.zip": lambda: _zip_of(b"a,b\n1,2\n", 3000),
    "deep.zip": lambda: _nested(9),
    "deep.json": lambda: b"[" * 200_000,
    "deeper.json": lambda: b'{"data":[' * 50_000 + b"]}" * 50_000,
    "digits.json": lambda: b'[{"day":"2025-05-03","id":' + b"9" * 200_000 + b"}]",
    "wide.csv": lambda: b"date,hrv_ms" + b",x" * 200_000 + b"\n2025-05-03,60\n",
    "long.csv": lambda: b'date,hrv_ms,note\n2025-05-03,60,"' + b"a" * 1_000_000 + b'"\n',
    "open.csv": lambda: b'date,hrv_ms\n2025-05-03,"' + b"60\n" * 300_000,
    "line.txt": lambda: b"x" * 4_000_000,
    "nul.csv": lambda: bytes(300_000),
    "commas.csv": lambda: b"date,hrv_ms\n" + b"," * 1_000_000,
}
