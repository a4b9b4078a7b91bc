"""The board of a cohort: everybody's evening on a line each, and who needs attention, and why."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import fmean
from typing import Any

from hrvctl.domain.artifacts.training import Contribution
from hrvctl.domain.baseline import MIN_WEEK_NIGHTS, PROFILES, WEEK_DAYS, Light, deviation
from hrvctl.errors import count
from hrvctl.records.choices import BoardOrder

# Columns of the forecasts' tables that a board is made of.
COLUMNS = (
    *("subject", "n_nights_7", "n_nights_28", "last_day", "last_ms"),
    *("week_mean", "range_low", "range_high", "light", "light_reason"),
    *("withheld", "served", "models", "p10", "p90", "drivers"),
)
# Days without a night from which somebody should ask (own choice: a forgotten charger is noticed).
DAYS_WITHOUT_DATA = 3
# Own SDs beyond which a week is unusual whatever the light (own choice: 5 % of a normal spread).
FAR_SD = 2.0
# Drivers that are named, the largest first, and the least effect, ms, that is not 0 when rounded.
SHOWN_DRIVERS, LEAST_EFFECT_MS = 3, 0.5
# Why somebody needs attention, the most urgent first.
RED, FAILED, NO_DATA, FAR, WITHHELD = "red_light", "failed", "no_data", "far", "withheld"
NEEDS = (RED, FAILED, NO_DATA, FAR, WITHHELD)
LIGHTS: tuple[Light, ...] = ("red", "amber", "green", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person's evening.

    Attributes:
        subject: Who, in the tables.
        name: What people read for them.
        group: The group they are in; empty without one.
        nights_7: Nights of the last 7 days, the evening's included.
        nights_28: Of the last 28 days.
        age_days: Days since the last night; ``None`` without any.
        last_ms: HRV of the last night, ms.
        light: ``unknown`` with fewer than three nights in the last 7 days, and without a range.
        reason: Why that light, or why none.
        week_ms: Mean of the 7 days before the evening's, ms, as in ``baseline``.
        range_ms: Ends of the normal range, ms.
        k: Half width of the range in the person's own SDs.
        tomorrow_ms: The forecast of the morning after, ms; ``None`` while it is withheld.
        interval_ms: Ends of its 80 % interval, ms; ``None`` while the nights are too few for one.
        drivers: What moves the forecast, the largest effect first.
        needs: Why they need attention, the most urgent first: one of ``NEEDS`` to a sentence.
    """

    subject: str
    name: str
    group: str
    nights_7: int = 0
    nights_28: int = 0
    age_days: int | None = None
    last_ms: float | None = None
    light: Light = "unknown"
    reason: str = ""
    week_ms: float | None = None
    range_ms: tuple[float, float] | None = None
    k: float = 1.0
    tomorrow_ms: float | None = None
    interval_ms: tuple[float, float] | None = None
    drivers: tuple[Contribution, ...] = ()
    needs: Mapping[str, str]

    @property
    def deviation(self) -> float | None:
        """How far the week's mean lies from the middle of the range, in the person's own SDs."""
        return self.in_own_spread(self.week_ms)

    @property
    def deviation_text(self) -> str:
        """The deviation with its sign and one digit; empty without one."""
        # Adding zero turns a -0.0 that rounding left into 0.0.
        return "" if self.deviation is None else f"{round(self.deviation, 1) + 0.0:+.1f}"

    @property
    def direction(self) -> str:
        """Where the week's mean lies: ``below`` or ``above`` the range; empty inside it."""
        if self.week_ms is None or self.range_ms is None:
            return ""
        low, high = self.range_ms
        return "below" if self.week_ms < low else "above" if self.week_ms > high else ""

    @property
    def attention(self) -> str:
        """Every reason to look at them, in one sentence; empty without one."""
        return "; ".join(self.needs.values())

    @property
    def moved_by(self) -> str:
        """The largest drivers with their effects in ms, such as ``strain -3, no alcohol +1``."""
        named = (each for each in self.drivers if abs(each.effect) >= LEAST_EFFECT_MS)
        return ", ".join(
            f"{'no ' if each.value == 0 else ''}{each.name} {each.effect:+.0f}"
            for each, _ in zip(named, range(SHOWN_DRIVERS), strict=False)
        )

    def in_own_spread(self, value_ms: float | None) -> float | None:
        """Place of an HRV in their normal range, in own SDs from its middle."""
        if value_ms is None or self.range_ms is None:
            return None
        place = deviation(value_ms, *self.range_ms)
        return None if place is None else self.k * place


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """A group at a glance.

    Attributes:
        name: Empty for the people without a group.
        n: People.
        lights: How many of each light.
        nights_7: Mean number of nights in the last 7 days.
        n_needs: People who need attention.
    """

    name: str
    n: int
    lights: Mapping[Light, int]
    nights_7: float
    n_needs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRecord:
    """How good the cohort's sealed forecasts were on its last mornings.

    Attributes:
        first, last: The first and the last morning.
        n: Mornings with an 80 % interval whose outcome came, everybody's together.
        held_80: Share of them inside it; ``None`` without one.
        n_better: People whose forecasts erred less than the last value did.
        n_compared: People of whom that is known.
    """

    first: date
    last: date
    n: int
    held_80: float | None
    n_better: int
    n_compared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The evening of a cohort.

    Attributes:
        cohort: Its name.
        as_of: The evening.
        target: The morning forecast.
        lines: Everybody, in the order asked for.
        n_chunks_missing: Parts of the evening that are not done, whose people are not shown.
        record: Of the sealed forecasts; ``None`` before the first outcome.
        root: Of the evening's seal; empty while it is not sealed.
    """

    cohort: str
    as_of: date
    target: date
    lines: tuple[Line, ...]
    n_chunks_missing: int = 0
    record: SealedRecord | None = None
    root: str = ""

    @property
    def queue(self) -> tuple[Line, ...]:
        """Who needs attention, the most urgent reason first."""
        urgent = [line for line in self.lines if line.needs]
        return tuple(sorted(urgent, key=lambda line: NEEDS.index(next(iter(line.needs)))))

    @property
    def groups(self) -> tuple[GroupSummary, ...]:
        """Each group by name, the people without one last; nothing where there are no groups."""
        members: dict[str, list[Line]] = {}
        for line in self.lines:
            members.setdefault(line.group, []).append(line)
        if set(members) <= {""}:
            return ()
        order = sorted(members, key=lambda name: (not name, name.casefold(), name))
        return tuple(_summary(name, members[name]) for name in order)

    @property
    def whole(self) -> GroupSummary:
        """Everybody at a glance."""
        return _summary("", self.lines)

    @property
    def people_text(self) -> str:
        """How many people there are, and what is wrong, for example ``24 people, 1 failed``."""
        parts = [count(len(self.lines), "person", "people")]
        for need, what in (
            (FAILED, "failed"),
            (NO_DATA, f"without a night for {DAYS_WITHOUT_DATA} days"),
        ):
            if n := self.n_with(need):
                parts.append(f"{n} {what}")
        return ", ".join(parts)

    @property
    def record_text(self) -> str:
        """How good the sealed forecasts were, a sentence; empty before the first outcome."""
        found = self.record
        if found is None or found.held_80 is None:
            return ""
        mornings = f"{found.n:,} sealed {'morning' if found.n == 1 else 'mornings'}"
        text = (
            f"{found.first} to {found.last}: 80 % intervals held {100 * found.held_80:.0f} %"
            f" of {mornings}"
        )
        if found.n_compared:
            text += f"; better than the last value for {found.n_better} of {found.n_compared}"
        return f"{text}."

    def n_with(self, need: str) -> int:
        """How many people need attention for a reason, one of ``NEEDS``."""
        return sum(need in line.needs for line in self.lines)

    def of_group(self, name: str) -> "Board":
        """The board of one group; empty for the people without one."""
        return replace(self, lines=tuple(line for line in self.lines if line.group == name))

    def in_order(self, order: BoardOrder) -> "Board":
        """The same board in another order."""
        return replace(self, lines=tuple(sorted(self.lines, key=_ORDERS[order])))


def make_line(
    row: Mapping[str, Any], *, as_of: date, profile: str, name: str = "", group: str = ""
) -> Line:
    """The line of a person with a row.

    Args:
        row: ``COLUMNS`` of a table of forecasts.
        as_of: The evening.
        profile: Method of the normal range that the row has.
        name: What people read for them; the subject unless given.
        group: Theirs.
    """
    last_day = row["last_day"]
    served = (each["mean_ms"] for each in row["models"] or () if each["source"] == row["served"])
    line = Line(
        subject=row["subject"],
        name=name or row["subject"],
        group=group,
        nights_7=row["n_nights_7"],
        nights_28=row["n_nights_28"],
        age_days=(as_of - last_day).days if last_day else None,
        last_ms=row["last_ms"],
        light=row["light"],
        reason=row["light_reason"],
        week_ms=row["week_mean"],
        range_ms=_ends(row["range_low"], row["range_high"]),
        k=PROFILES[profile].k,
        tomorrow_ms=next(served, None),
        interval_ms=_ends(row["p10"], row["p90"]),
        drivers=tuple(
            Contribution(name=each["name"], effect=each["effect_ms"], value=each["value"])
            for each in row["drivers"] or ()
        ),
        needs={},
    )
    if line.nights_7 < MIN_WEEK_NIGHTS:
        reason = f"have {line.nights_7} nights in the last {WEEK_DAYS} days, need {MIN_WEEK_NIGHTS}"
        line = replace(line, light="unknown", reason=reason)
    return replace(line, needs=_needs(line, row["withheld"]))


def failed_line(subject: str, why: str, *, name: str = "", group: str = "") -> Line:
    """The line of a person without a row: what kept it from being made."""
    return Line(
        subject=subject,
        name=name or subject,
        group=group,
        reason="failed",
        needs={FAILED: f"no forecast could be made: {why}"},
    )


def unseen_line(subject: str, *, name: str = "", group: str = "") -> Line:
    """The line of a person who is known by name alone: nothing of theirs was ever imported."""
    return Line(
        subject=subject,
        name=name or subject,
        group=group,
        reason="no nights",
        needs={NO_DATA: "nothing was imported of them yet"},
    )


def _ends(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)


def _needs(line: Line, withheld: str) -> dict[str, str]:
    found = {}
    if line.light == "red":
        found[RED] = line.reason
    if line.age_days is None:
        found[NO_DATA] = "no night is known of them"
    elif line.age_days >= DAYS_WITHOUT_DATA:
        found[NO_DATA] = f"no night for {count(line.age_days, 'day')}"
    # A week of two nights is no week, as for the light.
    far = line.deviation if line.nights_7 >= MIN_WEEK_NIGHTS else None
    if far is not None and abs(far) > FAR_SD:
        side = "below" if far < 0 else "above"
        found[FAR] = f"the 7-day mean is {abs(far):.1f} of their own SDs {side} the usual"
    if withheld:
        # Who has no recent night has been told so already.
        found[WITHHELD] = "no forecast" if NO_DATA in found else f"no forecast: {withheld}"
    return found


def _summary(name: str, lines: Sequence[Line]) -> GroupSummary:
    return GroupSummary(
        name=name,
        n=len(lines),
        lights={light: sum(line.light == light for line in lines) for light in LIGHTS},
        nights_7=fmean(line.nights_7 for line in lines) if lines else 0.0,
        n_needs=sum(bool(line.needs) for line in lines),
    )


def _by_name(line: Line) -> tuple[Any, ...]:
    return line.name.casefold(), line.name, line.subject


def _by_change(line: Line) -> tuple[Any, ...]:
    """The largest deviation first, whichever way; those without one last."""
    far = line.deviation
    return (math.inf if far is None else -abs(far), *_by_name(line))


def _by_light(line: Line) -> tuple[Any, ...]:
    return (LIGHTS.index(line.light), *_by_change(line))


_ORDERS: Mapping[BoardOrder, Callable[[Line], tuple[Any, ...]]] = {
    BoardOrder.LIGHT: _by_light,
    BoardOrder.CHANGE: _by_change,
    BoardOrder.NAME: _by_name,
}
