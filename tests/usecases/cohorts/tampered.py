"""The program whose work misbehaves at one person, as its environment says.

``HOLD=SUBJECT:FILE`` waits there until the file is deleted, and names its process in
``FILE.PID``; ``DIE=SUBJECT`` kills its process; ``VERSION=X`` is what it says of itself. Workers
that are spawned run this module too, and a Dask worker preloads it.
"""

import functools
import inspect
import os
import signal
import time
from pathlib import Path

from hrvctl.usecases.cohorts import chunks

# Dask runs what it preloads twice.
_forecast, _versions = (inspect.unwrap(each) for each in (chunks.forecast_person, chunks.versions))


@functools.wraps(_forecast)
def forecast(person, **given):
    """Forecast a person, or misbehave."""
    subject, _, file = os.environ.get("HOLD", "").partition(":")
    if person.subject == subject and Path(file).exists():
        Path(f"{file}.{os.getpid()}").touch()
        while Path(file).exists():
            time.sleep(0.02)
    if person.subject == os.environ.get("DIE"):
        os.kill(os.getpid(), signal.SIGKILL)
    return _forecast(person, **given)


@functools.wraps(_versions)
def versions():
    """What this process says it is."""
    found = _versions()
    return found | {"hrvctl": os.environ.get("VERSION", found["hrvctl"])}


chunks.forecast_person = forecast
chunks.versions = versions

if __name__ == "__main__":
    from hrvctl.cli.main import main

    main()
