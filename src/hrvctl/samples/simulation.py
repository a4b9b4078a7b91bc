"""Simulate a person: a life with a known truth, day by day, the same for ever from its seed."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from hrvctl.samples.behaviour import live
from hrvctl.samples.body import read_body
from hrvctl.samples.days import Day, Person, Wear
from hrvctl.samples.draws import draw
from hrvctl.samples.habits import keep_journal, take_naps, work_out
from hrvctl.samples.heart import beat, measured_hrv_ms
from hrvctl.samples.nights import sleep_nights
from hrvctl.samples.people import Traits


def simulate(
    traits: Traits,
    *,
    first_day: date,
    n_days: int,
    seed: int,
    alcohol_on: Mapping[date, bool] | None = None,
) -> Person:
    """Live ``n_days`` days from ``first_day`` on.

    The HRV of a morning is lognormal about ``Day.expected_hrv_ms``, which is the level with its
    slow drift, the weekly rhythm, and what the *day before* brought: strain, drinks, stress,
    illness and tension. Nothing done on day D reaches the HRV of D. A longer life from the same
    first day and seed begins with the days of the shorter one, to the last digit.

    Args:
        traits: Who.
        first_day: Wake date of the first night.
        n_days: How many days, at least 1.
        seed: Not below 0; the same seed gives the same life for ever.
        alcohol_on: Drinks, or none, on these days whatever the person would have done; all other
            luck stays as it was, so two lives can be compared that differ in one glass.

    Returns:
        The life.

    Raises:
        ValueError: ``n_days`` below 1.
    """
    if n_days < 1:
        raise ValueError(f"n_days is {n_days}, need 1 or more")
    draws = draw(n_days + 1, seed)
    doings = live(traits, draws, first_day=first_day, alcohol_on=alcohol_on or {})
    nights = sleep_nights(traits, draws, doings, first_day=first_day)
    truths = beat(traits, draws, doings, first_day=first_day)
    starts = [
        _midnight(night.wake_at) if wear is Wear.NO_SLEEP else night.onset_at
        for night, wear in zip(nights, doings.wear, strict=True)
    ]
    vitals = read_body(traits, draws, doings, nights=nights, truths=truths, starts=starts)
    journal = keep_journal(traits, draws, doings)
    naps = take_naps(traits, draws, nights=nights, starts=starts)
    activities = work_out(draws, doings, nights=nights, starts=starts, vitals=vitals)
    days = [
        Day(
            day=first_day + timedelta(days=i),
            zone=doings.zones[i],
            wear=doings.wear[i],
            sleep=nights[i],
            cycle_start_at=starts[i],
            cycle_end_at=starts[i + 1],
            hrv_ms=measured_hrv_ms(truths[i]) if doings.wear[i] is Wear.NIGHT else None,
            truth=truths[i],
            vitals=vitals[i],
            strain=float(doings.strain[i + 1]),
            alcohol=bool(doings.alcohol[i + 1]),
            caffeine=bool(doings.caffeine[i + 1]),
            stress=bool(doings.stress[i + 1]),
            sick=bool(doings.illness[i + 1] > 0),
            answers=journal[i + 1][0],
            note=journal[i + 1][1],
            naps=naps[i],
            activities=activities[i],
        )
        for i in range(n_days)
    ]
    return Person(traits=traits, seed=seed, days=tuple(days))


def simulate_until(traits: Traits, *, last_day: date, n_days: int, seed: int) -> Person:
    """Live ``n_days`` days of which ``last_day`` is the last; see ``simulate``.

    One day more that ends one day later is the same person a day older.
    """
    first_day = last_day - timedelta(days=n_days - 1)
    return simulate(traits, first_day=first_day, n_days=n_days, seed=seed)


def _midnight(wake_at: datetime) -> datetime:
    return datetime.combine(wake_at.date(), time(), tzinfo=wake_at.tzinfo)
