"""What of Typer is used past its documented names: how its help is loaded."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

# Renders the help. It imports a Markdown parser and a printer of tracebacks by name, which take
# longer to load than all the rest of it, and which our help does not show.
RENDERER = "typer.rich_utils"
# Those modules of Rich, and the one class of each that is imported.
NOT_SHOWN = {"rich.markdown": "Markdown", "rich.traceback": "Traceback"}


class _Late(type):
    """A class of a module that is loaded when the class is used."""

    def __call__(cls, *args: object, **options: object) -> Any:  # noqa: ANN401 - any class
        """Make one of the real class."""
        return _real(cls)(*args, **options)

    def __getattr__(cls, name: str) -> Any:  # noqa: ANN401 - any class
        """An attribute of the real class."""
        return getattr(_real(cls), name)


def load_renderer() -> None:
    """Load what renders the help, and of Rich only what the help shows."""
    absent = [name for name in NOT_SHOWN if name not in sys.modules]
    for name in absent:
        sys.modules[name] = stand_in = ModuleType(name)
        late = _Late(NOT_SHOWN[name], (), {"__module__": name})
        setattr(stand_in, NOT_SHOWN[name], late)
    try:
        import_module(RENDERER)
    finally:
        for name in absent:
            del sys.modules[name]


def _real(cls: type) -> Any:  # noqa: ANN401 - any class
    return getattr(import_module(cls.__module__), cls.__name__)
