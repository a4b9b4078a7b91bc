"""Branches of one evening: parse the changes, and apply them to the history."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time

from hrvctl.domain.forecast.attribution import with_changes
from hrvctl.domain.series import NAN, History
from hrvctl.errors import DataError, UsageError
from hrvctl.records import HRV_METRICS, PLAUSIBLE, TAG, JournalEntry, Metric

# The branch without changes, to which every other one is compared.
BASE = "base"
# A branch names a folder; safe in any file system.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
CLOCK = re.compile(r"\d\d:\d\d", re.ASCII)
WORDS = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0, "none": NAN, "": NAN}
# Last night's HRV, of the metric that the person's device measures.
HRV = "hrv"
# What people write for a metric, to its own name.
ALIASES = {"sleep_min": Metric.ASLEEP_MIN, "rhr": Metric.RESTING_HR_BPM}
METRICS = frozenset(metric.value for metric in Metric)
CHOICES = ("model", "agent", "profile")
# Whole days; five digits are more than any wearable has lived.
DAYS = re.compile(r"[1-9]\d{0,4}", re.ASCII)
GRAMMAR = "write it as NAME:CHANGE[,CHANGE]..., for example dry:alcohol=0 or late:bedtime=01:30"
ONE_VALUE = "give it one value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One variation of an evening.

    Attributes:
        name: Its name; ``base`` is the one without changes.
        changes: As the person wrote them.
        measured: Metric's name, or ``hrv``, to its value on the evening's day, in the metric's
            unit; NaN for not measured.
        journal: Tag to the answer of that day; NaN for unanswered.
        model: The model to serve; empty leaves it as it is.
        agent: The agent that makes the final forecast; empty leaves it as it is.
        profile: The method of the normal range; empty leaves it as it is.
        window_days: Only this many days of the past count; ``None`` for all.
        bedtime: When the person would sleep, HH:MM; empty for no plan.
    """

    name: str
    changes: tuple[str, ...] = ()
    measured: Mapping[str, float] = field(default_factory=dict)
    journal: Mapping[str, float] = field(default_factory=dict)
    model: str = ""
    agent: str = ""
    profile: str = ""
    window_days: int | None = None
    bedtime: str = ""

    @property
    def values(self) -> dict[str, float]:
        """All values of the evening's day that it changes: measured, then answered."""
        return {**self.measured, **self.journal}

    def without(self, key: str) -> "Branch":
        """The same branch with one value of the day left as it was."""
        return replace(
            self,
            measured={k: v for k, v in self.measured.items() if k != key},
            journal={k: v for k, v in self.journal.items() if k != key},
        )


def parse_branches(texts: Iterable[str]) -> tuple[Branch, ...]:
    """Read every branch, and put the base before them.

    Args:
        texts: Each ``NAME:CHANGE[,CHANGE]...``.

    Raises:
        UsageError: One cannot be read, or two have one name; names the branch.
    """
    branches = [Branch(name=BASE)]
    for text in texts:
        branch = parse_branch(text)
        # Two folders that differ by case alone are one on many disks.
        if branch.name.casefold() in {known.name.casefold() for known in branches}:
            what = (
                "is the one without changes" if branch.name.casefold() == BASE else "is there twice"
            )
            raise UsageError(f"branch {branch.name!r} {what}", hint="give it another name")
        branches.append(branch)
    return tuple(branches)


def parse_branch(text: str) -> Branch:
    """Read ``NAME:CHANGE[,CHANGE]...``.

    Raises:
        UsageError: It cannot be read; names the branch.
    """
    name, sign, changes = text.partition(":")
    name = name.strip()
    if not sign:
        raise UsageError(f"branch {text!r} has no change", hint=GRAMMAR)
    if not NAME.fullmatch(name):
        raise UsageError(
            f"branch {name!r}: a name is a plain word",
            hint="use 1 to 32 letters, digits, - or _, beginning with a letter or digit",
        )
    return parse_changes(name, changes.split(","))


def parse_changes(name: str, texts: Sequence[str]) -> Branch:
    """Read changes, each ``KEY=VALUE``: see ``Branch`` for what can be changed.

    A key that is not a setting, a metric or an alias of one is a tag of the journal.

    Raises:
        UsageError: One cannot be read, or two change the same thing; names the branch.
    """
    branch = Branch(name=name, changes=tuple(text.strip() for text in texts))
    seen: set[str] = set()
    for text in branch.changes:
        written, sign, value = (part.strip() for part in text.partition("="))
        key = written.casefold().replace("-", "_").replace(" ", "_")
        if not sign or not TAG.fullmatch(key):
            raise UsageError(f"branch {name!r}: {text!r} is not a change", hint=GRAMMAR)
        key = str(ALIASES.get(key, key))
        if key in seen:
            raise UsageError(f"branch {name!r} changes {key} twice", hint=ONE_VALUE)
        seen.add(key)
        branch = _with(branch, key, value, text)
    return branch


