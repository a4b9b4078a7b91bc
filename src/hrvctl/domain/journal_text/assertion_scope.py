"""Split a line into clauses, and set the assertion status of every lexeme, as NegEx and ConText do.

A trigger term opens a scope that ends at the border of its clause or at a terminator. Within it a
lexeme is negated ("no", "without"; Chapman et al. 2001, J Biomed Inform 34:301), hypothetical
("want", "if"), historical ("yesterday") or has another experiencer ("my wife"; Harkema et al. 2009,
J Biomed Inform 42:839). Plans for another day ("tomorrow") are read as historical ones are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hrvctl.domain.journal_text.lexer import Lexeme, Polarity, Status

# Marks that do not end a clause: "alcohol/caffeine", "wine & beer".
_JOINS = frozenset("&+/")
# Marks that end a negation as "and" does; "no alcohol/caffeine" negates both.
_ANDS = frozenset("&+")
_NUMBERS = ("number", "share", "percent")


@dataclass(slots=True)
class Clause:
    """A stretch of lexemes between two borders.

    Attributes:
        start, end: Range of its lexemes, end excluded.
        opener: The mark before it; empty at the start of a line and after a word.
        is_question: Whether it ends in a question mark.
        is_last_night: Whether it is about last night: only tags of the night count in it.
        is_shared: Whether it says that something was shared, so that amounts are unknown.
    """

    start: int
    end: int
    opener: str = ""
    is_question: bool = False
    is_last_night: bool = False
    is_shared: bool = False

    @property
    def span(self) -> range:
        """Indices of its lexemes."""
        return range(self.start, self.end)


def assert_clauses(lexemes: Sequence[Lexeme], *, is_plan: bool = False) -> list[Clause]:
    """Split a line into clauses and set status and polarity of its lexemes.

    Args:
        lexemes: The line.
        is_plan: Whether a heading above says that all of it is about another day or a plan.
    """
    clauses = list(_split(lexemes))
    for clause in clauses:
        _set_status(lexemes, clause)
        _set_polarity(lexemes, clause)
    _extend_negation_over_lists(lexemes, clauses)
    _extend_history_over_lists(lexemes, clauses)
    _extend_others(lexemes, clauses)
    _extend_conditions(lexemes, clauses)
    _mark_answers_of_others(lexemes)
    if is_plan or _has_plan_heading(lexemes):
        _mark(lexemes, Status.HYPOTHETICAL)
    return clauses


def is_plan_heading(lexemes: Sequence[Lexeme]) -> bool:
    """Whether a line only names another day or a plan, as heading of the list below it."""
    words = [lexeme for lexeme in lexemes if lexeme.word != ":"]
    return bool(words) and all(names_plan(lexeme) for lexeme in words)


def names_plan(lexeme: Lexeme) -> bool:
    """Whether a lexeme of a heading names another day or a plan."""
    return lexeme.has_role("elsewhen", "plan_headings", "last_night")


def _split(lexemes: Sequence[Lexeme]) -> Iterator[Clause]:
    opener, first = "", 0
    opened: list[Clause] = []
    for i, lexeme in enumerate(lexemes):
        if lexeme.ends_clause and lexeme.word not in _JOINS:
            opened.append(Clause(first, i, opener))
            is_question = lexeme.word == "?" and not _is_answered(lexemes, i + 1)
            for clause in opened:
                clause.is_question = is_question
            yield from (clause for clause in opened if clause.span)
            opened, opener, first = [], lexeme.word, i + 1
        elif i > first and _begins_clause(lexemes, i):
            opened.append(Clause(first, i, opener))
            opener, first = "", i
    opened.append(Clause(first, len(lexemes), opener))
    yield from (clause for clause in opened if clause.span)


def _is_answered(lexemes: Sequence[Lexeme], at: int) -> bool:
    """Whether an answer follows a question mark: "alcohol? no", "stress? 7"."""
    if at >= len(lexemes):
        return False
    if not lexemes[at].has_role("yes", "no"):
        return lexemes[at].kind in _NUMBERS
    return at + 1 == len(lexemes) or lexemes[at + 1].ends_clause


def _begins_clause(lexemes: Sequence[Lexeme], at: int) -> bool:
    """Whether a word starts a clause: "but", or "and" before another person or day."""
    roles = lexemes[at].roles
    if "borders" in roles:
        return True
    if roles.isdisjoint(("and", "so")) or at + 1 == len(lexemes):
        return False
    after = lexemes[at + 1].roles
    if "so" in roles:
        senses = lexemes[at + 1].senses
        is_statement = any(sense.kind in ("act", "none") for sense in senses)
        if is_statement or not after.isdisjoint(("guess.hrv", "negators")):
            return True
    if "self" in after:
        return "others" not in lexemes[at - 1].roles
    return not after.isdisjoint(("elsewhen", "not_done", "today"))


def _set_status(lexemes: Sequence[Lexeme], clause: Clause) -> None:
    if clause.is_question:
        _mark((lexemes[i] for i in clause.span), Status.HYPOTHETICAL)
    hypothetical = historical = other = owned = False
    for i in clause.span:
        lexeme, roles = lexemes[i], lexemes[i].roles
        before = lexemes[i - 1].roles if i > clause.start else frozenset[str]()
        if "self" in roles and i > clause.start and "companions" not in before:
            other = False
        if lexeme.is_subject and (lexeme.is_capital or _is_first_noun(lexemes, clause, i)):
            other |= _is_experiencer(lexemes, clause, i)
        owned |= lexeme.is_owner and _is_experiencer(lexemes, clause, i)
        if roles:
            is_topic = "about" in before  # "stressed about tomorrow" is about today
            clause.is_shared |= "shared" in roles
            hypothetical |= "not_done" in roles or (is_topic and "elsewhen" in roles)
            historical |= "elsewhen" in roles and not is_topic
            clause.is_last_night |= "last_night" in roles and not is_topic
            other |= "others" in roles and _is_experiencer(lexemes, clause, i)
            owned &= roles.isdisjoint(("and", "companions"))
            owned |= "others_own" in roles and _is_experiencer(lexemes, clause, i)
        if hypothetical:
            lexeme.status = Status.HYPOTHETICAL
        elif other or owned or {"others", "definite"} <= before:  # "about her flu"
            lexeme.status = Status.OTHER_EXPERIENCER
    if historical or {"borders", "after"} <= lexemes[clause.start].roles:  # "since the injury"
        _set_historical(lexemes, clause)


def _set_historical(lexemes: Sequence[Lexeme], clause: Clause) -> None:
    """Exclude parts after "and" that are about today: "yesterday sick and sauna today".

    Of a part that names both days it is unclear what is of which.
    """
    ands = [i for i in clause.span if "and" in lexemes[i].roles]
    for start, end in pairwise([clause.start, *ands, clause.end]):
        part = lexemes[start:end]
        is_of_today = any("today" in lexeme.roles for lexeme in part)
        if not is_of_today or any("elsewhen" in lexeme.roles for lexeme in part):
            _mark(part, Status.HISTORICAL)


def _extend_history_over_lists(lexemes: Sequence[Lexeme], clauses: Sequence[Clause]) -> None:
    """Read "yesterday 3 beers, 2 coffees": a list that starts with another day is all about it."""
    is_historical = False
    for clause in clauses:
        part = lexemes[clause.start : clause.end]
        if clause.opener != ",":
            is_actual = any(lexeme.status is Status.ACTUAL for lexeme in part)
            is_historical = "elsewhen" in part[0].roles and not is_actual
        elif is_historical:
            is_historical = all(_is_list_part(lexeme) for lexeme in part)
        if is_historical:
            _mark(part, Status.HISTORICAL)


def _extend_others(lexemes: Sequence[Lexeme], clauses: Sequence[Clause]) -> None:
    """Read "Greta snores, had four beers": a clause that begins with a verb may still be of her."""
    for before, clause in pairwise(clauses):
        is_of_other = lexemes[before.end - 1].status is Status.OTHER_EXPERIENCER
        if clause.opener == "," and is_of_other and "verbs" in lexemes[clause.start].roles:
            _mark(lexemes[clause.start : clause.end], Status.OTHER_EXPERIENCER)


def _extend_conditions(lexemes: Sequence[Lexeme], clauses: Sequence[Clause]) -> None:
    """Read "If it rains, no run": what depends on a condition did not happen."""
    for before, clause in pairwise(clauses):
        is_condition = "conditions" in lexemes[before.start].roles and len(before.span) > 1
        if clause.opener == "," and is_condition:
            _mark(lexemes[clause.start : clause.end], Status.HYPOTHETICAL)


def _mark_answers_of_others(lexemes: Sequence[Lexeme]) -> None:
    """Read "Andy: 3 beers, me: 1": what stands before the person's own answer is another's."""
    for at, (lexeme, after) in enumerate(pairwise(lexemes)):
        if "self" in lexeme.roles and after.word == ":":
            _mark(lexemes[:at], Status.OTHER_EXPERIENCER)


def _is_list_part(lexeme: Lexeme) -> bool:
    """Whether a clause made of such lexemes is a list: terms, amounts and joining words."""
    if lexeme.kind in (*_NUMBERS, "time") or _is_noun(lexeme):
        return True
    return lexeme.has_role("and", "or", "articles", "vague", "between", "unit")


def _is_noun(lexeme: Lexeme) -> bool:
    return any(sense.kind in ("word", "each") for sense in lexeme.senses)


def _is_experiencer(lexemes: Sequence[Lexeme], clause: Clause, at: int) -> bool:
    """Whether another person is the subject, not company; a term before it is theirs as well."""
    if at == clause.start:
        return not _joins_self(lexemes, clause, at)
    is_name = at - 1 == clause.start and lexemes[at - 1].is_capital  # "Whiskey the dog slept"
    if lexemes[at - 1].senses and (is_name or " " not in lexemes[at].word):
        lexemes[at - 1].status = Status.OTHER_EXPERIENCER
    before = lexemes[at - 1].roles
    if "and" in before and at - 1 > clause.start and "self" in lexemes[at - 2].roles:
        return False
    return "companions" not in before and not _joins_self(lexemes, clause, at)


def _is_first_noun(lexemes: Sequence[Lexeme], clause: Clause, at: int) -> bool:
    """Whether a noun starts a clause and, after an article, acts in it: "the plumber drank".

    What "the film was" says may be about the person: "the film was stressful".
    """
    if at == clause.start:
        return True
    is_first = at == clause.start + 1 and lexemes[at - 1].has_role("definite", "articles")
    is_acting = at + 1 < clause.end and "links" not in lexemes[at + 1].roles
    return is_first and is_acting


def _joins_self(lexemes: Sequence[Lexeme], clause: Clause, at: int) -> bool:
    """Find "my wife and I"."""
    if at + 2 >= clause.end:
        return False
    return "and" in lexemes[at + 1].roles and "self" in lexemes[at + 2].roles


def _set_polarity(lexemes: Sequence[Lexeme], clause: Clause) -> None:
    polarity, trigger, has_term, is_wide = Polarity.AFFIRMED, -1, False, False
    for i in clause.span:
        lexeme, roles = lexemes[i], lexemes[i].roles
        if roles and not lexeme.is_consumed:
            if "not_negators" in roles and "unsure" not in roles:
                polarity, trigger, has_term = Polarity.AFFIRMED, -1, False
            elif "unsure" in roles or _is_answer_to_nothing(lexemes, clause, i):
                polarity, has_term = Polarity.POSSIBLE, False
            elif "negators" in roles:
                is_double = polarity is Polarity.NEGATED and not has_term and "or" not in roles
                polarity = Polarity.POSSIBLE if is_double else Polarity.NEGATED
                trigger, has_term, is_wide = i, False, "negators_over_and" in roles
            elif has_term and polarity is Polarity.NEGATED and _terminates(lexeme, is_wide=is_wide):
                polarity = Polarity.OPEN
        is_next = lexeme.word in _ANDS or lexeme.kind == "number"
        if has_term and polarity is Polarity.NEGATED and is_next:
            polarity = Polarity.OPEN
        lexeme.polarity = polarity
        lexeme.negated_by = trigger if polarity is Polarity.NEGATED else -1
        has_term |= bool(lexeme.senses) and not lexeme.is_consumed


def _is_answer_to_nothing(lexemes: Sequence[Lexeme], clause: Clause, at: int) -> bool:
    """Whether a clause begins with "no" as an answer, not as a negation: "nope on booze"."""
    if at != clause.start or at + 1 == clause.end:
        return False
    return "no" in lexemes[at].roles and "negators" not in lexemes[at].roles


def _terminates(lexeme: Lexeme, *, is_wide: bool) -> bool:
    """Whether a lexeme ends the scope of a negation; "without" reaches over "and"."""
    if lexeme.has_role("or") or (is_wide and lexeme.has_role("and")):
        return False
    return lexeme.has_role("and", "scope_ends", "self")


def _extend_negation_over_lists(lexemes: Sequence[Lexeme], clauses: Sequence[Clause]) -> None:
    """Read "no alcohol, caffeine or sugar": a list of terms that ends in "or" is all negated."""
    chain: list[Clause] = []
    for before, clause in pairwise(clauses):
        part = lexemes[clause.start : clause.end]
        is_list = all("or" in lexeme.roles or _is_noun(lexeme) for lexeme in part)
        if clause.opener != "," or not is_list:
            chain = []
            continue
        if not chain:
            if lexemes[before.end - 1].polarity is not Polarity.NEGATED:
                continue
            chain = [before]
        chain.append(clause)
        if any("or" in lexeme.roles for lexeme in part):
            for lexeme in lexemes[chain[1].start : clause.end]:
                lexeme.polarity = Polarity.NEGATED
                lexeme.negated_by = lexemes[chain[0].end - 1].negated_by
            chain = []


def _has_plan_heading(lexemes: Sequence[Lexeme]) -> bool:
    """Find "Tomorrow: gym, sauna", "Friday: long run" and "Movie: Party Girl"."""
    first = next((i for i, lexeme in enumerate(lexemes) if lexeme.kind != "mark"), len(lexemes))
    colon = next((i for i in range(first + 1, len(lexemes)) if lexemes[i].word == ":"), 0)
    if not colon or any(lexeme.ends_clause for lexeme in lexemes[first:colon]):
        return False
    if any(lexeme.has_role("plan_headings") for lexeme in lexemes[first:colon]):
        return True  # "New year's resolution: daily meditation"
    if lexemes[first].has_role("weekdays") and all(w.meaning for w in lexemes[first:colon]):
        return True  # "Saturday night: 6 beers"
    if colon > first + 1:
        return False
    return names_plan(lexemes[first]) or lexemes[first].has_role("titles", "weekdays")


def _mark(lexemes: Iterable[Lexeme], status: Status) -> None:
    for lexeme in lexemes:
        lexeme.status = status
