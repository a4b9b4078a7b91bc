"""The prior an evening is forecast with, where it is not the shipped one.

Its content is copied into the evening's folder when the evening is planned, so that every worker,
every later run and every check reads the same one.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from hrvctl.domain.forecast.hierarchical import MAIN, Hierarchical
from hrvctl.domain.forecast.learned_prior import check_patterns
from hrvctl.domain.forecast.prior import Prior, parse_prior
from hrvctl.domain.forecast.protocol import Forecaster
from hrvctl.domain.forecast.registry import find_forecaster
from hrvctl.errors import DataError
from hrvctl.store.artifacts import read_given
from hrvctl.store.cohorts.evenings import prior_path
from hrvctl.store.cohorts.folder import CohortFolder
from hrvctl.store.cohorts.nights import InputFile, describe_file, read_input


def read_prior(path: Path) -> bytes:
    """Read a file of ``hrvctl cohort learn-prior``.

    Raises:
        DataError: It cannot be read, or holds something else.
    """
    content = read_given(path)
    _parse(content, str(path))
    return content


def save_prior(folder: CohortFolder, as_of: date, content: bytes) -> InputFile:
    """Copy a prior into the folder of an evening; two different ones lie beside each other."""
    file = describe_file(prior_path(as_of, hashlib.sha256(content).hexdigest()), content)
    folder.write(file.path, content)
    return file


def load_prior(folder: CohortFolder, file: InputFile) -> Prior:
    """Read the prior that an evening's plan names.

    Raises:
        DataError: It is gone or was changed.
    """
    return _parse(read_input(folder, file), file.path)


def find_forecasters(
    folder: CohortFolder, models: Sequence[str], prior: InputFile | None
) -> tuple[Forecaster, ...]:
    """The models of a plan, the main one with the plan's prior; errors as of ``load_prior``."""
    found = {name: find_forecaster(name) for name in models}
    if prior is not None:
        found[MAIN] = Hierarchical(prior=load_prior(folder, prior))
    return tuple(found.values())


def _parse(content: bytes, where: str) -> Prior:
    try:
        prior = parse_prior(json.loads(content))
        check_patterns(prior)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{where} is no prior", hint="make one with hrvctl cohort learn-prior COHORT --out FILE"
        ) from error
    return prior
