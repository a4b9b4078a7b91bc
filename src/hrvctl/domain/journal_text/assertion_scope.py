"""The clauses of a line: how far a no, a wish, another day or another person reaches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hrvctl.domain.journal_text.lexemes import Item

_STOPS = frozenset(",;.!?()[]{}|\u2014-•·…→、。¿¡&+/")
_JOINS = frozenset("&+/")
# Like "and" behind a no; "no alcohol/caffeine" says no to both.
_ANDS = frozenset("&+")
# What may stand between the words of one sentence's list.
_LIST = ","

TRUE, FALSE, UNSURE = "so", "not so", "unsure"
# Behind a no and a word that may end it: so when said in full, else nobody can tell.
OPEN = "open"


@dataclass(slots=True)
class Clause:
    """A stretch between two borders.

    Attributes:
        start, end: Its items, end excluded.
        opener: The mark before it, empty at the beginning of a line and after a word.
        is_asked: It ends in a question mark.
        is_muted: What is said in it is no fact of the day, item by item.
        is_other_night: It speaks of last night: only what is of the night counts.
        is_shared: What it speaks of was shared: nobody knows how much of it was whose.
        truth: ``so``, ``not so``, ``open`` or ``unsure``, item by item.
        negator: Index of the negator that holds for an item, item by item; -1 without.
    """

    start: int
    end: int
    opener: str = ""
    is_asked: bool = False
    is_other_night: bool = False
    is_shared: bool = False
    is_muted: list[bool] = field(default_factory=list)
    truth: list[str] = field(default_factory=list)
    negator: list[int] = field(default_factory=list)


def clauses(items: Sequence[Item]) -> list[Clause]:
    """Part a line into clauses, and say of every item what holds for it."""
    found = list(_split(items))
    for clause in found:
        _mute(items, clause)
        _negate(items, clause)
    _reach_over_lists(items, found)
    _mute_lists_of_other_days(items, found)
    _mute_after_heading(items, found)
    return found


def is_stop(item: Item) -> bool:
    """Whether a mark ends a clause."""
    return item.word in _STOPS and item.kind != "number"


def _split(items: Sequence[Item]) -> Iterator[Clause]:
    opener, first = "", 0
    opened: list[Clause] = []
    for i, item in enumerate(items):
        if is_stop(item) and item.word not in _JOINS:
            opened.append(Clause(first, i, opener))
            is_asked = item.word == "?" and not _is_answered(items, i + 1)
            for clause in opened:
                clause.is_asked = is_asked
            yield from (clause for clause in opened if clause.end > clause.start)
            opened, opener, first = [], item.word, i + 1
        elif i > first and _begins(items, i):
            opened.append(Clause(first, i, opener))
            opener, first = "", i
    opened.append(Clause(first, len(items), opener))
    yield from (clause for clause in opened if clause.end > clause.start)


def _is_answered(items: Sequence[Item], at: int) -> bool:
    """A question answered at once: "alcohol? no"."""
    if at >= len(items) or items[at].roles.isdisjoint(("yes", "no")):
        return items[at].kind in ("number", "share", "percent") if at < len(items) else False
    return at + 1 == len(items) or is_stop(items[at + 1])


def _begins(items: Sequence[Item], at: int) -> bool:
    """Whether a word begins a clause: "but", or "and" with someone or another day after it."""
    roles = items[at].roles
    if "borders" in roles:
        return True
    if roles.isdisjoint(("and", "so")) or at + 1 == len(items):
        return False
    after = items[at + 1].roles
    if "so" in roles and "guess.hrv" in after:
        return True
    if "self" in after:
        return "others" not in items[at - 1].roles
    return not after.isdisjoint(("elsewhen", "not_done", "today"))


def _mute(items: Sequence[Item], clause: Clause) -> None:
    n = clause.end - clause.start
    clause.is_muted = [clause.is_asked] * n
    wished, other, elsewhen, owned = False, False, False, False
    for i in range(clause.start, clause.end):
        item = items[i]
        roles = item.roles
        if "self" in roles and i > clause.start:
            other = False
        if roles:
            clause.is_shared = clause.is_shared or "shared" in roles
            wished = wished or "not_done" in roles
            is_topic = i > clause.start and "about" in items[i - 1].roles
            wished = wished or (is_topic and "elsewhen" in roles)
            if not is_topic:
                elsewhen = elsewhen or "elsewhen" in roles
                clause.is_other_night = clause.is_other_night or "last_night" in roles
            other = other or ("others" in roles and _is_subject(items, clause, i))
            owned = owned and roles.isdisjoint(("and", "companions"))
            owned = owned or ("others_own" in roles and _is_subject(items, clause, i))
        if wished or other or owned or _is_of_others(items, clause, i):
            clause.is_muted[i - clause.start] = True
    if elsewhen:
        _mute_other_days(items, clause)


def _is_of_others(items: Sequence[Item], clause: Clause, at: int) -> bool:
    """Find "about her flu": another person's, though they are only what it is about."""
    return at > clause.start and {"others", "definite"} <= items[at - 1].roles


def _mute_other_days(items: Sequence[Item], clause: Clause) -> None:
    """Mute all but what an "and" parts off as of today: "yesterday sick and sauna today"."""
    start = clause.start
    for end in range(clause.start, clause.end + 1):
        if end < clause.end and "and" not in items[end].roles:
            continue
        if not any("today" in items[i].roles for i in range(start, end)):
            for i in range(start, end):
                clause.is_muted[i - clause.start] = True
        start = end


