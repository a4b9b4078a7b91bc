"""Find guesses of tomorrow's HRV in a line, only where the number cannot mean anything else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hrvctl.domain.journal_text.assertion_scope import Clause
from hrvctl.domain.journal_text.lexer import Lexeme
from hrvctl.records import PLAUSIBLE, Metric

# "HRV tomorrow - 58", "HRV tomorrow? 58": the number is in a clause of its own.
_LEADS = ("-", "\u2014", "?", "\u2192")
_TOPIC = ("guess.hrv", "guess.tomorrow", "guess.will", "guess.say", "guess.guess")


@dataclass(frozen=True, slots=True)
class GuessSpan:
    """A guess, ms, and the range of its lexemes, both included."""

    hrv_ms: float
    first: int
    last: int


def find_guesses(lexemes: Sequence[Lexeme], clauses: Sequence[Clause]) -> Iterator[GuessSpan]:
    """Find all guesses of a line, in order.

    A guess is the only number of its clause. The clause names HRV and tomorrow, or calls the number
    a guess, and names no other measurement; the words next to the number belong to a guess.
    """
    n = 0
    while n < len(clauses):
        first, end = clauses[n].start, clauses[n].end
        is_question = clauses[n].is_question
        is_conditional = n > 0 and _is_conditional(lexemes, clauses[n - 1], clauses[n])
        joined = n + 1 < len(clauses) and clauses[n + 1].opener in _LEADS
        if joined and lexemes[clauses[n + 1].start].kind == "number":
            end = clauses[n + 1].end
            n += 1
        n += 1
        if is_question or is_conditional or (n < len(clauses) and _is_list(lexemes, clauses[n])):
            continue
        for start, stop in _parts(lexemes, first, end):
            found = _guess(lexemes, start, stop)
            if found is not None:
                yield found


def _is_conditional(lexemes: Sequence[Lexeme], before: Clause, clause: Clause) -> bool:
    """Find "if I sleep well, HRV will be 70": a wish or condition before a comma."""
    return clause.opener == "," and {"not_done", "guess.against"} <= lexemes[before.start].roles


def _is_list(lexemes: Sequence[Lexeme], after: Clause) -> bool:
    """Whether the number is the first of a list: "58, 60"."""
    is_one = after.end - after.start == 1 and after.opener == ","
    return is_one and lexemes[after.start].kind == "number"


def _parts(lexemes: Sequence[Lexeme], first: int, end: int) -> Iterator[tuple[int, int]]:
    start = first
    for i in range(first, end):
        if "and" in lexemes[i].roles or lexemes[i].word in ("&", "+"):
            yield start, i
            start = i + 1
    yield start, end


def _guess(lexemes: Sequence[Lexeme], first: int, end: int) -> GuessSpan | None:
    numbers = [
        i for i in range(first, end) if lexemes[i].kind == "number" and not lexemes[i].is_consumed
    ]
    if len(numbers) != 1:
        return None
    at = numbers[0]
    if not lexemes[at].is_exact:
        return None
    roles = {role for i in range(first, end) for role in lexemes[i].roles}
    roles_before = set() if at == first else lexemes[at - 1].roles
    if not roles.isdisjoint(("guess.against", "negators", "others", "others_own", "last_night")):
        return None
    has_change = "guess.change" in roles and "guess.to" not in roles_before
    is_other_day = bool({"today", "guess.other_day"} & roles) and "guess.tomorrow" not in roles
    if has_change or is_other_day or not _is_evident(roles, lexemes, at, end):
        return None
    if not _is_framed(lexemes, first, at, end):
        return None
    low, high = PLAUSIBLE[Metric.HRV_RMSSD_MS]
    value = lexemes[at].value
    return GuessSpan(value, first, end - 1) if low <= value <= high else None


def _is_evident(roles: set[str], lexemes: Sequence[Lexeme], at: int, end: int) -> bool:
    if "guess.guess" in roles:
        return True
    is_tomorrow, is_stated = "guess.tomorrow" in roles, "guess.say" in roles
    if "guess.hrv" in roles and (is_tomorrow or is_stated or "guess.will" in roles):
        return True
    has_unit = at + 1 < end and "guess.units" in lexemes[at + 1].roles
    return is_tomorrow and (is_stated or has_unit)


def _is_framed(lexemes: Sequence[Lexeme], first: int, at: int, end: int) -> bool:
    """Whether the words next to the number belong to a guess."""
    is_led = at > first and lexemes[at - 1].word in _LEADS
    if at > first and not is_led and lexemes[at - 1].roles.isdisjoint((*_TOPIC, "guess.before")):
        return False
    after = at + 1
    if after < end and "guess.units" in lexemes[after].roles:
        after += 1
    if after >= end:
        return True
    return not lexemes[after].roles.isdisjoint((*_TOPIC, "guess.after"))