def with_answers(branch: Branch, answers: Mapping[str, float]) -> Branch:
    """The same branch with answers read from free text; written as ``TAG=VALUE``.

    Raises:
        UsageError: One of them is changed in it already.
    """
    if twice := [tag for tag in answers if tag in branch.values]:
        raise UsageError(f"branch {branch.name!r} changes {twice[0]} twice", hint=ONE_VALUE)
    return replace(
        branch,
        changes=(*branch.changes, *(f"{tag}={value:g}" for tag, value in answers.items())),
        journal={**branch.journal, **answers},
    )


def check_values(branch: Branch, history_metric: Metric) -> None:
    """Make sure that every measurement is one that a person can have.

    Raises:
        DataError: It is not, or it is the HRV metric that is not measured.
    """
    for key, value in branch.measured.items():
        metric = history_metric if key == HRV else Metric(key)
        if metric in HRV_METRICS and metric is not history_metric:
            raise DataError(
                f"{key} is not the HRV metric of the history, {history_metric}",
                hint="they are never mixed; write hrv=MS for last night's own",
            )
        low, high = PLAUSIBLE[metric]
        if not (math.isnan(value) or low <= value <= high):
            raise DataError(
                f"{key}={value:g} is not a value a person can have",
                hint=f"give {metric} between {low:g} and {high:g}",
            )


def changed(history: History, branch: Branch) -> History:
    """Apply a branch to a history: its window, and its values on the last day.

    A bedtime is not applied here: it needs last night's sleep (``bedtime.plan_bedtime``).
    An empty history stays empty.

    Raises:
        DataError: A value is not one that a person can have.
    """
    check_values(branch, history.metric)
    if not len(history):
        return history
    start = 0 if branch.window_days is None else max(len(history) - branch.window_days, 0)
    recent = _from(history, start)
    own = {HRV, recent.metric}
    measured = {Metric(key): v for key, v in branch.measured.items() if key not in own}
    made = with_changes(recent, measured=measured, journal=branch.journal)
    for value in (v for key, v in branch.measured.items() if key in own):
        made = replace(made, hrv=(*made.hrv[:-1], value))
    return _from(made, next((i for i, v in enumerate(made.hrv) if not math.isnan(v)), len(made)))


def answered(
    entries: Iterable[JournalEntry], branch: Branch, *, day: date
) -> tuple[JournalEntry, ...]:
    """The journal with the branch's answers in place of those of the day."""
    kept = [e for e in entries if e.day != day or e.tag not in branch.journal]
    given = {tag: value for tag, value in branch.journal.items() if not math.isnan(value)}
    return (
        *kept,
        *(
            JournalEntry(day=day, tag=tag, value=value, text=f"{tag}={value:g}", source="branch")
            for tag, value in given.items()
        ),
    )


def _with(branch: Branch, key: str, value: str, text: str) -> Branch:
    if key in CHOICES or key in ("window", "bedtime"):
        if not value:
            raise UsageError(f"branch {branch.name!r}: {text!r} has no value", hint=GRAMMAR)
        if key == "window":
            return replace(branch, window_days=_days(branch, value, text))
        if key == "bedtime":
            return replace(branch, bedtime=_clock(branch, value, text))
        return replace(branch, **{key: value})  # type: ignore[arg-type] # one of CHOICES
    if key == HRV or key in METRICS:
        amount = NAN if value.casefold() in ("", "none") else _number(branch, value, text)
        return replace(branch, measured={**branch.measured, key: amount})
    amount = WORDS.get(value.casefold(), -1.0)
    if amount < 0:
        amount = _number(branch, value, text)
    if amount < 0:
        raise UsageError(
            f"branch {branch.name!r}: {text!r}: an amount is zero or more",
            hint="for example alcohol=2, alcohol=no, or alcohol=none for unanswered",
        )
    return replace(branch, journal={**branch.journal, key: amount})


def _number(branch: Branch, value: str, text: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = NAN
    if not math.isfinite(number):
        raise UsageError(
            f"branch {branch.name!r}: {text!r}: {value!r} is not a number",
            hint="for example strain=12, alcohol=2, alcohol=yes or alcohol=none",
        )
    return number


def _days(branch: Branch, value: str, text: str) -> int:
    if not DAYS.fullmatch(value):
        raise UsageError(
            f"branch {branch.name!r}: {text!r}: give whole days, 1 or more",
            hint="for example window=90",
        )
    return int(value)


def _clock(branch: Branch, value: str, text: str) -> str:
    try:
        if not CLOCK.fullmatch(value):
            raise ValueError
        time.fromisoformat(value)
    except ValueError as error:
        raise UsageError(
            f"branch {branch.name!r}: {text!r}: {value!r} is not a time", hint="write it as HH:MM"
        ) from error
    return value


def _from(history: History, start: int) -> History:
    """The same past from a position on."""
    return replace(
        history,
        first=history.day(start),
        hrv=history.hrv[start:],
        measured={metric: values[start:] for metric, values in history.measured.items()},
        journal={tag: values[start:] for tag, values in history.journal.items()},
    )
