"""Answers of a journal that a vendor's app keeps."""

from collections.abc import Iterable

from hrvctl.records import JournalEntry

# An answer that is not an amount: yes and no.
YES, NO = 1.0, 0.0


def one_a_day(answers: Iterable[JournalEntry]) -> tuple[JournalEntry, ...]:
    """Keep one answer of each (day, tag), in their order: a yes, or the largest, before a no."""
    found: dict[tuple[object, str], JournalEntry] = {}
    for answer in answers:
        key = answer.day, answer.tag
        if key not in found or answer.value > found[key].value:
            found[key] = answer
    return tuple(sorted(found.values(), key=lambda answer: (answer.day, answer.tag)))
