"""A person at Dagster's pages: Debian's Chromium looks at a made-up person's home, and works in it.

Run by ``.ci/ui``: ``python tests/browser/pages.py FOLDER`` writes its pictures into the folder.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from datetime import time as time_of_day
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import board_page  # beside this script
import report_page
from playwright.sync_api import Page, expect, sync_playwright

from hrvctl.cli.main import run
from hrvctl.pipeline.page_guard import entry_file
from hrvctl.samples.people import Traits
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export
from hrvctl.store.home import Home

CHROMIUM = "/usr/bin/chromium"
# Evenings lived before the pages are opened, for curves worth looking at.
EVENINGS = 8
# Longest wait for anything on a page, ms; a busy small machine is slow.
PATIENCE_MS = 60_000
STAGES = ("ingest", "journal", "training", "tracking", "intelligence", "agent", "reconcile")
JOB = "/locations/hrvctl.pipeline.definitions/jobs/hrv_daily_job"
ELSEWHERE = "ops:\n  ingest_op:\n    config:\n      paths: [/no/such/export.zip]\n"
CONFIG = "ops:\n  intelligence_op:\n    config:\n      profile: plews\n"


def live(root: Path) -> tuple[Home, list[str]]:
    """Some evenings by the commands, the last two as a person types them; these two runs' ids."""
    home = Home(root / "home")
    now = datetime.now().astimezone()
    person = simulate_until(Traits(), last_day=now.date(), n_days=120, seed=20)
    for back in range(EVENINGS, -1, -1):
        day = now.date() - timedelta(days=back)
        export = root / f"export-{day}"
        write_export(person, export, as_of=day)
        at = datetime.combine(day, time_of_day(21), tzinfo=now.tzinfo)
        words = ["--home", str(home.root), "--quiet", "daily", "--import", str(export)]
        if back:
            assert run(words, clock=lambda at=at: at) in (0, 4, 5)
    ids = []
    for more in ([], ["--executor", "multiprocess"]):
        words = ["--home", str(home.root), "--json", "daily", "--import", str(export), *more]
        done = subprocess.run(
            [sys.executable, "-m", "hrvctl", *words], capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, 4, 5), done.stderr
        ids.append(json.loads(done.stdout)["data"]["run_id"])
    return home, ids


@contextmanager
def pages_of(home: Home) -> Iterator[str]:
    """``hrvctl ui`` at work; its address, with the token."""
    options = ["--no-open", "--daemon", "--may-run", "--port", "3700"]
    words = ["--home", str(home.root), "--json", "ui", *options]
    process = subprocess.Popen(
        [sys.executable, "-m", "hrvctl", *words], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        said = ""
        while not said.endswith("]\n}\n") or '"errors"' not in said:
            line = process.stdout.readline()
            assert line, "hrvctl ui ended by itself"
            said += line
        yield json.loads(said)["data"]["url"]
    finally:
        process.terminate()
        rest, _ = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, "")


