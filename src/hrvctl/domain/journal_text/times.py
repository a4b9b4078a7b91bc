"""Which time of day belongs to which thing, and what was late in the day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hrvctl.domain.journal_text.assertion_scope import TRUE, Clause
from hrvctl.domain.journal_text.lexemes import Item
from hrvctl.domain.journal_text.phrases import Use
from hrvctl.domain.journal_text.vocabulary import Late, Vocabulary

# A day reaches to four in the morning: nobody means an early start by "beer at 01:00" (own choice).
DAY_START = 4 * 60
# How far a time in brackets stands from what it belongs to, items (own choice).
NEAR = 4


def attach(
    items: Sequence[Item], things: Sequence[int], where: Mapping[int, Clause]
) -> dict[int, int]:
    """Give each time to the thing before it in its clause, else to the one after it.

    Args:
        items: Of a line.
        things: Indices of the items that name something, in order.
        where: The clause of each item.

    Returns:
        Thing to time, both as indices; of several times the latest.
    """
    found: dict[int, int] = {}
    at, waiting = 0, -1
    is_log = _is_log(items)
    for i, item in enumerate(items):
        while at < len(things) and things[at] <= i:
            if waiting >= 0 and _reaches(items, waiting, things[at], where):
                found[things[at]] = waiting
            waiting = -1
            at += 1
        if item.kind != "time" or (i and "until" in items[i - 1].roles):
            continue
        last = things[at - 1] if at else -1
        if last < 0 or is_log or not _is_near(items, last, i, where):
            waiting = i
        elif last not in found or items[found[last]].value < item.value:
            found[last] = i
    return found


def _is_log(items: Sequence[Item]) -> bool:
    """A line that begins with a time: "16:30 coffee 18:00 dinner"."""
    at = 1 if items and "at" in items[0].roles else 0
    return len(items) > at and items[at].kind == "time"


def _is_near(items: Sequence[Item], thing: int, time: int, where: Mapping[int, Clause]) -> bool:
    clause = where.get(time)
    if clause is None or where.get(thing) is clause:
        return clause is not None
    if clause.opener == ",":  # "coffee at 8am, 11am, 3pm"
        is_alone = clause.end - clause.start == 1
        return is_alone and time > 1 and items[time - 2].kind == "time"
    return clause.opener == "(" and time - thing <= NEAR  # "coffee (16:30)"


def _reaches(items: Sequence[Item], time: int, thing: int, where: Mapping[int, Clause]) -> bool:
    """Whether a time belongs to what follows: in its clause, or alone before it: "16:30 - tea"."""
    clause = where.get(time)
    if clause is None or where.get(thing) is clause:
        return clause is not None
    is_alone = all(
        i == time or not items[i].roles.isdisjoint(("at", "around"))
        for i in range(clause.start, clause.end)
    )
    return is_alone and thing - time <= NEAR


@dataclass(frozen=True, slots=True)
class Lateness:
    """Whether something was late: the tag that says so, and the item that told it."""

    tag: str
    is_late: bool
    last: int


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing of a line.

    Attributes:
        at: Its item.
        use: What it says of a tag.
        time: Index of its time, if it has one.
        clause: Where it stands.
        since, until: The items of the clause that speak of nothing else.
        is_so: Whether it was so; ``None`` where nobody can tell.
    """

    at: int
    use: Use
    time: int | None
    clause: Clause
    since: int
    until: int
    is_so: bool | None


def lateness(items: Sequence[Item], thing: Thing, vocabulary: Vocabulary) -> Iterator[Lateness]:
    """What was late, or was not, by its time or in so many words."""
    tag = vocabulary.tags[thing.use.tag]
    for rule in vocabulary.late:
        is_ruled = not rule.tags.isdisjoint((tag.name, *tag.implies))
        is_meal = thing.use.kind == "thing" and rule.tag == tag.name
        if thing.is_so is None or not (is_ruled or is_meal) or rule.tag not in vocabulary.tags:
            continue
        found = (
            _by_words(items, rule, thing) if thing.time is None else _by_time(items, rule, thing)
        )
        if found is not None:
            yield found


def _by_time(items: Sequence[Item], rule: Late, thing: Thing) -> Lateness | None:
    at = thing.time or 0
    time = items[at]
    is_after = at > 0 and "after" in items[at - 1].roles
    if not thing.is_so:  # "no coffee after 14:00"
        return Lateness(rule.tag, False, at) if is_after and time.value <= rule.after else None
    clause = thing.clause
    then = clause.truth[at - clause.start] if clause.start <= at < clause.end else TRUE
    if then != TRUE and clause.truth[thing.at - clause.start] == TRUE:
        return None  # "ate nothing after 22:00"
    is_late = time.value >= rule.after or (time.value < DAY_START and time.is_sure)
    return Lateness(rule.tag, True, at) if is_late else None


def own_words(items: Sequence[Item], first: int, until: int) -> Iterator[Item]:
    """The words behind a thing that are its own: up to an "and" or "or"."""
    for i in range(first, until):
        if not items[i].roles.isdisjoint(("and", "or")) or items[i].word in ("&", "+"):
            return
        yield items[i]


def _by_words(items: Sequence[Item], rule: Late, thing: Thing) -> Lateness | None:
    role = f"late.{rule.tag}"
    is_so = bool(thing.is_so)
    if thing.at and role in items[thing.at - 1].roles:  # "late coffee"
        return Lateness(rule.tag, is_so, thing.at)
    for i, item in enumerate(own_words(items, thing.at + 1, thing.until), start=thing.at + 1):
        if role in item.roles:
            return Lateness(rule.tag, is_so, i)
    for i in range(thing.since, thing.at):  # "in the evening a coffee"
        if role in items[i].roles and " " in items[i].word:
            return Lateness(rule.tag, is_so, thing.at)
    return None
