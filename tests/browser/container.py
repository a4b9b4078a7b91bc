"""A person at the pages of the container: ``python tests/browser/container.py ADDRESS FOLDER``.

Run by ``.ci/container`` while the container serves them; the picture goes to the folder.
"""

import sys
from pathlib import Path

from pages import CHROMIUM, PATIENCE_MS, Person  # beside this script
from playwright.sync_api import expect, sync_playwright


def main(address: str, album: Path) -> None:
    """Open the address, and find the evening that ran in the container."""
    album.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        person = Person(page, address, album)
        for words in ("hrv_daily_job", "Success"):
            person.see(words)
        person.picture("container")
        browser.close()
    print("Chromium sees the evening of the container")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve())
