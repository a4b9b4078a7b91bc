"""Interpret lines of a form: "Stress (1-5): 2", "Alcohol (drinks): 0", "Sick (y/n): n".

Such brackets belong to the question, not to the answer: they name the scale or unit of the answer.
They are removed from the line before it is read further.
"""

from collections.abc import Sequence

from hrvctl.domain.journal_text.lexer import Lexeme
from hrvctl.domain.journal_text.vocabulary import Vocabulary

# Longest content of such a bracket, lexemes (own choice: a longer one is a remark).
LONGEST = 8
# Lowest values of scales, and the highest value a scale may have (own choice: usual in forms).
LOWEST, HIGHEST = (0.0, 1.0), 100.0
# Largest distance between the term asked for and the bracket, lexemes: "Mood today (1-10)".
NEAR = 3
_CLOSES = {"(": ")", "[": "]"}
_SEPARATORS = frozenset((":", "=", "|", "-", "\u2014"))
_LABELS = frozenset((":", "=", "|"))
# Triggers inside a bracket that restrict the question: another day, a plan, someone else.
_RESTRICTIONS = ("elsewhen", "last_night", "not_done", "others")


def apply_form_brackets(lexemes: Sequence[Lexeme], vocabulary: Vocabulary) -> list[Lexeme]:
    """Remove the brackets of a form from a line, and apply their scale or unit to its numbers."""
    if not any(lexeme.word in _CLOSES for lexeme in lexemes):
        return list(lexemes)
    kept: list[Lexeme] = []
    unit: Lexeme | None = None
    at = 0
    while at < len(lexemes):
        lexeme = lexemes[at]
        kept.append(lexeme)
        if unit is not None and lexeme.kind == "number":
            kept.append(_unit_after(unit, lexeme))
        if lexeme.word not in _SEPARATORS:
            unit = None
        at += 1
        close = _closing(lexemes, at)
        term = _term(kept) if close else None
        if term is None:
            continue
        inside, rest = lexemes[at + 1 : close], lexemes[close + 1 : close + 1 + NEAR]
        top = _top(inside) if _is_scale(term, vocabulary) else 0.0
        if top:
            answer = lexeme if lexeme.kind == "number" else _answer(rest)
            if answer is None:
                term.is_consumed = True  # a question without an answer
            elif answer.kind == "number":
                _put_on_scale(answer, top)
        elif not _is_label(lexeme, inside, rest):
            continue
        elif any(one.kind == "time" or one.has_role(*_RESTRICTIONS) for one in inside):
            term.is_consumed = True  # "caffeine (after 14:00): no": the morning is unknown
        elif len(inside) == 1 and "unit" in inside[0].roles:
            unit = inside[0]
        at = close + 1
    return kept


def _closing(lexemes: Sequence[Lexeme], at: int) -> int:
    """Index of the bracket that closes the one at `at`; 0 if none opens, or none closes near."""
    closing = _CLOSES.get(lexemes[at].word) if at < len(lexemes) else None
    for i in range(at + 1, min(at + 2 + LONGEST, len(lexemes))):
        if lexemes[i].word == closing:
            return i
    return 0


def _term(before: Sequence[Lexeme]) -> Lexeme | None:
    """The term asked for: right before the bracket, or with a word or its number in between."""
    for lexeme in reversed(before[-NEAR:]):
        if lexeme.senses:
            return lexeme
        is_between = lexeme.kind == "number" or lexeme.word in _SEPARATORS
        if not is_between and "links" not in lexeme.roles:
            return None
    return None


def _is_scale(term: Lexeme, vocabulary: Vocabulary) -> bool:
    return any(vocabulary.tags[sense.tag].kind == "scale" for sense in term.senses)


def _is_label(last: Lexeme, inside: Sequence[Lexeme], rest: Sequence[Lexeme]) -> bool:
    """Whether the text before a bracket is a question that the bracket does not answer."""
    if last.kind == "number" or not rest or rest[0].word not in _LABELS:
        return False
    if inside and inside[0].kind in ("number", "time"):
        return False  # "beer (2)", "coffee (16:30)"
    is_absence = any(sense.kind == "none" for lexeme in inside for sense in lexeme.senses)
    return not is_absence  # "beer (alcohol free)"


def _top(inside: Sequence[Lexeme]) -> float:
    """The highest value of the scale in a bracket: "1-5", "out of 5"; 0 if there is none."""
    numbers = [lexeme for lexeme in inside if lexeme.kind == "number"]
    if not numbers:
        return 0.0
    low = min(lexeme.bottom if lexeme.top else lexeme.value for lexeme in numbers)
    high = max(lexeme.top or lexeme.value for lexeme in numbers)
    is_out_of = inside[0].word == "/" or "out_of" in inside[0].roles
    return high if (low in LOWEST or is_out_of) and 1 < high <= HIGHEST else 0.0


def _answer(rest: Sequence[Lexeme]) -> Lexeme | None:
    """The answer after a bracket, with only separators in between."""
    for lexeme in rest:
        if lexeme.word not in _SEPARATORS:
            return None if lexeme.ends_clause else lexeme
    return None


def _put_on_scale(number: Lexeme, top: float) -> None:
    if number.value <= top:
        number.kind, number.top, number.bottom = "share", number.value, top
        number.value /= top
    else:
        number.kind = "ambiguous"


def _unit_after(unit: Lexeme, number: Lexeme) -> Lexeme:
    """The same unit, placed after the number."""
    return Lexeme("phrase", unit.word, number.end, number.end, is_glued=True, meaning=unit.meaning)