class Person:
    """Looks, clicks, types, and takes pictures."""

    def __init__(self, page: Page, url: str, album: Path) -> None:
        self.page, self.album = page, album
        self.url = url.partition("/?")[0]
        # The browser opens a file that leads to the address, as `hrvctl ui` has it opened.
        entry = album / "entry.html"
        entry.write_text(entry_file(url))
        page.goto(entry.as_uri())
        page.wait_for_url(lambda at: at.startswith(self.url) and "token=" not in at)
        entry.unlink()

    def a_page_of_another_origin_gets_nothing(self) -> None:
        """In the same browser, which has the cookie: no read, no change, each way a page has."""
        before = self.n_runs()
        with foreign_page() as address:
            foreign = self.page.context.new_page()
            asked: list[str] = []
            foreign.on("response", lambda one: asked.append(f"{one.status} {one.url[:90]}"))
            foreign.goto(address)
            for way, expected in FOREIGN_WAYS.items():
                got = foreign.evaluate(f"async (at) => {{ {way} }}", self.url)
                assert got == expected, (way, got)
                print(f"  {way.strip()[:90]} -> {got}")
            foreign.screenshot(path=self.album / "foreign.png")
            foreign.close()
        answers = [line for line in asked if self.url in line]
        print("  answers:", *answers, sep="\n    ")
        assert answers
        assert all(line.startswith(("403", "405", "415")) for line in answers)
        assert self.n_runs() == before

    def n_runs(self) -> int:
        """How many runs the pages' own requests count."""
        return self.page.evaluate(COUNT_RUNS)

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self.url + path)

    def see(self, words: str) -> None:
        """Wait until the words are there."""
        expect(self.page.get_by_text(words).first).to_be_visible()

    def picture(self, name: str) -> None:
        """Keep what is seen."""
        self.page.screenshot(path=self.album / f"{name}.png")

    def both_runs_are_listed(self, ids: list[str]) -> None:
        """Where `hrvctl ui` lands: succeeded runs of the daily job, whatever executor they had."""
        self.page.wait_for_url(f"{self.url}/runs")
        for run_id in ids:
            row = self.page.locator("tr, [data-index]").filter(has_text=run_id[:8]).first
            expect(row).to_contain_text("hrv_daily_job")
            expect(row).to_contain_text("Success")
        self.picture("runs")

    def a_run_shows_its_stages(self, run_id: str) -> None:
        """All seven, each a bar."""
        self.go(f"/runs/{run_id}")
        self.see("Succeeded (7)")
        self.see("8 assets")
        self.see("4 checks")
        for stage in STAGES:
            bar = self.page.locator(f".chart-element[data-tooltip='{stage}_op']")
            if not bar.count():  # where it is narrow the name is in it
                bar = self.page.locator(f"[data-tooltip='{stage}_op']").first
            expect(bar.first).to_be_visible()
        self.picture("run")

    def an_asset_is_plotted(self) -> None:
        """Its sentence, its numbers in a table, then as curves."""
        self.go("/assets/agent_forecast")
        self.see("ms is forecast for")
        self.see("Written by hrv_daily_job")
        for name in ("forecast_ms", "width_80_ms", "low_80_ms"):
            self.see(name)
        self.picture("asset")
        self.page.get_by_role("button", name="Plots").click()
        curves = self.page.locator("canvas")
        expect(curves.first).to_be_visible()
        self.page.wait_for_function(DRAWN)
        self.picture("plots")

    def checks_are_shown(self) -> None:
        """With what they found last."""
        self.go("/assets/predictions_registry?view=checks")
        self.see("ledger_intact")
        self.see("No sealed forecast was changed")
        self.picture("checks")

    def a_run_is_launched(self, home: Home) -> None:
        """From the Launchpad, with another profile than the usual one."""
        self.go(f"{JOB}/playground")
        self.see("No errors")
        self.type_config("ops:\n  training_op:\n    config:\n      model: nope\n")
        self.see("local_level")
        self.picture("refused")
        self.type_config(CONFIG)
        self.see("No errors")
        self.picture("launchpad")
        self.page.get_by_role("button", name="Launch Run").click()
        self.page.wait_for_url(re.compile(r"/runs/[0-9a-f-]{36}"))
        run_id = self.page.url.partition("/runs/")[2][:36]
        self.see("Succeeded (7)")
        self.picture("launched")
        content = (home.artifacts("me") / "intelligence_summary.json").read_text()
        summary = json.loads(content)
        assert (summary["run_id"], summary["baseline"]["profile"]) == (run_id, "plews")

    def a_failure_says_what_is_wrong(self) -> None:
        """The op's line begins with the words a person would read on the terminal."""
        self.go(f"{JOB}/playground")
        self.type_config(ELSEWHERE)
        self.see("No errors")
        self.page.get_by_role("button", name="Launch Run").click()
        self.page.wait_for_url(re.compile(r"/runs/[0-9a-f-]{36}"))
        self.see("Errored (1)")
        # The list shows the rows that are in view; the last ones tell it too.
        said = "Failure: paths: '/no/such/export.zip' is neither in the inbox nor"
        expect(self.page.locator("body")).to_contain_text(said)
        self.picture("failure")

    def type_config(self, config: str) -> None:
        """Put another config in the place of what stands there."""
        self.page.locator(".CodeMirror").first.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(config)

    def the_schedule_is_switched_on(self) -> None:
        """And is still on when the page is opened anew."""
        self.go("/automation")
        self.see("daily_schedule")
        switch = self.page.locator("label:has(input[type=checkbox])[class*=formatSwitch]").first
        expect(switch).not_to_have_class(re.compile("disabled"))
        switch.click()
        expect(self.page.locator("[class*=formatSwitch] input").first).to_be_checked()
        self.go("/automation")
        self.see("daily_schedule")
        expect(self.page.locator("[class*=formatSwitch] input").first).to_be_checked()
        self.picture("schedule")


