"""The modules of the commands, each loaded when one of its commands is called."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from hrvctl.cli.session import CommandResult


@dataclass(frozen=True, slots=True)
class Deferred:
    """A command's function in a module that may not be loaded yet."""

    module: str
    name: str

    def load(self) -> Callable[..., CommandResult]:
        """The function."""
        function: Callable[..., CommandResult] = getattr(import_module(self.module), self.name)
        return function


class DeferredModule:
    """A module of commands; its attributes are functions of it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Deferred:
        """The function of that name."""
        return Deferred(self._name, name)


def __getattr__(name: str) -> DeferredModule:
    """The module of commands of that name."""
    return DeferredModule(f"hrvctl.cli.commands.{name}")
