"""Compare the outcomes and guesses that are scored with their entries in the ledger's chain."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hrvctl.records import Outcome

# What tells the revisions of all outcomes apart.
KEY = ("subject", "target", "metric", "measured_by", "revision")
# What else of an outcome must be as in its entry.
COMPARED = ("value", "recorded_at", "origin", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How the tables compare with the chain.

    Attributes:
        faults: One sentence each; empty when both are alike.
        n_unchained: Outcomes of an older version, while the chain has none at all.
    """

    faults: tuple[str, ...]
    n_unchained: int


def compare_outcomes(
    entries: Sequence[tuple[int, str]], outcomes: Mapping[str, Iterable[Outcome]]
) -> Comparison:
    """Compare every outcome with its entry, both ways.

    Args:
        entries: Place and payload of each outcome and correction in the chain.
        outcomes: Every revision in the table, by subject.
    """
    stored = {
        tuple(payload[key] for key in KEY): payload
        for subject, revisions in outcomes.items()
        for payload in (one.payload(subject) for one in revisions)
    }
    if not entries:
        return Comparison(faults=(), n_unchained=len(stored))
    faults = []
    for seq, text in entries:
        sealed = json.loads(text)
        own = stored.pop(tuple(sealed[key] for key in KEY), None)
        if own is None:
            faults.append(f"row {seq}: {_named(sealed)}, {sealed['value']:g}, is gone")
            continue
        faults += [
            f"row {seq}: {_named(sealed)} is {own[key]!r}, and was {sealed[key]!r} ({key})"
            for key in COMPARED
            if own[key] != sealed[key]
        ]
    faults += [f"{_named(own)}, {own['value']:g}, is not in the chain" for own in stored.values()]
    return Comparison(faults=tuple(faults), n_unchained=0)


def compare_guesses(
    entries: Iterable[tuple[int, str]], guessed: set[tuple[str, str, float]]
) -> tuple[str, ...]:
    """Name every sealed guess that the person's guesses do not have.

    Args:
        entries: Place and payload of each guess in the chain.
        guessed: Subject, morning and ms of the guesses in the table.
    """
    faults = []
    for seq, text in entries:
        sealed = json.loads(text)
        subject, target, ms = sealed["subject"], sealed["target"], sealed["mean"]
        if (subject, target, ms) not in guessed:
            faults.append(
                f"row {seq}: the guess of {ms:g} ms for {target} ({subject}) is not among the"
                " guesses any more"
            )
    return tuple(faults)


def _named(payload: Mapping[str, object]) -> str:
    return (
        f"the outcome of {payload['target']} ({payload['subject']}, {payload['metric']} by"
        f" {payload['measured_by']}, revision {payload['revision']})"
    )