def _mute_lists_of_other_days(items: Sequence[Item], found: Sequence[Clause]) -> None:
    """Read "yesterday 3 beers, 2 coffees": a list that begins with another day is all of it."""
    is_of_other = False
    for clause in found:
        if clause.opener != ",":
            first = items[clause.start].roles
            is_of_other = "elsewhen" in first and all(clause.is_muted)
        elif is_of_other:
            is_of_other = _is_plain_list(items, clause)
        if is_of_other:
            clause.is_muted = [True] * len(clause.is_muted)


def _is_plain_list(items: Sequence[Item], clause: Clause) -> bool:
    """Nothing but things, how much of them, and "and": no one does anything in it."""
    for i in range(clause.start, clause.end):
        meaning, roles = items[i].meaning, items[i].roles
        if items[i].kind in ("number", "share", "percent", "time"):
            continue
        is_thing = meaning is not None and any(use.kind in ("word", "each") for use in meaning.uses)
        if not is_thing and roles.isdisjoint(("and", "or", "articles", "vague", "between", "unit")):
            return False
    return True


def _is_subject(items: Sequence[Item], clause: Clause, at: int) -> bool:
    """Whether other people do something, and are not just company; mutes a "sick" before them."""
    if at > clause.start and " " not in items[at].word:
        meaning = items[at - 1].meaning
        if meaning is not None and meaning.uses:
            clause.is_muted[at - 1 - clause.start] = True
    before = items[at - 1].roles if at > clause.start else set()
    after = items[at + 1 : at + 3] if at + 2 < clause.end else []
    if len(after) == 2 and "and" in after[0].roles and "self" in after[1].roles:
        return False
    if "and" in before and at - 1 > clause.start and "self" in items[at - 2].roles:
        return False
    return before.isdisjoint(("companions",))


def _negate(items: Sequence[Item], clause: Clause) -> None:
    truth, negator, is_used, is_wide = TRUE, -1, False, False
    for i in range(clause.start, clause.end):
        item, roles = items[i], items[i].roles
        if roles and not item.is_used:
            if "not_negators" in roles and "unsure" not in roles:
                truth, negator, is_used = TRUE, -1, False
            elif "unsure" in roles:
                truth, is_used = UNSURE, False
            elif "negators" in roles:
                is_double = truth == FALSE and not is_used and "or" not in roles
                truth, is_used = UNSURE if is_double else FALSE, False
                negator = i
                is_wide = "negators_over_and" in roles
            elif is_used and truth != TRUE:
                truth, negator = _pass(roles, truth, negator, is_wide=is_wide)
        if is_used and truth == FALSE and (item.word in _ANDS or item.kind == "number"):
            truth = OPEN
        clause.truth.append(truth)
        clause.negator.append(negator if truth == FALSE else -1)
        if item.meaning and item.meaning.uses and not item.is_used:
            is_used = True


def _pass(
    roles: set[str] | frozenset[str], truth: str, negator: int, *, is_wide: bool
) -> tuple[str, int]:
    """What is left of a no behind a word that may end it."""
    if "or" in roles:
        return truth, negator
    if "and" in roles and is_wide:
        return truth, negator
    if truth == FALSE and not roles.isdisjoint(("and", "scope_ends", "self")):
        return OPEN, negator
    return truth, negator


def _reach_over_lists(items: Sequence[Item], found: Sequence[Clause]) -> None:
    """Read "no alcohol, caffeine or sugar": a bare list that ends in "or" goes on with the no."""
    chain: list[Clause] = []
    for before, clause in pairwise(found):
        if clause.opener != _LIST or not _is_bare(items, clause):
            chain = []
            continue
        if not chain:
            if not before.truth or before.truth[-1] != FALSE:
                continue
            chain = [before]
        chain.append(clause)
        if any("or" in items[i].roles for i in range(clause.start, clause.end)):
            for one in chain[1:]:
                one.truth = [FALSE] * len(one.truth)
                one.negator = [chain[0].negator[-1]] * len(one.negator)
            chain = []


def _is_bare(items: Sequence[Item], clause: Clause) -> bool:
    """Nothing but things and "or"."""
    return all(
        ("or" in item.roles or any(use.kind in ("word", "each") for use in item.meaning.uses))
        if item.meaning
        else False
        for item in items[clause.start : clause.end]
    )


def _mute_after_heading(items: Sequence[Item], found: Sequence[Clause]) -> None:
    """Read "Tomorrow: gym, sauna" and "Movie: Party Girl": the rest of the line is no fact."""
    first = next((i for i, item in enumerate(items) if item.kind != "mark"), len(items))
    if first + 1 >= len(items) or items[first + 1].word != ":":
        return
    if is_plan(items[first]) or "titles" in items[first].roles:
        for clause in found:
            clause.is_muted = [True] * len(clause.is_muted)


def announces(items: Sequence[Item]) -> bool:
    """Whether a line is nothing but the name of another day or of a plan, for the list below it."""
    words = [item for item in items if item.word != ":"]
    return bool(words) and all(is_plan(item) for item in words)


def is_plan(item: Item) -> bool:
    """Whether a heading announces another day or a plan."""
    return not item.roles.isdisjoint(("elsewhen", "plan_headings", "last_night"))