COUNT_RUNS = """async () => (await (await fetch('/graphql', {method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({query: '{ runsOrError { ... on Runs { count } } }'})})).json()
).data.runsOrError.count"""
# Ways of a page of another origin to read or change something, and what each comes to.
LAUNCH = "/graphql?query=mutation%7BreloadWorkspace%7B__typename%7D%7D"
FOREIGN_WAYS = {
    f"return await new Promise(done => {{ const one = new Image(); one.onload = () => done('seen');"
    f"one.onerror = () => done('failed'); one.src = at + '{LAUNCH}'; }})": "failed",
    "return await fetch(at + '/graphql?query=%7Bversion%7D', {credentials: 'include'})"
    ".then(() => 'read', () => 'failed')": "failed",
    f"return await fetch(at + '{LAUNCH}', {{method: 'POST', mode: 'no-cors',"
    "credentials: 'include'}).then(one => one.type)": "opaque",
    "return await fetch(at + '/graphql', {method: 'POST', credentials: 'include', body: '{}',"
    "headers: {'content-type': 'application/json'}}).then(() => 'read', () => 'failed')": "failed",
    "return await new Promise(done => { const one = new WebSocket(at.replace('http', 'ws') +"
    "'/graphql', 'graphql-ws'); one.onopen = () => done('open'); one.onerror = () => done('failed')"
    "})": "failed",
}


@contextmanager
def foreign_page() -> Iterator[str]:
    """A page of another origin, by name and by port: its address."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>evil</title>A page of another origin")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


# A curve is on its canvas: some pixel is not transparent.
DRAWN = """() => [...document.querySelectorAll('canvas')].some(canvas => {
    const {width, height} = canvas;
    if (!width || !height) return false;
    return canvas.getContext('2d').getImageData(0, 0, width, height).data.some(value => value);
})"""


def main(album: Path) -> None:
    """Look at everything once."""
    album.mkdir(parents=True, exist_ok=True)
    for name in ("HRVCTL_HOME", "DAGSTER_HOME"):
        os.environ.pop(name, None)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hrvctl-browser-") as scratch:
        home, ids = live(Path(scratch))
        print(f"{EVENINGS + 2} evenings: {time.monotonic() - begun:.0f} s")
        with pages_of(home) as url, sync_playwright() as playwright:
            print(f"the pages answer: {time.monotonic() - begun:.0f} s")
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--force-color-profile=srgb"]
            )
            context = browser.new_context(viewport={"width": 1280, "height": 860})
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            expect.set_options(timeout=PATIENCE_MS)
            person = Person(page, url, album)
            try:
                for what, look in {
                    "both runs are listed": lambda: person.both_runs_are_listed(ids),
                    "the report fits, and axe finds no fault": lambda: report_page.look(
                        browser, home, album
                    ),
                    "the board fits, and axe finds no fault": lambda: board_page.look(
                        browser, Path(scratch), album
                    ),
                    "another origin gets nothing": person.a_page_of_another_origin_gets_nothing,
                    "a run shows its stages": lambda: person.a_run_shows_its_stages(ids[0]),
                    "an asset is plotted": person.an_asset_is_plotted,
                    "checks are shown": person.checks_are_shown,
                    "a run is launched": lambda: person.a_run_is_launched(home),
                    "a failure says what is wrong": person.a_failure_says_what_is_wrong,
                    "the schedule is switched on": person.the_schedule_is_switched_on,
                }.items():
                    look()
                    print(f"{what}: {time.monotonic() - begun:.0f} s")
            except Exception:
                person.picture("failed")
                raise
            finally:
                browser.close()
    print(f"all of it: {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
