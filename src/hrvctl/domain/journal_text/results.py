"""What a text told us: the nouns the reader answers with."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One thing a person said of their day.

    Attributes:
        tag: Canonical key, lower case with underscores.
        value: 1 yes, 0 no, an amount, or the share of a scale (0 to 1).
        unit: What an amount counts, for example ``drinks``; empty for yes, no and shares.
        at: Local time of day, ``HH:MM``; the latest where several were said; else empty.
        text: The very words it came from, joined by ``; `` where they stand apart.
        spans: Where those words stand, as offsets into the text that was read.
    """

    tag: str
    value: float
    unit: str = ""
    at: str = ""
    text: str = ""
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidGuess:
    """A guess of tomorrow's HRV, ms, and the words it came from."""

    hrv_ms: float
    text: str
    span: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that was understood of a text, and what was not.

    Attributes:
        features: In the order of their first word; one a tag.
        guesses: Of tomorrow's HRV, in order; the last one counts.
        unknown: Words of no meaning to us, casefolded, with how often they came.
    """

    features: tuple[Feature, ...] = ()
    guesses: tuple[SaidGuess, ...] = ()
    unknown: Mapping[str, int] = field(default_factory=dict)

    @property
    def guess_ms(self) -> float | None:
        """The guess that counts, ms."""
        return self.guesses[-1].hrv_ms if self.guesses else None
