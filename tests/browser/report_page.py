"""The report as a person sees it: on a phone and on a screen, light and dark, and printed."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from hrvctl.cli.main import run
from hrvctl.store.home import Home

# A small phone and a laptop, CSS pixels; each in both colours, and axe once in each.
VIEWS = (("light", 360, False), ("light", 1280, True), ("dark", 360, True), ("dark", 1280, False))
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"
IS_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def look(browser: Browser, home: Home, album: Path) -> None:
    """It fits, asks for nothing but itself, has no fault axe can find, and prints."""
    file = album / "report.html"
    assert run(["--home", str(home.root), "report", "--force", str(file)]) == 0
    for scheme, width, is_checked in VIEWS:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda one, asked=asked: asked.append(one.url))
        page.goto(file.as_uri())
        assert asked == [file.as_uri()]
        assert page.locator("svg").count() >= 4
        assert not page.evaluate(IS_TOO_WIDE), (scheme, width)
        page.screenshot(path=album / f"report-{scheme}-{width}.png", full_page=True)
        if is_checked:
            page.evaluate(OPEN_ALL)
            found = Axe().run(page)
            assert not found.violations_count, found.generate_report()
            page.pdf(path=album / f"report-{scheme}.pdf", format="A4")
        context.close()
