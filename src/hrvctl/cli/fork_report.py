"""Text and exit code of a comparison of branches, for `hrvctl fork` and `hrvctl what-if`."""

from typing import TYPE_CHECKING

from hrvctl.cli.session import CommandResult
from hrvctl.errors import ExitCode

if TYPE_CHECKING:
    from datetime import date

    from hrvctl.domain.artifacts.fork import BranchResult, Difference
    from hrvctl.settings import Settings
    from hrvctl.usecases.fork import ForkDefaults

# Drivers named in one cell of the table; the file has them all.
SHOWN_DRIVERS = 3
# Effects that round to nothing, ms.
NOTHING_MS = 0.05


def fork_defaults(settings: "Settings") -> "ForkDefaults":
    """Read the settings of every branch that does not change them.

    Raises:
        ConfigError: The LLM agent is chosen and not configured.
    """
    from hrvctl.usecases.agent import agent_settings
    from hrvctl.usecases.fork import ForkDefaults

    return ForkDefaults(
        model=settings.model.value, profile=settings.profile.value, agent=agent_settings(settings)
    )


def no_nights(subject: str, as_of: "date | None" = None) -> CommandResult:
    """The result for a person without a night, or without one up to the evening in question."""
    what = f"have 0 nights up to {as_of}" if as_of else "have 0 nights"
    return CommandResult(
        data={"subject": subject, "branches": [], "failed": []},
        text=f"{subject}: {what}, need 1. Import an export: hrvctl import FILE",
        code=ExitCode.NOTHING_NEW,
    )


def exit_code(base: "BranchResult") -> ExitCode:
    """The exit code when no branch failed: by the base, as that of `daily`."""
    is_stale = base.forecast is None or base.stale_days
    return ExitCode.STALE if is_stale else ExitCode.DONE


def changed_drivers(difference: "Difference | None") -> str:
    """The drivers that changed, largest first."""
    if difference is None or not difference.drivers:
        return ""
    named = [(d.name, d.difference_ms) for d in difference.drivers[:SHOWN_DRIVERS]]
    unnamed = sum(d.difference_ms for d in difference.drivers[SHOWN_DRIVERS:])
    parts = [*named, ("the rest", difference.other_ms + unnamed)]
    return ", ".join(f"{name} {ms:+.1f}" for name, ms in parts if abs(ms) >= NOTHING_MS)


def signed_ms(difference: float) -> str:
    """A difference between two forecasts; none has no sign."""
    return f"{difference:+.1f} ms" if abs(difference) >= NOTHING_MS else "0.0 ms"


def notes_of(branch: "BranchResult", base: "BranchResult") -> list[str]:
    """The notes of a branch that are not those of the base as well."""
    return [note for note in branch.notes if note not in base.notes or branch is base]
