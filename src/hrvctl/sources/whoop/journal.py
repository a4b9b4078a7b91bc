"""WHOOP's journal: the day of each answer, and the tag of its question."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from hrvctl.records import JournalEntry
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import Row, normalise
from hrvctl.sources.kit.table_reader import TableReader
from hrvctl.sources.whoop.columns import ANSWER, CYCLE_START, NOTE, QUESTION

# English texts as exported, 2021 to 2026. Few translations were seen in exports; the others are
# likely ones, and do no harm if they do not occur.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "alcohol": (
        "Have any alcoholic drinks?", "Have an alcoholic drink?", "Drink alcohol?",
        "Consume alcohol?", "Consumed alcohol?", "Alcohol", "Alkohol konsumiert?",
        "Alkohol getrunken?", "Alkoholische Getränke konsumiert?",
        "Hast du Alkohol getrunken?", "¿Consumiste alcohol?", "¿Bebiste alcohol?",
        "¿Tomaste alcohol?", "¿Has consumido alcohol?", "¿Tomaste bebidas alcohólicas?",
        "¿Consumiste bebidas alcohólicas?", "Avez-vous bu de l'alcool ?",
        "Avez-vous consommé de l'alcool ?", "Consommé de l'alcool ?",
        "Consommation d'alcool ?", "Boissons alcoolisées ?",
        "Avez-vous consommé des boissons alcoolisées ?", "Consumiu álcool?",
        "Bebeu álcool?", "Ingeriu álcool?", "Tomou bebidas alcoólicas?",
        "Consumiu bebidas alcoólicas?", "Hai bevuto alcolici?", "Hai consumato alcolici?",
        "Hai consumato alcol?", "Hai bevuto alcol?", "Hai assunto alcol?",
        "Hai assunto bevande alcoliche?", "Hai consumato bevande alcoliche?",
    ),
    "caffeine": (
        "Have any caffeine?", "Consume caffeine?", "Consumed caffeine?", "Caffeine",
        "Koffein konsumiert?", "Koffein getrunken?", "Hast du Koffein konsumiert?",
        "¿Consumiste cafeína?", "¿Tomaste cafeína?", "¿Has consumido cafeína?",
        "Avez-vous consommé de la caféine ?", "Consommé de la caféine ?",
        "Consommation de caféine ?", "Consumiu cafeína?", "Tomou cafeína?",
        "Ingeriu cafeína?", "Hai consumato caffeina?", "Hai assunto caffeina?",
    ),
    "late_caffeine": ("Have caffeine late in the day?", "Consume caffeine late in the day?"),
    "sick": (
        "Feeling sick or ill?", "Feel sick or ill?", "Are you sick?", "Sick", "Krank gefühlt?",
        "Krank oder unwohl gefühlt?", "¿Te sentiste enfermo?", "¿Te sientes enfermo?",
        "Vous sentez-vous malade ?", "Sentiu-se doente?", "Ti sei sentito malato?",
    ),
    "injury": ("Have an injury or wound?", "Have an injury?", "Verletzung oder Wunde?"),
    "stress": (
        "Experience stress?", "Feel stressed?", "Felt stressed?", "Feeling stressed?",
        "Have a stressful day?", "Stress", "Gestresst gefühlt?", "Stress erlebt?",
        "¿Te sentiste estresado?", "Vous êtes-vous senti stressé ?", "Sentiu-se estressado?",
        "Ti sei sentito stressato?",
    ),
    "share_bed": ("Share your bed?", "Shared your bed?", "Bett geteilt?"),
    "own_bed": ("Slept in the same bed as usual", "Sleep in your own bed?"),
    "screen_in_bed": (
        "Viewed a screen device in bed?", "View a screen device in bed?",
        "Bildschirm im Bett benutzt?",
    ),
    "read_in_bed": (
        "Read (non-screened device) while in bed?", "Read (non-screened device) in bed?",
    ),
    "creatine": ("Take creatine?", "Kreatin eingenommen?", "¿Tomaste creatina?",
                 "Tomou creatina?", "Hai assunto creatina?"),
    "protein": ("Consumed protein?", "Consume protein?", "Protein konsumiert?"),
    "dairy": ("Consume dairy?", "Consumed dairy?"),
    "added_sugar": ("Consume added sugar?", "Consumed added sugar?"),
    "snack": ("Snack in between meals?",),
    "late_meal": ("Eat any food close to bedtime?", "Eat food close to bedtime?",
                  "Eat close to bedtime?", "Have a late meal?"),
    "daylight_eating": ("Eat all your meals during daylight hours?",),
    "tracked_calories": ("Tracked your calories", "Track your calories?"),
    "hydrated": ("Hydrated sufficiently?", "Hydrate sufficiently?", "Feel hydrated?"),
    "bloating": ("Experience bloating?", "Experienced bloating?"),
    "felt_recovered": ("Felt recovered?", "Feel recovered?"),
    "felt_energetic": ("Feel energized?", "Felt energized throughout the day?"),
    "sunlight": ("Get direct sunlight upon waking up?", "See direct sunlight upon waking up?",
                 "Get direct sunlight?"),
    "sunset": ("Watch the sunset?",),
    "stretching": ("Spend time stretching?", "Spent time stretching?"),
    "breathwork": ("Use breathwork?", "Do breathwork?", "Practice breathwork?"),
    "meditation": ("Meditate?", "Spend time meditating?", "Practice meditation?",
                   "Meditiert?", "¿Meditaste?", "Meditou?", "Hai meditato?"),
    "cold_shower": ("Took a cold shower", "Take a cold shower?"),
    "ice_bath": ("Take an ice bath?", "Use an ice bath?"),
    "sauna": ("Use a sauna?", "Spend time in a sauna?", "Used a sauna?"),
    "massage": ("Have a massage?", "Get a massage?", "Have massage therapy?"),
    "melatonin": ("Take melatonin?", "Took melatonin?", "Melatonin eingenommen?"),
    "magnesium": ("Take magnesium?", "Take a magnesium supplement?",
                  "Magnesium eingenommen?"),
    "sleep_aid": ("Take prescription sleep medication?", "Take a sleep aid?",
                  "Take sleep medication?"),
    "cbd": ("Take CBD?", "Use CBD?"),
    "marijuana": ("Use marijuana?", "Consume marijuana?", "Use cannabis?"),
    "nicotine": ("Use nicotine?", "Use tobacco?", "Use nicotine or tobacco?", "Smoke?"),
    "travel": ("Travel on a plane?", "Traveled on a plane?", "Travel?"),
    "sexual_activity": ("Have sex?", "Engage in sexual activity?"),
    "menstruating": ("Menstruating?", "Are you menstruating?"),
    "blue_light_glasses": ("Wear blue-light blocking glasses before bed?",
                           "Wear blue-light blocking glasses?"),
}  # fmt: skip

TAGS: Mapping[str, str] = {
    normalise(text): tag for tag, texts in QUESTIONS.items() for text in texts
}
DAY = timedelta(days=1)
NOON = 12  # hour; a sleep begun before noon ends the same day, one begun later the next


def read_journal(
    sheet: TableReader, source: str, days: Mapping[datetime, date]
) -> tuple[JournalEntry, ...]:
    """Read each answer, dated by the day before the waking of its cycle.

    Args:
        sheet: The journal file.
        source: The source's name.
        days: Wake date by cycle start (local wall clock), from the cycles and sleeps files. For
            other cycles the hour of the cycle's start decides.

    Returns:
        One entry for each (day, tag); a "yes" wins over a "no". In order of day, then tag.
    """
    found: dict[tuple[date, str], JournalEntry] = {}
    n_guessed = 0
    for row in sheet.rows:
        start = sheet.moment(row, CYCLE_START)
        answer = _answer(sheet, row)
        question = sheet.get(row, QUESTION)
        tag = tag_of(question)
        if not start or answer is None or not tag:
            sheet.skipped["no answer"] += 1
            continue
        n_guessed += start not in days
        entry = JournalEntry(
            day=(days.get(start) or likely_wake_date(start)) - DAY,
            tag=tag,
            value=float(answer),
            text=question,
            source=source,
            note=sheet.get(row, NOTE),
        )
        rival = found.setdefault((entry.day, entry.tag), entry)
        if rival is not entry:
            sheet.skipped["repeated answer"] += 1
            if entry.value > rival.value:
                found[entry.day, entry.tag] = entry
    if n_guessed:
        sheet.warn(
            f"wake date inferred from the hour the cycle starts for {n_guessed} of "
            f"{sheet.n_rows} answers; import the cycles file with the journal to have it exactly"
        )
    return tuple(found[key] for key in sorted(found))


def likely_wake_date(start: datetime) -> date:
    """Infer the wake date of a cycle from the local time its sleep begins.

    Own rule: nights begin in the evening or after midnight, so noon separates them.
    """
    return start.date() if start.hour < NOON else start.date() + DAY


def _answer(sheet: TableReader, row: Row) -> bool | None:
    text = sheet.get(row, ANSWER)
    try:
        return cell_values.boolean(text)
    except ValueError as error:
        if cell_values.is_missing(text):
            return None
        sheet.problem(row, ANSWER, str(error))
        return None


def tag_of(question: str) -> str:
    """Return the tag of a question: a canonical one if known, else its words joined by ``_``.

    Blanks, case, accents and a missing question mark do not matter. Empty for an empty question.
    """
    words = normalise(question)
    return TAGS.get(words, words)
