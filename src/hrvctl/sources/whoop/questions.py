"""The tag of a question of WHOOP's journal, in whatever tense and wording it is asked.

WHOOP has asked in the present ("Take magnesium?"), in the past ("Took a magnesium supplement?"),
and in plans for what was avoided. A rule makes these one: the tense of the verb, ``any``, ``a``,
``supplement`` and the case do not matter; words are never compared one by one, because the single
word in which two questions differ is the one that counts.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from hrvctl.sources.kit.cell_values import normalise

# Verbs that questions begin with, base form first; the regular past and the form in -ing are made.
VERBS = (
    "achieve", "avoid", "brush", "commute", "connect", "consume", "cook", "do did", "drink drank",
    "eat ate", "engage", "experience", "express", "feel felt", "follow", "get got", "go went",
    "have had", "hydrate", "journal", "learn", "leave left", "listen", "meditate", "meet met",
    "nap napped", "parent", "play", "practice practise practised practising practiced", "pray",
    "receive", "ride rode", "run ran", "see saw", "share", "sit sat", "skip skipped", "sleep slept",
    "smoke", "snack", "spend spent", "stretch", "study studied", "swim swam", "take took", "track",
    "travel travelled travelling", "use", "vape", "view", "visit", "walk", "watch", "wear wore",
    "work", "write wrote",
)  # fmt: skip
# Words before the verb, and words that a question may have or lack.
BEFORE = (("did", "you"), ("have", "you"), ("are", "you"), ("were", "you"))
OPTIONAL = frozenset({"a", "an", "any", "some", "supplement", "supplements"})
AVOID = "avoid"
CACHED = 1000  # questions; WHOOP has some 300
# Verbs that mean one thing of what a person takes in: of a known behaviour any of them is asked.
TAKING = ("have", "take", "consume", "use", "drink", "eat")

# A question of each wording seen or likely; the rule above finds the others. A tag's own name is a
# wording too. Few translations were seen in exports; the others do no harm if they do not occur.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "alcohol": (
        "Have any alcoholic drinks?", "Have an alcoholic drink?", "Drink alcohol?",
        "Consume alcohol?", "Have alcohol?", "Alkohol konsumiert?", "Alkohol getrunken?",
        "Alkoholische Getränke konsumiert?",
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
        "Have any caffeine?", "Consume caffeine?", "Drink caffeine?", "Koffein konsumiert?",
        "Koffein getrunken?", "Hast du Koffein konsumiert?",
        "¿Consumiste cafeína?", "¿Tomaste cafeína?", "¿Has consumido cafeína?",
        "Avez-vous consommé de la caféine ?", "Consommé de la caféine ?",
        "Consommation de caféine ?", "Consumiu cafeína?", "Tomou cafeína?",
        "Ingeriu cafeína?", "Hai consumato caffeina?", "Hai assunto caffeina?",
    ),
    "late_caffeine": ("Have caffeine late in the day?", "Consume caffeine late in the day?"),
    "sick": (
        "Feeling sick or ill?", "Are you sick?", "Krank gefühlt?", "Dich krank gefühlt?",
        "Krank oder unwohl gefühlt?", "¿Te sentiste enfermo?", "¿Te sientes enfermo?",
        "Vous sentez-vous malade ?", "Sentiu-se doente?", "Ti sei sentito malato?",
    ),
    "fever": ("Experiencing a fever?",),
    "headache": ("Have a headache?", "Hast du Kopfschmerzen gehabt?"),
    "injury": (
        "Have an injury or wound?", "Have an injury?", "Verletzung oder Wunde?",
        "Eine Verletzung oder Wunde haben?",
    ),
    "stress": (
        "Experience stress?", "Feel stressed?", "Have a stressful day?", "Gestresst gefühlt?",
        "Stress erlebt?", "Unter Stress gestanden?",
        "¿Te sentiste estresado?", "Vous êtes-vous senti stressé ?", "Sentiu-se estressado?",
        "Ti sei sentito stressato?",
    ),
    "anxiety": (
        "Feel nervous or anxious?", "Feel anxious?", "Experience anxiety?",
        "Mich nervös oder ängstlich gefühlt?",
    ),
    "fatigue": ("Experience fatigue?",),
    "share_bed": ("Share your bed?", "Bett geteilt?", "Dein Bett geteilt?"),
    "own_bed": ("Slept in the same bed as usual", "Sleep in your own bed?"),
    "screen_in_bed": (
        "Viewed a screen device in bed?", "View a screened device while in bed?",
        "Bildschirm im Bett benutzt?", "Im Bett auf ein Gerät mit Bildschirm geschaut?",
    ),
    "read_in_bed": (
        "Read (non-screened device) while in bed?", "Read (non-screened device) in bed?",
        "Read (physical book) in bed?", "im Bett gelesen (kein Gerät mit Bildschirm)?",
    ),
    "creatine": ("Take creatine?", "Kreatin eingenommen?", "¿Tomaste creatina?",
                 "Tomou creatina?", "Hai assunto creatina?"),
    "electrolytes": ("Take electrolytes?", "Take electrolyte supplements?"),
    "protein": ("Consume protein?", "Protein konsumiert?", "Eiweiß eingenommen?"),
    "dairy": ("Consume dairy?", "Milchprodukte konsumiert?"),
    "added_sugar": ("Consume added sugar?", "Zusätzlichen Zucker konsumiert?"),
    "snack": ("Snack in between meals?",),
    "late_meal": ("Eat any food close to bedtime?", "Eat close to bedtime?", "Have a late meal?",
                  "Eat a meal within 3 hours of going to sleep?"),
    "daylight_eating": ("Eat all your meals during daylight hours?",
                        "Eat all of your meals during daylight hours?",
                        "Hast du alle deine Mahlzeiten tagsüber eingenommen?"),
    "fasting": ("Follow an intermittent fasting diet?", "Practice intermittent fasting?"),
    "avoided_processed_food": ("Avoid consuming processed foods?", "Avoid processed foods?"),
    "tracked_calories": ("Track your calories?",),
    "hydrated": ("Hydrate sufficiently?", "Feel hydrated?", "Drink enough water?",
                 "Genug Wasser getrunken?"),
    "bloating": ("Experience bloating?", "Blähungen gehabt?"),
    "felt_recovered": ("Feel recovered?",),
    "felt_energetic": ("Feel energized?", "Feel energized throughout the day?",
                       "Den ganzen Tag über voller Energie gefühlt?"),
    "sunlight": ("Get direct sunlight upon waking up?", "See direct sunlight upon waking up?",
                 "Get direct sunlight?", "View sunlight within 30 minutes of waking?",
                 "Beim Aufwachen direktes Sonnenlicht gesehen?"),
    "sunset": ("Watch the sunset?",),
    "nature": ("Spend time outdoors?",),
    "stretching": ("Spend time stretching?",),
    "exercise": ("Work out or exercise?",),
    "rest_day": ("Take a rest day?",),
    "breathwork": ("Use breathwork?", "Do breathwork?", "Practice breathwork?"),
    "meditation": ("Meditate?", "Meditate today?", "Spend time meditating?", "Practice meditation?",
                   "Meditiert?", "¿Meditaste?", "Meditou?", "Hai meditato?"),
    "journaling": ("Journal your thoughts?",),
    "social": ("Connect with family and/or friends?", "Kontakt mit Familie oder Freunden gehabt?"),
    "cold_shower": ("Take a cold shower?", "Eine kalte Dusche genommen?"),
    "ice_bath": ("Take an ice bath?", "Use an ice bath?"),
    "sauna": ("Use a sauna?", "Spend time in a sauna?", "Hast du eine Sauna benutzt?"),
    "massage": ("Have a massage?", "Get a massage?", "Have massage therapy?",
                "Receive massage therapy?"),
    "melatonin": ("Take melatonin?", "Melatonin eingenommen?",
                  "Ein Melatoninpräparat eingenommen?"),
    "magnesium": ("Take magnesium?", "Consume magnesium?", "Magnesium eingenommen?",
                  "Ein Magnesiumpräparat eingenommen?"),
    "sleep_aid": ("Take prescription sleep medication?", "Take a sleep aid?",
                  "Take sleep medication?", "Verschreibungspflichtige Schlafmittel eingenommen?"),
    "painkiller": ("Take pain medication?",),
    "cbd": ("Take CBD?", "Use CBD?"),
    "marijuana": ("Use marijuana?", "Consume marijuana?", "Use cannabis?", "Consume cannabis?"),
    "nicotine": ("Use nicotine?", "Consume nicotine?", "Use tobacco?", "Use nicotine or tobacco?",
                 "Use tobacco of any form?", "Use tobacco in any form?", "Smoke?"),
    "travel": ("Travel on a plane?", "Travel by plane?", "Mit dem Flugzeug gereist?"),
    "commute": ("Commute to work?", "Zur Arbeit gependelt?"),
    "night_shift": ("Work the night shift?",),
    "vacation": ("Take a vacation day?",),
    "sexual_activity": ("Have sex?", "Engage in sexual activity?"),
    "menstruating": ("Menstruating?",),
    "blue_light_glasses": ("Wear blue-light blocking glasses before bed?",
                           "Wear blue-light blocking glasses?"),
}  # fmt: skip


class Question(NamedTuple):
    """What a question asks.

    Attributes:
        tag: A canonical tag if it is known, else its own words joined by ``_``.
        is_inverted: Whether a yes means that it was not done, as in "Avoided alcohol?".
    """

    tag: str
    is_inverted: bool = False


def _forms(line: str) -> dict[str, str]:
    base, *irregular = line.split()
    stem = base.removesuffix("e")
    return dict.fromkeys([base, f"{stem}ed", f"{stem}ing", *irregular], base)


BASES = {form: base for line in VERBS for form, base in _forms(line).items()}


def plain(question: str) -> str:
    """Return a question's words, joined by ``_``, without what does not matter.

    Blanks, case, accents, a missing question mark, the verb's tense and ``OPTIONAL`` words.
    """
    words = normalise(question).split("_")
    if tuple(words[:2]) in BEFORE and len(words) > 2:
        words = words[2:]
    first = BASES.get(words[0], words[0])
    return "_".join([first, *(word for word in words[1:] if word not in OPTIONAL)])


TAGS: Mapping[str, str] = {
    plain(text): tag for tag, texts in QUESTIONS.items() for text in (tag, *texts)
}


@lru_cache(maxsize=CACHED)  # a journal has a few questions, each asked on thousands of days
def read_question(question: str) -> Question:
    """Find what a question asks; the tag of an empty one is empty."""
    words = plain(question)
    verb, _, rest = words.partition("_")
    if words not in TAGS and verb == AVOID and rest in TAGS:
        return Question(TAGS[rest], is_inverted=True)
    others = [f"{other}_{rest}" for other in TAKING] if verb in TAKING else []
    return Question(next((TAGS[way] for way in (words, *others) if way in TAGS), words))
