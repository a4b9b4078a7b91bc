"""Turn the tokens of a line into lexemes: phrases, numbers, shares, ranges and clock times."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from hrvctl.domain.journal_text.phrases import Meaning, TagSense
from hrvctl.domain.journal_text.tokens import Token, number_at
from hrvctl.domain.journal_text.vocabulary import Vocabulary

HOURS, NOON = 24, 12
_NO_ROLES: frozenset[str] = frozenset()
_CLAUSE_MARKS = frozenset(",;.!?()[]{}|\u2014-•·…→、。¿¡&+/")


class Polarity(Enum):
    """Whether a lexeme is negated (NegEx; ``POSSIBLE`` as in ConText).

    ``OPEN``: after a negated term and a word that may end the scope. An amount or a complete
    statement is then affirmed; anything else is ambiguous.
    """

    AFFIRMED = "affirmed"
    NEGATED = "negated"
    POSSIBLE = "possible"
    OPEN = "open"


class Status(Enum):
    """Whether a lexeme is about the person and the day (temporality and experiencer of ConText)."""

    ACTUAL = "actual"
    HYPOTHETICAL = "hypothetical"
    HISTORICAL = "historical"
    OTHER_EXPERIENCER = "other experiencer"


@dataclass(slots=True, eq=False)
class Lexeme:
    """A phrase, number, clock time or mark of a line.

    Attributes:
        kind: ``phrase``, ``unknown`` (a word), ``number``, ``share`` (7/10), ``percent``, ``time``,
            ``ambiguous`` (a number of unclear meaning) or ``mark``.
        word: The folded text.
        start, end: Offsets into the original text.
        is_glued: Whether no blank precedes it.
        meaning: Of a phrase.
        value: Of a number; 0 to 1 for a share or percentage; minutes after midnight for a time.
        top, bottom: Numerator and denominator of a share; upper and lower end of a range.
        is_exact: False for "60+" and for a time that may be twelve hours off.
        is_hashtag: Whether it was written as ``#tag``.
        is_consumed: Whether it is already part of a quantity.
        is_subject: Whether it may name someone else: an unknown word before a verb ("Tom had").
        is_owner: Whether it may name someone else to whom the next word belongs ("Tom's").
        is_capital: Whether it starts with a capital letter.
        status, polarity: Its assertion status, set by ``assertion_scope``.
        negated_by: Index of the trigger that negates it; -1 if it is not negated.
    """

    kind: str
    word: str
    start: int
    end: int
    is_glued: bool = False
    meaning: Meaning | None = None
    value: float = 0.0
    top: float = 0.0
    bottom: float = 0.0
    is_exact: bool = True
    is_hashtag: bool = False
    is_consumed: bool = False
    is_subject: bool = False
    is_owner: bool = False
    is_capital: bool = False
    status: Status = Status.ACTUAL
    polarity: Polarity = Polarity.AFFIRMED
    negated_by: int = -1

    @property
    def roles(self) -> set[str] | frozenset[str]:
        """The trigger and word lists of the vocabulary it is in."""
        return self.meaning.roles if self.meaning else _NO_ROLES

    @property
    def senses(self) -> Sequence[TagSense]:
        """The tags it is a term for."""
        return self.meaning.senses if self.meaning else ()

    @property
    def ends_clause(self) -> bool:
        """Whether it is a mark that ends a clause."""
        return self.word in _CLAUSE_MARKS and self.kind != "number"

    @property
    def has_late_role(self) -> bool:
        """Whether it is a word of lateness for some tag: "before bed"."""
        return any(role.startswith("late.") for role in self.roles)

    def has_role(self, *roles: str) -> bool:
        """Whether it is in one of these lists of the vocabulary."""
        return self.meaning is not None and not self.meaning.roles.isdisjoint(roles)


class Lexer:
    """Reads the lexemes of one line."""

    def __init__(self, tokens: Sequence[Token], vocabulary: Vocabulary) -> None:
        self._tokens = tokens
        self._phrases = vocabulary.phrases
        self._has_decimal_comma = vocabulary.has_decimal_comma
        self._at = 0
        self.lexemes: list[Lexeme] = []

    def read(self) -> list[Lexeme]:
        """All lexemes of the line, in order."""
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind == "time":
                self._read_time(token)
            elif not (
                self._read_tag(token) or self._read_spoken_time() or self._read_numeral(token)
            ):
                self._read_phrase(token)
        return self.lexemes

    def _word(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at].word if at < len(self._tokens) else ""

    def _phrase(self, ahead: int = 0) -> tuple[Meaning | None, int]:
        """The longest phrase ahead, and its number of tokens."""
        return self._phrases.longest(self._tokens, self._at + ahead)

    def _peek(self, *roles: str) -> int:
        """Number of tokens of the phrase ahead if it has one of the roles, else 0."""
        meaning, n = self._phrase()
        return n if meaning and not meaning.roles.isdisjoint(roles) else 0

    def _add(
        self, kind: str, n: int, *, value: float = 0.0, meaning: Meaning | None = None
    ) -> Lexeme:
        """Append a lexeme made of the next tokens, and advance past them."""
        first, last = self._tokens[self._at], self._tokens[self._at + n - 1]
        word = meaning.phrase if meaning else first.word
        lexeme = Lexeme(kind, word, first.start, last.end, first.is_glued, meaning, value)
        lexeme.is_capital = first.is_capital
        self.lexemes.append(lexeme)
        self._at += n
        return lexeme

    def _extend(self, lexeme: Lexeme, n: int) -> None:
        lexeme.end = self._tokens[self._at + n - 1].end
        self._at += n

    def _read_time(self, token: Token) -> None:
        hours, _, minutes = token.word.replace("h", ":").partition(":")
        hour, minute = int(hours), int(minutes)
        lexeme = self._add("time", 1, value=60 * hour + minute)
        lexeme.is_exact = hours.startswith("0") or not 1 <= hour <= NOON
        if hour <= NOON and self._finish_half_day(lexeme, hour, minute, is_near=True):
            return
        before = self.lexemes[-2] if len(self.lexemes) > 1 else None
        if n := self._peek("rates"):  # "ran @ 5:10/km"
            self._extend(lexeme, n)
        if n or (before is not None and before.has_role("durations")):
            lexeme.kind = "ambiguous"

    def _read_phrase(self, token: Token) -> None:
        meaning, n = self._phrase()
        if meaning and n > 1 and {sense.kind for sense in meaning.senses} == {"alone"}:
            # The "cold" of "a cold shower" is not a cold.
            _, longer = self._phrase(n - 1)
            if longer > 1:
                meaning, n = self._phrases.longest(self._tokens[self._at : self._at + 1], 0)
        if meaning and meaning.minutes is not None:
            self._add("time", n, value=meaning.minutes, meaning=meaning)
        elif meaning:
            self._add("phrase", n, meaning=meaning)
        else:
            self._read_unknown(token)

    def _read_unknown(self, token: Token) -> None:
        """Read a word that is not in the vocabulary, which may be someone's name, or a mark."""
        lexeme = self._add("unknown" if token.kind == "word" else "mark", 1)
        after = self._phrases.get(self._word())
        lexeme.is_subject = token.kind == "word" and after is not None and "verbs" in after.roles
        lexeme.is_owner = token.is_capital and token.word.endswith("'s")

    def _read_tag(self, token: Token) -> bool:
        """Read ``#tag``; nested and unknown hashtags are read as words."""
        if token.word != "#" or not self._word(1) or not self._tokens[self._at + 1].is_glued:
            return False
        n = 2
        while self._at + n < len(self._tokens):
            part = self._tokens[self._at + n]
            if part.kind != "word" or not part.is_glued:
                break
            n += 1
        words = [self._word(ahead) for ahead in range(1, n)]
        meaning = self._phrases.get(" ".join(words)) or self._phrases.get("_".join(words))
        if meaning and meaning.senses:
            self._add("phrase", n, meaning=meaning).is_hashtag = True
        else:
            self._add("unknown", n).word = "_".join(words)
        return True

    def _numeral(self, ahead: int = 0) -> tuple[float | None, int]:
        """The plain number ahead, in digits or words, and its number of tokens."""
        at = self._at + ahead
        if at >= len(self._tokens):
            return None, 0
        token = self._tokens[at]
        if token.kind == "number":
            return number_at(self._tokens, at, has_decimal_comma=self._has_decimal_comma)
        meaning, n = self._phrase(ahead)
        if meaning is None or meaning.number is None or meaning.senses:
            return None, 0
        number = meaning.number
        if number >= 20 and number % 10 == 0:
            unit, m = self._phrase(ahead + n)
            if unit and unit.number is not None and 1 <= unit.number <= 9:
                return number + unit.number, n + m
        return number, n

    def _read_numeral(self, token: Token) -> bool:
        times = 1 if self._peek("times") == 1 and self._numeral(1)[1] else 0
        number, n = self._numeral(times)
        if not n:
            return False
        if token.kind == "number":
            meaning, m = self._phrase()
            if meaning and m > n and meaning.senses:
                return False  # a phrase that starts with a number
        before = self.lexemes[-1] if self.lexemes else None
        is_signed = before is not None and token.is_glued and self._is_sign(before)
        lexeme = self._add("number", times + n, value=number or 0.0)
        if number is None or is_signed:
            lexeme.kind = "ambiguous"
            return True
        plus, m = self._phrase()
        if plus and plus.plus is not None:
            lexeme.value += plus.plus
            self._extend(lexeme, m)
        if self._is_plus():
            lexeme.is_exact = False
            self._extend(lexeme, 1)
        if self._peek("times") == 1:
            each, m = self._numeral(1)  # 3x15 min
            lexeme.value *= each or 1
            self._extend(lexeme, 1 + m)
        if self._finish_part(lexeme):
            return True
        if not self._finish_time(lexeme, before) and not self._finish_share(lexeme):
            self._finish_range(lexeme, before)
            self._finish_glued(lexeme)
        return True

    def _read_spoken_time(self) -> bool:
        """Read "half past four"; ambiguous unless "am" or "pm" follows."""
        meaning, n = self._phrase()
        if meaning is None or meaning.past is None:
            return False
        hour, m = self._numeral(n)
        if hour is None or not 1 <= hour <= NOON or hour != int(hour):
            return False
        is_at = bool(self.lexemes) and "at" in self.lexemes[-1].roles
        if meaning.number is not None and not is_at:
            return False  # "half five" is a time only after an "at"
        minutes = 60 * int(hour) + int(meaning.past)
        lexeme = self._add("ambiguous", n + m, value=minutes)
        self._finish_half_day(lexeme, *divmod(minutes, 60), is_near=True)
        return True

    def _is_plus(self) -> bool:
        """Whether a plus sign belongs to the number before it: "3+ beers"."""
        at = self._at
        if self._word() != "+" or not self._tokens[at].is_glued:
            return False
        return at + 1 == len(self._tokens) or not self._tokens[at + 1].is_glued

    def _is_sign(self, before: Lexeme) -> bool:
        """Whether the mark before a number is part of it: -2, #2, $2."""
        if before.word == "-":
            return len(self.lexemes) < 2 or self.lexemes[-2].kind != "number"
        return before.word == "#" or (before.kind == "phrase" and before.roles >= {"unit"})

    def _finish_part(self, lexeme: Lexeme) -> bool:
        """Read the rest of "1 of the 3" and, before what is counted, of "1 of 3": it is one."""
        n = self._peek("out_of")
        if not n or self._word() == "/":
            return False
        m = self._phrases_between(n)
        whole, k = self._numeral(n + m)
        if not k or whole is None or lexeme.value > whole:
            return False
        counted, _ = self._phrase(n + m + k)
        if not m and not any(one.each for one in (counted.senses if counted else ())):
            return False
        if lexeme.value < 1:
            lexeme.value *= whole  # "half of the 2 beers"
        self._extend(lexeme, n + m + k)
        return True

    def _phrases_between(self, ahead: int) -> int:
        """Number of tokens of "the" or "my usual" there."""
        n = 0
        while True:
            meaning, m = self._phrase(ahead + n)
            if meaning is None or meaning.roles.isdisjoint(("definite", "between", "ordinals")):
                return n
            n += m

    def _finish_share(self, lexeme: Lexeme) -> bool:
        """Read the rest of "7/10", "7 out of 10" and "70 %"."""
        if n := self._peek("percent"):
            lexeme.kind, lexeme.value = "percent", lexeme.value / 100
            self._extend(lexeme, n)
            return True
        n = self._peek("out_of")
        bottom, m = self._numeral(n) if n else (None, 0)
        if not m:
            return False
        self._extend(lexeme, n + m)
        lexeme.kind = "ambiguous"
        if bottom and lexeme.value <= bottom and self._word() != "/":
            lexeme.kind, lexeme.top, lexeme.bottom = "share", lexeme.value, bottom
            lexeme.value /= bottom
        return True

    def _finish_range(self, lexeme: Lexeme, before: Lexeme | None) -> None:
        """Read the rest of "60-65" and "between 60 and 65"; the value is the middle."""
        n = self._peek("ranges")
        if not n and before is not None and "between_two" in before.roles:
            n = self._peek("and")
        high, m = self._numeral(n) if n else (None, 0)
        if not m or high is None or high <= lexeme.value:
            return
        lexeme.top, lexeme.bottom = high, lexeme.value
        lexeme.value = (lexeme.value + high) / 2
        self._extend(lexeme, n + m)

    def _finish_glued(self, lexeme: Lexeme) -> None:
        """Mark "3rd" and "5x4" as ambiguous: an unknown word is glued to the number."""
        ahead = self._tokens[self._at : self._at + 1]
        if ahead and ahead[0].kind == "word" and ahead[0].is_glued and self._phrase()[0] is None:
            lexeme.kind = "ambiguous"
            self._extend(lexeme, 1)

    def _finish_time(self, lexeme: Lexeme, before: Lexeme | None) -> bool:
        """Read the rest of "4pm", "4.30 pm", "at 16" and "around 22h"; "at 4" is ambiguous."""
        roles = before.roles if before else _NO_ROLES
        is_at, is_near = "at" in roles, "at" in roles or "around" in roles
        if n := self._peek("o_clock"):
            self._extend(lexeme, n)
            is_at = is_near = True
        hours, _, minutes = lexeme.word.partition(".")
        is_whole = lexeme.value == int(lexeme.value) and not minutes
        is_clock = hours.isdecimal() and len(minutes) == 2 and int(minutes) < 60
        if (is_whole or is_clock) and lexeme.value < NOON + 1:
            clock = (int(lexeme.value), int(minutes) if is_clock else 0)
            if self._finish_half_day(lexeme, *clock, is_near=is_near):
                return True
        n = self._clock_hours(lexeme, before) if is_whole else 0
        if not is_whole or not (is_near or n) or lexeme.value > HOURS:
            return False
        is_late = lexeme.value > NOON
        if (n := n or self._peek("clock_hours")) and (is_late or is_at):
            self._extend(lexeme, n)
        elif not is_at or self._peek("unit", "percent", "out_of", "guess.units"):
            return False
        elif not is_late:
            lexeme.kind = "ambiguous"
            return True
        lexeme.kind, lexeme.value = "time", 60 * (lexeme.value % HOURS)
        lexeme.is_exact = is_late
        return True

    def _clock_hours(self, lexeme: Lexeme, before: Lexeme | None) -> int:
        """Tokens of the "h" in "espresso 16h"; 0 next to a term that is measured in hours."""
        n = self._peek("clock_hours")
        if not n or lexeme.value <= NOON or not self._tokens[self._at].is_glued:
            return 0
        after, _ = self._phrase(n)
        neighbour = before.meaning if before else after
        senses = neighbour.senses if neighbour else ()
        return n if any(sense.each is not None or sense.kind == "timed" for sense in senses) else 0

    def _finish_half_day(self, lexeme: Lexeme, hour: int, minute: int, *, is_near: bool) -> bool:
        """Apply a "pm" that follows, or an "in the afternoon" if "at" or "around" came before."""
        meaning, n = self._phrase()
        if meaning is None or meaning.roles.isdisjoint(("am", "pm")) or (n > 1 and not is_near):
            return False
        self._extend(lexeme, n)
        hour = hour % NOON + (NOON if "pm" in meaning.roles else 0)
        lexeme.kind, lexeme.value, lexeme.is_exact = "time", 60 * hour + minute, True
        return True
