"""The board of a cohort as a person sees it: on a phone and on a screen, light and dark."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from report_page import IS_TOO_WIDE, VIEWS  # beside this script

from hrvctl.cli.main import run
from hrvctl.samples.people import Traits
from hrvctl.samples.simulation import simulate_until

PEOPLE = {
    "anna": ("Anna K.", "U19"),
    "ben": ("Ben", "U17"),
    "cleo": ("Cleo, who has a name that is longer than most", "U19"),
    "dan": ("Dan <b>", ""),
}
N_NIGHTS = 60
# Nights that the last of them has not uploaded, days.
MISSING = 5


def live(root: Path) -> Path:
    """An evening of four people by the commands; their board."""
    today = datetime.now().astimezone().date()
    table, cohort, file = root / "nights.csv", root / "lions", root / "board.html"
    with table.open("w", newline="") as rows:
        writer = csv.writer(rows)
        writer.writerow(["subject", "day", "hrv_rmssd_ms"])
        for seed, subject in enumerate(PEOPLE):
            last = today - timedelta(days=MISSING if seed == len(PEOPLE) - 1 else 0)
            person = simulate_until(Traits(), last_day=last, n_days=N_NIGHTS, seed=seed)
            writer.writerows([subject, day.day, day.hrv_ms] for day in person.days if day.hrv_ms)
    command = ["--home", str(root / "cohort-home"), "--quiet", "cohort"]
    assert run([*command, "import", str(table), str(cohort)]) == 0
    with (cohort / "people.csv").open("w", newline="") as rows:
        known = [(subject, *each) for subject, each in PEOPLE.items()]
        csv.writer(rows).writerows([("subject", "name", "group"), *known])
    assert run([*command, "run", str(cohort)]) == 0
    assert run([*command, "show", str(cohort), "--html", str(file)]) == 0
    return file


def look(browser: Browser, root: Path, album: Path) -> None:
    """It fits, asks for nothing but itself, and has no fault axe can find."""
    file = live(root)
    for scheme, width, _ in VIEWS:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda one, asked=asked: asked.append(one.url))
        page.goto(file.as_uri())
        assert asked == [file.as_uri()]
        everybody = page.locator("tbody").last
        assert everybody.locator("tr").count() == len(PEOPLE)
        assert everybody.locator("th", has_text="Dan <b>").count() == 1
        assert everybody.locator("svg").first.is_visible()
        assert not page.evaluate(IS_TOO_WIDE), (scheme, width)
        page.screenshot(path=album / f"board-{scheme}-{width}.png", full_page=True)
        found = Axe().run(page)
        assert not found.violations_count, found.generate_report()
        context.close()
