"""Keep the fits of an evening's models for the next."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version

from hrvctl.domain.forecast.fits import KeptFits, kept_fits
from hrvctl.domain.forecast.version import MODEL_VERSION
from hrvctl.store.checkpoints import load_checkpoint, save_checkpoint
from hrvctl.usecases.workspace import Evening, Workspace

# Whose arithmetic a fit is beside our own: with another version it is made again.
FITTED_BY = ("numpy", "scipy", "statsmodels")


@contextmanager
def keep_fits(workspace: Workspace, evening: Evening) -> Iterator[None]:
    """Use the fits that were kept; keep those that a live evening needed."""
    path = workspace.home.cache(evening.subject) / "fits.json"
    versions = {"models": MODEL_VERSION, **{name: version(name) for name in FITTED_BY}}
    content = load_checkpoint(path) or {}
    before: dict[str, tuple[float, float]] = {}
    if content.get("versions") == versions and isinstance(kept := content.get("fits"), dict):
        with suppress(TypeError, ValueError):  # a damaged file is made anew
            before = {key: (float(a), float(b)) for key, (a, b) in kept.items()}
    fits = KeptFits(before)
    token = kept_fits.set(fits)
    try:
        yield
    finally:
        kept_fits.reset(token)
    if evening.is_live and fits.used != before:
        save_checkpoint(path, {"versions": versions, "fits": fits.used})
