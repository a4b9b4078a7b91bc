"""Simulate a day's journal answers, naps and workouts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hrvctl.samples.behaviour import Behaviour
from hrvctl.samples.days import Activity, Nap, Night, Vitals
from hrvctl.samples.draws import Draw, Draws
from hrvctl.samples.people import Traits

# Chance that a question is among those asked when the journal is filled in, by tag.
ASKED = {
    "alcohol": (Draw.ASKED_ALCOHOL, 0.97),
    "caffeine": (Draw.ASKED_CAFFEINE, 0.97),
    "stress": (Draw.ASKED_STRESS, 0.8),
    "sick": (Draw.ASKED_SICK, 0.6),
}
# Share of alcohol answers with a note, and the note (own choice; its comma tests CSV quoting).
NOTED_SHARE = 0.25
NOTE = "two glasses, late"
# A nap starts 5 to 8 h after waking and lasts 15 to 75 min; one that would end less than
# an hour before bed is left out.
NAP_EARLIEST_H = 5.0
NAP_SPAN_H = 3.0
NAP_SHORTEST_MIN = 15.0
NAP_SPAN_MIN = 60.0
# Below this strain there was no workout worth recording; above it a workout starts 2 to 9 h after
# waking and lasts 20 min plus 3 for each point of strain.
WORKOUT_STRAIN = 8.0
WORKOUT_EARLIEST_H = 2.0
WORKOUT_SPAN_H = 7.0
WORKOUT_MIN = 20.0
WORKOUT_MIN_PER_STRAIN = 3.0
# A workout holds this share of the day's strain, and burns this much kcal a minute and point.
WORKOUT_STRAIN_SHARE = 0.8
WORKOUT_KCAL = 0.75
# Its mean heart rate is this share of the way from the day's mean to the day's highest.
WORKOUT_HR_SHARE = 0.65
WORKOUTS = ("Running", "Cycling", "Weightlifting", "Walking", "Swimming", "Activity")
BEFORE_BED = timedelta(hours=1)


def simulate_journal(
    traits: Traits, draws: Draws, behaviour: Behaviour
) -> tuple[tuple[dict[str, bool], str], ...]:
    """Simulate each row's answers by tag, and its note; a question not asked has no answer."""
    filled = (draws.uniform(Draw.JOURNAL) < traits.journal_probability).tolist()
    asked = {
        tag: (draws.uniform(column) < chance).tolist() for tag, (column, chance) in ASKED.items()
    }
    facts = {
        "alcohol": behaviour.alcohol.tolist(),
        "caffeine": behaviour.caffeine.tolist(),
        "stress": behaviour.stress.tolist(),
        "sick": (behaviour.illness > 0).tolist(),
    }
    noted = (draws.uniform(Draw.NOTE) < NOTED_SHARE).tolist()
    journal = []
    for row, is_filled in enumerate(filled):
        answers = {tag: facts[tag][row] for tag in ASKED if is_filled and asked[tag][row]}
        journal.append((answers, NOTE if noted[row] and answers.get("alcohol") else ""))
    return tuple(journal)


def simulate_naps(
    traits: Traits, draws: Draws, *, nights: Sequence[Night], starts: Sequence[datetime]
) -> tuple[tuple[Nap, ...], ...]:
    """Simulate the naps of each day, none or one; n days from n + 1 nights and cycle starts."""
    naps: list[tuple[Nap, ...]] = []
    taken = (draws.uniform(Draw.NAP) < traits.nap_probability).tolist()
    start = draws.uniform(Draw.NAP_START).tolist()
    length = draws.uniform(Draw.NAP_LENGTH).tolist()
    for i, night in enumerate(nights[:-1]):
        begin = _after(night.wake_at, NAP_EARLIEST_H + NAP_SPAN_H * start[i + 1])
        minutes = int(NAP_SHORTEST_MIN + NAP_SPAN_MIN * length[i + 1])
        end = begin + timedelta(minutes=minutes)
        fits = taken[i + 1] and end + BEFORE_BED < starts[i + 1]
        asleep = int(minutes * night.efficiency_pct / 100)
        naps.append((Nap(start_at=begin, end_at=end, asleep_min=asleep),) if fits else ())
    return tuple(naps)


def simulate_workouts(
    draws: Draws,
    behaviour: Behaviour,
    *,
    nights: Sequence[Night],
    starts: Sequence[datetime],
    vitals: Sequence[Vitals],
) -> tuple[tuple[Activity, ...], ...]:
    """Simulate the workouts of each day, none or one; n days from n + 1 rows, nights and starts."""
    activities: list[tuple[Activity, ...]] = []
    start = draws.uniform(Draw.WORKOUT_START).tolist()
    name = draws.uniform(Draw.WORKOUT_NAME).tolist()
    for i, night in enumerate(nights[:-1]):
        strain = float(behaviour.strain[i + 1])
        begin = _after(night.wake_at, WORKOUT_EARLIEST_H + WORKOUT_SPAN_H * start[i + 1])
        minutes = int(WORKOUT_MIN + WORKOUT_MIN_PER_STRAIN * strain)
        end = begin + timedelta(minutes=minutes)
        if strain < WORKOUT_STRAIN or end + BEFORE_BED >= starts[i + 1]:
            activities.append(())
            continue
        mean, top = vitals[i].average_hr, vitals[i].max_hr
        activity = Activity(
            start_at=begin,
            end_at=end,
            name=WORKOUTS[int(name[i + 1] * len(WORKOUTS))],
            strain=round(WORKOUT_STRAIN_SHARE * strain, 1),
            energy_kcal=round(WORKOUT_KCAL * minutes * strain),
            average_hr=round(mean + WORKOUT_HR_SHARE * (top - mean)),
            max_hr=top,
        )
        activities.append((activity,))
    return tuple(activities)


def _after(wake_at: datetime, hours: float) -> datetime:
    return wake_at + timedelta(seconds=int(hours * 3600))
