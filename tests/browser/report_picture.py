"""The README's picture: the report of the demo's made-up person after three weeks of evenings.

``python tests/browser/report_picture.py`` makes ``docs/report.png`` anew, with Debian's Chromium.
The picture has the outline of the page that it shows in it, which
``tests/cli/commands/test_report.py`` compares with the page of today.
"""

import re
import tempfile
from datetime import date, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

PICTURE = Path(__file__).parents[2] / "docs" / "report.png"
# The name of the text chunk with the outline.
OUTLINE = "outline"
LAST_DAY = date(2026, 3, 10)
EVENINGS = 21
# Nights of the export on the last evening.
NIGHTS = 180
# CSS pixels: the answers in words, and the first two charts whole.
SIZE = (960, 1010)
# Text and lines need no more; a third of the bytes.
COLOURS = 64


def outline_of(page: str) -> list[str]:
    """The headings of a report's sections and of their tables' columns, in order."""
    found = re.findall(r"<(?:h2[^>]*|th scope=\"col\")>([^<]*)", page)
    return [text.strip() for text in found]


def live(root: Path) -> str:
    """Three weeks of evenings by the commands; the report of the last of them."""
    from hrvctl.cli.main import run

    home, file = ["--home", str(root / "home"), "--quiet"], root / "report.html"
    for back in range(EVENINGS - 1, -1, -1):
        day = LAST_DAY - timedelta(days=back)
        at = datetime(day.year, day.month, day.day, 21, tzinfo=timezone(timedelta(hours=1)))
        export = str(root / f"{day}")
        for words in (
            ["--quiet", "demo", export, "--days", str(NIGHTS - back)],
            [*home, "daily", "--import", export],
        ):
            # A person may not have worn it last night: 5.
            assert run(words, clock=lambda at=at: at) in (0, 5)
    assert run([*home, "report", str(file)], clock=lambda: at) == 0
    return file.read_text(encoding="utf-8")


def main() -> None:
    """Make the picture."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as scratch:
        report = live(Path(scratch))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--force-color-profile=srgb"],
        )
        page = browser.new_page(viewport=dict(zip(("width", "height"), SIZE, strict=True)))
        page.set_content(report)
        shot = page.screenshot()
        browser.close()
    information = PngInfo()
    information.add_itxt(OUTLINE, "\n".join(outline_of(report)))
    picture = Image.open(BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(PICTURE, optimize=True, pnginfo=information)
    print(f"{PICTURE}: {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
