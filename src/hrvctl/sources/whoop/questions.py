"""What WHOOP's journal questions are called, whatever their language or wording."""

from collections.abc import Mapping

from hrvctl.sources.kit.cell_values import normalise

# English texts as exported, 2021 to 2026; the translations seen are few, the others are what a
# person in that language would be asked, and harmless if never met.
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


def tag_of(question: str) -> str:
    """Name a question: its canonical tag where known, else its own words joined by ``_``.

    Blanks, case, accents and a missing question mark do not count. Empty for an empty question.
    """
    words = normalise(question)
    return TAGS.get(words, words)
