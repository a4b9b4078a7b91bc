"""The version of the models' arithmetic, and of the prior they start from."""

import hashlib
from functools import cache
from importlib.resources import files

# Raise it with every change that changes a forecast by more than rounding: sealed rows of another
# version are not reproduced. A test pins the forecasts of a made-up person to it.
MODEL_VERSION = "2026.2"


@cache
def prior_sha256() -> str:
    """SHA-256 of the shipped prior, in hexadecimal; of its bytes with Unix line ends."""
    content = files("hrvctl.domain.forecast").joinpath("prior.json").read_bytes()
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()
