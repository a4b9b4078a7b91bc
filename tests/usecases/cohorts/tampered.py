"""The program whose work misbehaves at one person, as its environment says.

``HOLD=SUBJECT:FILE`` waits there until the file is deleted, and names its process in
``FILE.PID``; ``DIE=SUBJECT`` kills its process. Workers that are spawned run this module too, and a
Dask worker preloads it.
"""

import os
import signal
import time
from pathlib import Path

from hrvctl.usecases.cohorts import chunks

_forecast = chunks.forecast_person


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


chunks.forecast_person = forecast

if __name__ == "__main__":
    from hrvctl.cli.main import main

    main()
