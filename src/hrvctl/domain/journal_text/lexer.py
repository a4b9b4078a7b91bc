"""Reading the items of a line: the longest phrases, and numbers with all that belongs to them."""

from collections.abc import Sequence

from hrvctl.domain.journal_text.lexemes import NO_ROLES, Item, read_number
from hrvctl.domain.journal_text.phrases import Meaning
from hrvctl.domain.journal_text.tokens import Token
from hrvctl.domain.journal_text.vocabulary import Vocabulary

HOURS, NOON = 24, 12


class ItemReader:
    """Reads the items of one line."""

    def __init__(self, tokens: Sequence[Token], vocabulary: Vocabulary) -> None:
        self._tokens = tokens
        self._phrases = vocabulary.phrases
        self._at = 0
        self.items: list[Item] = []

    def read(self) -> list[Item]:
        """All items, in order."""
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind == "time":
                self._read_time(token)
            elif not (
                self._read_tag(token) or self._read_spoken_time() or self._read_numeral(token)
            ):
                self._read_phrase(token)
        return self.items

    def _word(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at].word if at < len(self._tokens) else ""

    def _peek(self, *roles: str, ahead: int = 0) -> int:
        """How many tokens the phrase ahead takes, when it has one of the roles; else 0."""
        meaning, n = self._phrases.longest(self._tokens, self._at + ahead)
        return n if meaning and not meaning.roles.isdisjoint(roles) else 0

    def _add(
        self, kind: str, n: int, *, value: float = 0.0, meaning: Meaning | None = None
    ) -> Item:
        """Add an item made of the next tokens, and step over them."""
        first, last = self._tokens[self._at], self._tokens[self._at + n - 1]
        word = meaning.phrase if meaning else first.word
        item = Item(kind, word, first.start, last.end, first.is_glued, meaning, value)
        self.items.append(item)
        self._at += n
        return item

    def _extend(self, item: Item, n: int) -> None:
        item.end = self._tokens[self._at + n - 1].end
        self._at += n

    def _read_time(self, token: Token) -> None:
        hours, _, minutes = token.word.replace("h", ":").partition(":")
        hour, minute = int(hours), int(minutes)
        item = self._add("time", 1, value=60 * hour + minute)
        item.is_sure = hours.startswith("0") or not 1 <= hour <= NOON
        if hour <= NOON:
            self._finish_half(item, hour, minute, is_near=True)

    def _read_phrase(self, token: Token) -> None:
        meaning, n = self._phrases.longest(self._tokens, self._at)
        if meaning and n > 1 and all(use.kind == "alone" for use in meaning.uses) and meaning.uses:
            # "a cold shower" is no cold.
            _, longer = self._phrases.longest(self._tokens, self._at + n - 1)
            if longer > 1:
                meaning, n = self._phrases.longest(self._tokens[self._at : self._at + 1], 0)
        if meaning and meaning.minutes is not None:
            self._add("time", n, value=meaning.minutes, meaning=meaning)
        elif meaning:
            self._add("phrase", n, meaning=meaning)
        else:
            self._add("unknown" if token.kind == "word" else "mark", 1)

    def _read_tag(self, token: Token) -> bool:
        """``#tag``; nested or unknown ones are words like any other."""
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
        if meaning and meaning.uses:
            self._add("phrase", n, meaning=meaning).is_tag = True
        else:
            self._add("unknown", n).word = "_".join(words)
        return True

    def _numeral(self, ahead: int = 0) -> tuple[float | None, int]:
        """The plain number ahead, in digits or words, and how many tokens it takes."""
        at = self._at + ahead
        if at >= len(self._tokens):
            return None, 0
        token = self._tokens[at]
        if token.kind == "number":
            return read_number(token.word), 1
        meaning, n = self._phrases.longest(self._tokens, at)
        if meaning is None or meaning.number is None or meaning.uses:
            return None, 0
        number = meaning.number
        if number >= 20 and number % 10 == 0:
            unit, m = self._phrases.longest(self._tokens, at + n)
            if unit and unit.number is not None and 1 <= unit.number <= 9:
                return number + unit.number, n + m
        return number, n

    def _read_numeral(self, token: Token) -> bool:
        times = 1 if self._peek("times") == 1 and self._numeral(1)[1] else 0
        number, n = self._numeral(times)
        if not n:
            return False
        if token.kind == "number":
            meaning, m = self._phrases.longest(self._tokens, self._at)
            if meaning and m > n and meaning.uses:
                return False  # a phrase that begins with a number
        before = self.items[-1] if self.items else None
        is_signed = before is not None and token.is_glued and self._is_sign(before)
        item = self._add("murky" if number is None else "number", times + n, value=number or 0.0)
        if is_signed:
            item.kind = "murky"
        if item.kind == "murky":
            return True
        plus, m = self._phrases.longest(self._tokens, self._at)
        if plus and plus.plus is not None:
            item.value += plus.plus
            self._extend(item, m)
        if self._is_plus():
            item.is_sure = False
            self._extend(item, 1)
        if self._peek("times") == 1:
            each, m = self._numeral(1)  # 3x15 min
            item.value *= each or 1
            self._extend(item, 1 + m)
        if not self._finish_time(item, before) and not self._finish_share(item):
            self._finish_range(item, before)
            self._finish_glued(item)
        return True

    def _read_spoken_time(self) -> bool:
        """Half past four, quarter to ten; without am or pm it may be twelve hours off."""
        meaning, n = self._phrases.longest(self._tokens, self._at)
        if meaning is None or meaning.past is None:
            return False
        hour, m = self._numeral(n)
        if hour is None or not 1 <= hour <= NOON or hour != int(hour):
            return False
        is_at = bool(self.items) and "at" in self.items[-1].roles
        if meaning.number is not None and not is_at:
            return False  # "half five" is a time only after an "at"
        minutes = 60 * int(hour) + int(meaning.past)
        item = self._add("murky", n + m, value=minutes)
        self._finish_half(item, *divmod(minutes, 60), is_near=True)
        return True

    def _is_plus(self) -> bool:
        """Whether a plus belongs to the number: "3+ beers"."""
        at = self._at
        if self._word() != "+" or not self._tokens[at].is_glued:
            return False
        return at + 1 == len(self._tokens) or not self._tokens[at + 1].is_glued

    def _is_sign(self, before: Item) -> bool:
        """Whether the mark before a number belongs to it: -2, #2, $2."""
        if before.word == "-":
            return len(self.items) < 2 or self.items[-2].kind != "number"
        return before.word == "#" or (before.kind == "phrase" and before.roles >= {"unit"})

    def _finish_share(self, item: Item) -> bool:
        """7/10, 7 out of 10, 70 %."""
        if n := self._peek("percent"):
            item.kind, item.value = "percent", item.value / 100
            self._extend(item, n)
            return True
        n = self._peek("out_of")
        bottom, m = self._numeral(n) if n else (None, 0)
        if not m:
            return False
        self._extend(item, n + m)
        item.kind = "murky"
        if bottom and item.value <= bottom and self._word() != "/":
            item.kind, item.top, item.bottom = "share", item.value, bottom
            item.value /= bottom
        return True

    def _finish_range(self, item: Item, before: Item | None) -> None:
        """60-65, 60 to 65, between 60 and 65: the middle."""
        n = self._peek("ranges")
        if not n and before is not None and "between_two" in before.roles:
            n = self._peek("and")
        high, m = self._numeral(n) if n else (None, 0)
        if not m:
            return
        if high is None or high <= item.value:
            return
        item.top, item.bottom = high, item.value
        item.value = (item.value + high) / 2
        self._extend(item, n + m)

    def _finish_glued(self, item: Item) -> None:
        """3rd, 5x4: a number grown together with a word we do not know counts nothing."""
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind == "word" and token.is_glued:
                meaning, _ = self._phrases.longest(self._tokens, self._at)
                if meaning is None:
                    item.kind = "murky"
                    self._extend(item, 1)

    def _finish_time(self, item: Item, before: Item | None) -> bool:
        """4pm, 4.30 pm, at 16, around 22h; "at 4" may be twelve hours off, and is no amount."""
        roles = before.roles if before else NO_ROLES
        is_at, is_near = "at" in roles, "at" in roles or "around" in roles
        if n := self._peek("o_clock"):
            self._extend(item, n)
            is_at = is_near = True
        hours, _, minutes = item.word.partition(".")
        is_whole = item.value == int(item.value) and not minutes
        is_clock = hours.isdecimal() and len(minutes) == 2 and int(minutes) < 60
        if (is_whole or is_clock) and item.value < NOON + 1:
            clock = (int(item.value), int(minutes) if is_clock else 0)
            if self._finish_half(item, *clock, is_near=is_near):
                return True
        n = self._clock_hours(item, before) if is_whole else 0
        if not is_whole or not (is_near or n) or item.value > HOURS:
            return False
        is_late = item.value > NOON
        if (n := n or self._peek("clock_hours")) and (is_late or is_at):
            self._extend(item, n)
        elif not is_at or self._peek("unit", "percent", "out_of", "guess.units"):
            return False
        elif not is_late:
            item.kind = "murky"
            return True
        item.kind, item.value = "time", 60 * (item.value % HOURS)
        item.is_sure = is_late
        return True

    def _clock_hours(self, item: Item, before: Item | None) -> int:
        """How many tokens the "h" of "espresso 16h" takes: beside what no hours are counted of."""
        n = self._peek("clock_hours")
        if not n or item.value <= NOON or not self._tokens[self._at].is_glued:
            return 0
        after, _ = self._phrases.longest(self._tokens, self._at + n)
        beside = before.meaning if before else after
        uses = beside.uses if beside else ()
        return n if any(use.each is not None or use.kind == "thing" for use in uses) else 0

    def _finish_half(self, item: Item, hour: int, minute: int, *, is_near: bool) -> bool:
        """Take "pm" or "in the afternoon" to a time; the latter only after an "at"."""
        meaning, n = self._phrases.longest(self._tokens, self._at)
        if meaning is None or meaning.roles.isdisjoint(("am", "pm")) or (n > 1 and not is_near):
            return False
        self._extend(item, n)
        hour = hour % NOON + (NOON if "pm" in meaning.roles else 0)
        item.kind, item.value, item.is_sure = "time", 60 * hour + minute, True
        return True
