"""Find the amounts of a line that have no noun of their own, its totals, and parts of a total.

"2 beers + 1 shot" are three drinks, "2 beers at lunch, another 2 at dinner" are four, "total of 4
drinks, two of them cocktails" are four. "2 beers, then 3" says more than two, but not of what: then
nothing is read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from hrvctl.domain.journal_text.clock_times import Mention
from hrvctl.domain.journal_text.lexer import Lexeme
from hrvctl.domain.journal_text.quantities import AMOUNT, YES, Quantity
from hrvctl.domain.journal_text.vocabulary import TagWords

# A larger number without a noun is hardly a count of drinks or cups (own choice).
MOST_COUNTED = 20
# Largest distance between an amount and what says that it is a total or of a part of the day,
# lexemes (own choice: further is another topic).
REACH = 4
_JOINS = frozenset(",+&")
_TIMES = frozenset("x\u00d7")
_SENTENCE_MARKS = frozenset(".;!?")


def with_containers(
    lexemes: Sequence[Lexeme], mentions: Sequence[Mention], tags: Mapping[str, TagWords]
) -> list[Mention]:
    """Add mentions for counted containers after a counted term: "2 beers + 1 shot".

    Args:
        lexemes: The line.
        mentions: In order, with their quantities.
        tags: Of the vocabulary, by name.
    """
    found: list[Mention] = []
    left = list(reversed(mentions))
    of: Mention | None = None
    for at, lexeme in enumerate(lexemes):
        while left and left[-1].at <= at:
            found.append(left.pop())
            of = found[-1] if _is_count(found[-1]) else of
        if of is None or lexeme.is_consumed or lexeme.senses or not lexeme.has_role("unit"):
            continue
        each = tags[of.sense.tag].units.get(lexeme.word)
        quantity = _contained(lexemes, of, at, each, tags[of.sense.tag].unit) if each else None
        if quantity is None:
            continue
        for one in lexemes[quantity.first : at]:
            one.is_consumed = True
        is_after_comma = quantity.first < at and lexemes[quantity.first - 1].word == ","
        if is_after_comma and _is_without_number(of):
            of.quantity = replace(quantity, first=of.at)  # "wine with Sara, 2 glasses"
        else:
            found.append(Mention(at, of.sense, quantity))
    return found


def _contained(
    lexemes: Sequence[Lexeme], of: Mention, at: int, each: float, unit: str
) -> Quantity | None:
    """The amount of a container, if nothing says that something else is in it."""
    first, number = at, 1.0
    if lexemes[at - 1].kind == "number":
        first, number = at - 1, lexemes[at - 1].value
    elif lexemes[at - 1].has_role("articles"):
        first = at - 1
    is_next = first < at and first - 1 == of.at  # "1 beer 1 shot 1 cocktail"
    if lexemes[first].is_consumed or not (is_next or _joins(lexemes, first - 1)):
        return None
    is_followed = at + 1 < len(lexemes) and lexemes[at + 1].kind == "number"
    if not is_followed and not _is_complete(lexemes, at + 1):
        return None
    return Quantity(AMOUNT, number * each, unit, first, at, has_number=True)


def settle_amounts(
    lexemes: Sequence[Lexeme], mentions: Sequence[Mention], tags: Mapping[str, TagWords]
) -> list[Mention]:
    """Add amounts without a noun, and leave out what is counted twice or is unclear.

    Args:
        lexemes: The line.
        mentions: In order, with their quantities.
        tags: Of the vocabulary, by name.
    """
    mentions = list(_without_term_before_brackets(lexemes, mentions))
    totals = {one.sense.tag: one for one in mentions if _is_total(lexemes, one)}
    found = [one for one in mentions if totals.get(one.sense.tag, one) is one]
    if any(lexeme.has_role("categories") for lexeme in lexemes):
        found = list(_without_named_kinds(lexemes, found))
    if any(lexeme.has_role("parts") for lexeme in lexemes):
        found = list(_without_named_parts(lexemes, found))
    unclear = {
        one.sense.tag
        for one in found
        if one.sense.kind == "none" and one.at and lexemes[one.at - 1].has_role("all_of")
    }  # "two coffees, both decaf"
    for mention, numbers in _with_numbers_alone(lexemes, found, tags):
        quantity = mention.quantity
        assert quantity is not None  # noqa: S101 - a count has one
        more = sum(lexemes[at].value for at in numbers)
        if _is_by_parts_of_day(lexemes, mention, numbers):
            number = quantity.number + more * (mention.sense.each or 1)
            mention.quantity = replace(quantity, number=number)
        elif more != quantity.number:  # "2 coffees, 1 early, 1 late" repeats
            unclear.add(mention.sense.tag)
    return [one for one in found if one.sense.tag not in unclear or one.sense.kind == "none"]


def _is_count(mention: Mention) -> bool:
    """Whether a mention is of counted things: drinks, cups."""
    quantity = mention.quantity
    return quantity is not None and quantity.kind == AMOUNT and mention.sense.each is not None


def _is_counted_yes(mention: Mention) -> bool:
    """Whether a mention is of counted things whose number is not said: "beers"."""
    quantity = mention.quantity
    if quantity is None or quantity.kind != YES or quantity.is_answer:
        return False
    return mention.sense.each is not None


def _is_complete(lexemes: Sequence[Lexeme], at: int) -> bool:
    """Whether nothing follows that would say what a number or container is of."""
    if at >= len(lexemes) or lexemes[at].ends_clause:
        return True
    is_free = lexemes[at].has_role("and", "borders", "scope_ends", "partly", "at", "more")
    return is_free or lexemes[at].has_late_role


def _joins(lexemes: Sequence[Lexeme], at: int) -> bool:
    return at > 0 and (lexemes[at].word in _JOINS or lexemes[at].has_role("and", "borders"))


def _is_total(lexemes: Sequence[Lexeme], mention: Mention) -> bool:
    """Whether an amount is called a total: "4 drinks in total", "so 3 drinks"."""
    quantity = mention.quantity
    if quantity is None or quantity.kind != AMOUNT or not quantity.has_number:
        return False
    first, last = quantity.first, max(quantity.last, mention.at)
    if first and lexemes[first - 1].has_role("so"):
        return True
    before = lexemes[max(first - REACH, 0) : first]
    return _names_total(reversed(before)) or _names_total(lexemes[last + 1 : last + 1 + REACH])


def _names_total(lexemes: Iterable[Lexeme]) -> bool:
    """Whether the first of these lexemes up to a mark or term call something a total."""
    for lexeme in lexemes:
        if lexeme.has_role("totals"):
            return True
        if lexeme.ends_clause or lexeme.word == ":" or lexeme.senses:
            return False
    return False


def _without_named_parts(
    lexemes: Sequence[Lexeme], mentions: Sequence[Mention]
) -> Iterator[Mention]:
    """Leave out "two of them cocktails" after an amount of the same tag."""
    left = list(reversed(mentions))
    total = part_of = ""
    for at, lexeme in enumerate(lexemes):
        if lexeme.word in _SENTENCE_MARKS:
            total = part_of = ""
        elif lexeme.has_role("parts"):
            part_of = total
        while left and left[-1].at <= at:
            mention = left.pop()
            if mention.sense.tag != part_of:
                yield mention
                total = mention.sense.tag if _is_count(mention) else total


def _without_term_before_brackets(
    lexemes: Sequence[Lexeme], mentions: Sequence[Mention]
) -> Iterator[Mention]:
    """Leave out a term without a number whose number is in brackets: "wine (2 glasses)"."""
    for mention, after in zip_longest(mentions, mentions[1:]):
        quantity = after.quantity if after is not None else None
        if after is not None and quantity is not None and quantity.has_number and quantity.first:
            is_bracket = lexemes[quantity.first - 1].word in ("(", "[")
            is_same = after.sense.tag == mention.sense.tag and _is_count(after)
            if is_bracket and is_same and _is_without_number(mention):
                continue
        yield mention


def _is_without_number(mention: Mention) -> bool:
    quantity = mention.quantity
    return quantity is not None and quantity.first == quantity.last == mention.at


def _without_named_kinds(
    lexemes: Sequence[Lexeme], mentions: Sequence[Mention]
) -> Iterator[Mention]:
    """Leave out what only says of which kind counted drinks were: "4 drinks, mostly beer"."""
    counted: set[str] = set()
    for mention in mentions:
        quantity = mention.quantity
        if quantity is not None and quantity.has_number and _is_count(mention):
            if lexemes[mention.at].has_role("categories"):
                counted.add(mention.sense.tag)
        elif mention.sense.tag in counted and _is_without_number(mention):
            continue
        yield mention


def _with_numbers_alone(
    lexemes: Sequence[Lexeme], mentions: Sequence[Mention], tags: Mapping[str, TagWords]
) -> Iterator[tuple[Mention, list[int]]]:
    """Each count with the numbers after it, up to the next count, that have no noun."""
    counts = [one for one in mentions if _is_count(one) or _is_counted_yes(one)]
    for mention, after in zip_longest(counts, counts[1:]):
        end = after.at if after is not None else len(lexemes)
        quantity = mention.quantity
        start = max(mention.at, quantity.last if quantity else 0) + 1
        bracket = next((i for i in range(start, end) if lexemes[i].word in ("(", "[")), end)
        number = _in_brackets(lexemes, bracket, tags[mention.sense.tag])
        if number is None:
            number = _times(lexemes[start:bracket])  # "coffee with oat milk x2"
        if number is not None and quantity is not None and not quantity.has_number:
            amount = number * (mention.sense.each or 1)
            unit = tags[mention.sense.tag].unit
            mention.quantity = replace(
                quantity, kind=AMOUNT, number=amount, unit=unit, has_number=True
            )
            continue  # "beers with colleagues (3)"
        numbers = [at for at in range(start, bracket) if _is_alone(lexemes, at)]
        if numbers and _is_count(mention):
            yield mention, numbers


def _times(lexemes: Sequence[Lexeme]) -> float | None:
    """The number after a multiplication sign before the next mark."""
    for lexeme in lexemes:
        if lexeme.ends_clause:
            return None
        if lexeme.kind == "number" and lexeme.word in _TIMES and not lexeme.is_consumed:
            return lexeme.value
    return None


def _in_brackets(lexemes: Sequence[Lexeme], at: int, tag: TagWords) -> float | None:
    """The number that is alone in brackets, or with a container: "(3)", "(3 glasses)"."""
    inside = lexemes[at + 1 : at + 4]
    if not inside or inside[0].kind != "number" or inside[0].is_consumed:
        return None
    each = tag.units.get(inside[1].word) if len(inside) > 1 else None
    end = 1 if each is None else 2
    if len(inside) <= end or inside[end].word not in (")", "]"):
        return None
    return inside[0].value * (each or 1)


def _is_alone(lexemes: Sequence[Lexeme], at: int) -> bool:
    """Whether a number counts something and has no noun."""
    lexeme = lexemes[at]
    if lexeme.kind != "number" or lexeme.is_consumed or not 0 < lexeme.value <= MOST_COUNTED:
        return False
    is_another = lexemes[at - 1].has_role("articles") and lexemes[at - 1].has_role("ordinals")
    is_joined = is_another or _joins(lexemes, at - 1)
    is_more = at + 1 < len(lexemes) and lexemes[at + 1].has_role("more", "totals", "sizes")
    return is_more or (is_joined and _is_complete(lexemes, at + 1))


def _is_by_parts_of_day(
    lexemes: Sequence[Lexeme], mention: Mention, numbers: Sequence[int]
) -> bool:
    """Whether amounts are of different parts of the day: "1 at lunch and 2 in the evening"."""
    if all(at + 1 < len(lexemes) and lexemes[at + 1].has_role("more") for at in numbers):
        return True
    return all(_is_of_part(lexemes, at) for at in (mention.at, *numbers))


def _is_of_part(lexemes: Sequence[Lexeme], at: int) -> bool:
    for lexeme in lexemes[at + 1 : at + 1 + REACH]:
        if lexeme.ends_clause:
            return False
        if lexeme.kind == "time" or lexeme.has_role("partly", "today") or lexeme.has_late_role:
            return True
    return False
