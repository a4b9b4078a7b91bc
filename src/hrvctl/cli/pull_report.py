"""What went wrong in the pulls from vendors, for stderr, the envelope and the exit code."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hrvctl.safe_text import one_line

if TYPE_CHECKING:
    from hrvctl.usecases.pulled import Pulled


def fault_lines(pulled: "Iterable[Pulled]") -> list[str]:
    """What went wrong in each pull, or will before long, and what to do."""
    lines = []
    for one in pulled:
        lines += [f"hrvctl: {one.vendor}: {one_line(fault)}" for fault in one.faults]
        lines += [f"  {one.hint}"] if one.hint else []
        lines += [f"hrvctl: {one.vendor}: {one.ending}"] if one.ending else []
    return lines


def fault_errors(pulled: "Iterable[Pulled]") -> list[dict[str, object]]:
    """The same for the envelope."""
    return [
        {
            "code": f"pull_{one.outcome.value}",
            "message": f"{one.vendor}: {'; '.join(one.faults)}",
            "hint": one.hint,
        }
        for one in pulled
        if one.faults
    ]


def needs_sign_in(pulled: "Iterable[Pulled]") -> bool:
    """Whether a connection ended in one of these pulls; earlier ends were reported then."""
    return any(one.outcome.value == "sign_in" for one in pulled)
