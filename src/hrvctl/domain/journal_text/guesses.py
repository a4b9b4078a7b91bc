"""A guess of tomorrow's HRV in a text: taken only where nothing else can be meant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hrvctl.domain.journal_text.assertion_scope import Clause
from hrvctl.domain.journal_text.lexemes import Item
from hrvctl.records import PLAUSIBLE, Metric

# "HRV tomorrow - 58", "HRV tomorrow? 58": the number stands in a clause of its own.
_LEADS = ("-", "\u2014", "?", "\u2192")
_TOPIC = ("guess.hrv", "guess.tomorrow", "guess.will", "guess.say", "guess.guess")


@dataclass(frozen=True, slots=True)
class Found:
    """A guess, ms, and the items it is made of, the last one included."""

    hrv_ms: float
    first: int
    last: int


def find_guesses(items: Sequence[Item], clauses: Sequence[Clause]) -> Iterator[Found]:
    """All guesses of a line, in order.

    A guess is the one number of its clause. The clause speaks of HRV and of tomorrow, or calls it a
    guess, and of nothing else that is measured; what stands beside the number belongs to a guess.
    """
    n = 0
    while n < len(clauses):
        first, end = clauses[n].start, clauses[n].end
        is_asked = clauses[n].is_asked
        is_conditional = n > 0 and _is_conditional(items, clauses[n - 1], clauses[n])
        joined = n + 1 < len(clauses) and clauses[n + 1].opener in _LEADS
        if joined and items[clauses[n + 1].start].kind == "number":
            end = clauses[n + 1].end
            n += 1
        n += 1
        if is_asked or is_conditional or (n < len(clauses) and _is_list(items, clauses[n])):
            continue
        for start, stop in _parts(items, first, end):
            found = _guess(items, start, stop)
            if found is not None:
                yield found


def _is_conditional(items: Sequence[Item], before: Clause, clause: Clause) -> bool:
    """Find "if I sleep well, HRV will be 70": a wish or condition, and a comma after it."""
    return clause.opener == "," and {"not_done", "guess.against"} <= items[before.start].roles


def _is_list(items: Sequence[Item], after: Clause) -> bool:
    """Whether the number goes on as a list: "58, 60"."""
    is_one = after.end - after.start == 1 and after.opener == ","
    return is_one and items[after.start].kind == "number"


def _parts(items: Sequence[Item], first: int, end: int) -> Iterator[tuple[int, int]]:
    start = first
    for i in range(first, end):
        if "and" in items[i].roles or items[i].word in ("&", "+"):
            yield start, i
            start = i + 1
    yield start, end


def _guess(items: Sequence[Item], first: int, end: int) -> Found | None:
    numbers = [i for i in range(first, end) if items[i].kind == "number" and not items[i].is_used]
    if len(numbers) != 1:
        return None
    at = numbers[0]
    if not items[at].is_sure:
        return None
    roles = {role for i in range(first, end) for role in items[i].roles}
    roles_beside = set() if at == first else items[at - 1].roles
    if not roles.isdisjoint(("guess.against", "negators", "others", "others_own", "last_night")):
        return None
    has_change = "guess.change" in roles and "guess.to" not in roles_beside
    is_other_day = "today" in roles and "guess.tomorrow" not in roles
    if has_change or is_other_day or not _is_evident(roles, items, at, end):
        return None
    if not _is_framed(items, first, at, end):
        return None
    low, high = PLAUSIBLE[Metric.HRV_RMSSD_MS]
    value = items[at].value
    return Found(value, first, end - 1) if low <= value <= high else None


def _is_evident(roles: set[str], items: Sequence[Item], at: int, end: int) -> bool:
    if "guess.guess" in roles:
        return True
    is_tomorrow, is_said = "guess.tomorrow" in roles, "guess.say" in roles
    if "guess.hrv" in roles and (is_tomorrow or is_said or "guess.will" in roles):
        return True
    has_unit = at + 1 < end and "guess.units" in items[at + 1].roles
    return is_tomorrow and (is_said or has_unit)


def _is_framed(items: Sequence[Item], first: int, at: int, end: int) -> bool:
    """Whether the words right before and after the number belong to a guess."""
    is_led = at > first and items[at - 1].word in _LEADS
    if at > first and not is_led and items[at - 1].roles.isdisjoint((*_TOPIC, "guess.before")):
        return False
    after = at + 1
    if after < end and "guess.units" in items[after].roles:
        after += 1
    if after >= end:
        return True
    return not items[after].roles.isdisjoint((*_TOPIC, "guess.after"))
