"""`hrvctl report`: its figures are those of the other commands, and it tells nobody too much."""

import re
import shutil
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import html5lib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from browser.report_picture import OUTLINE, PICTURE, outline_of
from cli.homes import tree
from conftest import TODAY, ZONE, Result
from hrvctl.domain.tracking import SealContext, seal
from hrvctl.records import LEVELS, Forecast, JournalEntry, Measurement, Metric, Outcome
from hrvctl.records.choices import Audience
from hrvctl.report.content import compose
from hrvctl.report.page import web_page
from hrvctl.store.database import Store, open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import append_outcomes, append_sealed, load_head
from hrvctl.store.measurements import Imported, save_import, save_journal, save_measurements
from hrvctl.usecases.report import load_report
from hrvctl.usecases.workspace import Workspace

Hrvctl = Callable[..., Result]
RMSSD, DAY = Metric.HRV_RMSSD_MS, timedelta(days=1)
N_NIGHTS, N_SEALED = 400, 40
SUBJECT = "henrietta"
FILE = Imported(file="her-export.csv", source="whoop", kind="cycles", n_new=1, n_revised=0)
LARGEST = 600_000
SVG = "{http://www.w3.org/2000/svg}"


def night(day: date) -> float:
    """A made-up HRV, ms, lower on Fridays and after a drink."""
    draws = np.random.default_rng(day.toordinal())
    return round(
        float(60 - 6 * (day.weekday() == 4) - 8 * drank(day - DAY) + draws.normal(0, 5)), 1
    )


def drank(day: date) -> bool:
    return day.toordinal() % 5 == 0


def answer(day: date, tag: str, is_yes: bool) -> JournalEntry:
    return JournalEntry(day=day, tag=tag, value=float(is_yes), text=f"{tag}, a word", source="note")


def said(day: date, source: str, lead: int) -> Forecast:
    """What is forecast of a morning; the intervals are a little too wide."""
    value = night(day) + np.random.default_rng(day.toordinal() * 9 + lead + len(source)).normal(
        0, 4
    )
    spread = zip(LEVELS, (-2.4, -1.6, 0, 1.6, 2.4), strict=True)
    return Forecast(
        target=day,
        horizon_days=lead,
        source=source,
        mean_ms=float(value),
        quantiles_ms={level: float(value + 5 * z) for level, z in spread},
    )


@pytest.fixture(scope="module")
def _season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More than a year of nights and answers; the forecasts of forty-one evenings."""
    home = Home(tmp_path_factory.mktemp("season") / "home")
    days = [TODAY - n * DAY for n in reversed(range(N_NIGHTS)) if n % 17 != 3]
    at = datetime.combine(TODAY, time(21), tzinfo=ZONE)
    with open_store(home, write=True) as store:
        for back in range(N_SEALED, -1, -1):
            seal_evening(store, TODAY - back * DAY)
        with store.transaction():
            number = save_import(store, SUBJECT, FILE, at=at)
            nights = [Measurement(day, RMSSD, night(day), "whoop") for day in days]
            save_measurements(store, SUBJECT, nights, import_id=number, at=at)
            answers = [answer(day, "zanzibar_nightcap", drank(day)) for day in days]
            save_journal(store, SUBJECT, answers, at=at)
    return home.root


def seal_evening(store: Store, evening: date) -> None:
    """Seal tomorrow's forecasts and those of the week, after today's outcome was recorded."""
    at = datetime.combine(evening, time(21), tzinfo=ZONE)
    context = SealContext(
        subject=SUBJECT,
        metric=RMSSD,
        measured_by="whoop",
        as_of=evening,
        sealed_at=at,
        day_starts_at=time(4),
        new_salt=lambda: "salt",
        run_id="run",
    )
    told = [(said(evening + DAY, name, 1), name) for name in ("naive", "ma7", "ses", "agent")]
    told += [(said(evening + n * DAY, "ses", n), f"ses {n}") for n in range(2, 8)]
    outcome = Outcome(
        day=evening,
        metric=RMSSD,
        measured_by="whoop",
        revision=1,
        value_ms=night(evening),
        recorded_at=at,
        origin="import",
        reason="",
    )
    with store.transaction():
        append_sealed(store, seal(told, context, head=load_head(store), sealed=[]))
        append_outcomes(store, SUBJECT, [outcome])


@pytest.fixture
def season(home: Home, _season: Path) -> Home:
    """The test's home, with the season in it."""
    shutil.copytree(_season, home.root)
    return home


@pytest.fixture
def report(season: Home, hrvctl: Hrvctl, tmp_path: Path) -> Callable[..., tuple[Result, Path]]:
    """Write a report: its result, and the file."""
    del season  # is where `hrvctl` looks

    def call(*words: str, name: str = "report.html", code: int = 0) -> tuple[Result, Path]:
        file = tmp_path / name
        done = hrvctl("--subject", SUBJECT, "report", file, "--json", *words)
        assert done.code == code, done
        return done, file

    return call


def parsed(file: Path):
    """The page, by a parser that accepts no error."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(file.read_text(encoding="utf-8"))


def test_figures_are_those_of_status_and_score(season: Home, hrvctl: Hrvctl, report) -> None:
    """Range, light, errors and coverage are the same numbers everywhere."""
    del season
    done, file = report("--year")
    page = file.read_text()
    status = hrvctl("--subject", SUBJECT, "status", "--json").data
    assert done.data["baseline"] == status["baseline"]
    (series,) = hrvctl("--subject", SUBJECT, "score", "--json").data["series"]
    assert done.data["scores"]["figures"] == series["figures"]
    agent = next(row for row in series["figures"] if row["source"] == "agent")
    assert f"{agent['mae_ms']:.1f} ms off on {N_SEALED} sealed mornings" in page
    held = agent["coverage_80"]
    assert f"The 80 % interval held {held['inside']} of {held['n']}." in page
    low, high = status["baseline"]["low_ms"], status["baseline"]["high_ms"]
    assert f"{low:.0f} to {high:.0f} ms, from {status['baseline']['n_nights']} nights." in page
    effects = hrvctl("--subject", SUBJECT, "effects", "--json").data["tested"]
    table = {section["name"]: section["rows"] for section in done.data["sections"]}
    assert [row[0] for row in table["effects"]] == [q["tag"] for q in effects]
    assert table["effects"][0][3] == f"{effects[0]['effect']['pct']:+.1f}"


def test_every_chart_has_a_name_and_a_table_of_its_numbers(report) -> None:
    """All eight sections of a year; the table has the rows of `--json`."""
    done, file = report("--year")
    page = parsed(file)
    charts = page.findall(f".//{SVG}svg")
    sections = done.data["sections"]
    assert len(charts) == len(sections) == 8
    assert not any(section["refused"] for section in sections)
    for chart, section in zip(charts, sections, strict=True):
        title = chart.find(f"{SVG}title")
        assert chart.get("aria-labelledby") == title.get("id")
        assert section["title"] in title.text
    bodies = page.findall(".//tbody")
    for body, section in zip(bodies, sections, strict=True):
        shown = [[cell.text or "" for cell in row] for row in body.findall("tr")]
        assert shown == [["" if c is None else str(c) for c in row] for row in section["rows"]]
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert page.get("lang") == "en"
    assert len(page.findall(".//h1")) == 1


def test_a_year_is_small_and_loads_nothing_from_elsewhere(report) -> None:
    """No address, no script, no source, no import; at most 600 KB."""
    _, file = report("--year")
    text = file.read_text()
    assert file.stat().st_size <= LARGEST
    assert not re.search(r"https?:|src=|@import|<script|<link|url\((?!#)", text)


def test_the_picture_of_the_readme_shows_the_report_as_it_is(report) -> None:
    """Its sections and columns; who changes them makes the picture anew with its script."""
    _, file = report()
    with Image.open(PICTURE) as picture:
        shown = picture.text[OUTLINE].splitlines()
    assert len(shown) > len(Audience) * 8
    assert shown == outline_of(file.read_text(encoding="utf-8"))
    assert PICTURE.stat().st_size < 150_000


@pytest.mark.parametrize("name", ["page.html", "page.pdf"])
def test_the_same_data_give_the_same_bytes(report, name: str) -> None:
    """As a page and as a PDF; no clock is in them."""
    _, file = report(name=name)
    first = file.read_bytes()
    file.unlink()
    report(name=name)
    assert file.read_bytes() == first
    if name.endswith(".pdf"):
        assert first.startswith(b"%PDF-")
        assert b"CreationDate" not in first
    else:
        assert first.startswith(b"<!DOCTYPE html>")


def test_a_file_it_did_not_make_stays(report, tmp_path: Path) -> None:
    """Nor one that was changed since; its own is replaced."""
    file = tmp_path / "report.html"
    file.write_text("a letter")
    refused, _ = report(code=2)
    assert "was not made by this command" in refused.json["errors"][0]["message"]
    assert file.read_text() == "a letter"
    report("--force")
    report("--week")
    file.write_text(file.read_text().replace("HRV", "my HRV", 1))
    report(code=2)


def test_a_shared_report_has_no_name_no_answer_and_no_date(report) -> None:
    """Neither as a page nor in the tables of `--json`."""
    done, file = report("--share", "--year")
    text = file.read_text()
    said = text + str(done.data["answers"]) + str(done.data["sections"])
    for private in (SUBJECT, "zanzibar", "nightcap", "her-export", "a word", str(file)):
        assert private not in said
    assert not re.search(
        r"\b20\d\d\b|\b\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)", said
    )
    assert "-12 d" in text
    assert "effects" not in [section["name"] for section in done.data["sections"]]


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tag=st.from_regex(r"[a-z]{4}_[a-z]{5,12}", fullmatch=True), at=st.integers(0, 300))
def test_no_tag_of_a_journal_is_ever_shared(
    season: Home, evening: Callable[[date], Callable[[], datetime]], tag: str, at: int
) -> None:
    """Whatever it is called and whenever it was given."""
    workspace = Workspace(season, evening(TODAY))
    entry = answer(TODAY - at * DAY, tag, True)
    with open_store(season, write=True) as store, store.transaction():
        save_journal(store, SUBJECT, [entry], at=workspace.clock())
    found = load_report(
        workspace,
        SUBJECT,
        first=TODAY - 6 * DAY,
        last=TODAY,
        profile="robust60",
        with_journal=False,
    )
    assert tag not in str(found)
    assert tag not in web_page(compose(found, Audience.ME, is_shared=True))


def test_whom_it_is_for_chooses_the_sections(report) -> None:
    """A doctor is told the nights, a coach the forecast as well."""
    shown = {
        reader: [section["name"] for section in report("--for", reader)[0].data["sections"]]
        for reader in ("doctor", "coach", "me")
    }
    assert shown["doctor"] == ["trend", "calendar", "weekday", "effects"]
    assert set(shown["doctor"]) < set(shown["coach"]) < set(shown["me"])


def test_nothing_later_than_its_last_day_is_used(report) -> None:
    """A report of last month is the same whatever came since."""
    last = TODAY - 10 * DAY
    done, file = report("--to", str(last), "--year")
    assert done.data["last"] == str(last)
    assert str(last + DAY) not in file.read_text().partition("<details>")[0]
    agent = next(r for r in done.data["scores"]["figures"] if r["source"] == "agent")
    assert (agent["n"], agent["last_day"]) == (N_SEALED - 10, str(last))


def test_too_little_is_not_drawn_and_says_what_is_missing(report) -> None:
    """A week has no weekday profile, and twenty mornings show no calibration."""
    done, file = report("--week", "--to", str(TODAY - 20 * DAY))
    refused = {s["name"]: s["refused"] for s in done.data["sections"] if s["refused"]}
    assert refused["weekday"] == "have 0 nights of the rarest weekday, need 4"
    assert refused["pit"] == "have 20 sealed mornings with all levels, need 30"
    assert (
        "have 20 sealed mornings with all levels, need 30" in done.data["answers"]["Not known yet"]
    )
    assert len(parsed(file).findall(f".//{SVG}svg")) == len(done.data["sections"]) - len(refused)


@pytest.mark.parametrize(
    "words",
    [
        ["--week", "--year"],
        ["--from", "2026-03-01", "--month"],
        ["--to", "2026-03-11"],
        ["--from", "2026-03-09", "--to", "2026-03-01"],
        ["--from", "2024-01-01"],
        ["--out", "other.html"],
    ],
)
def test_a_period_that_is_none_is_refused_before_anything_is_written(
    report, tmp_path: Path, words: list[str]
) -> None:
    """Two periods, the future, the end before the beginning, more than a year, two files."""
    before = tree(tmp_path)
    report(*words, code=2)
    assert tree(tmp_path) == before


def test_an_empty_home_has_no_report(hrvctl: Hrvctl, tmp_path: Path) -> None:
    """Code 4, and no file."""
    assert hrvctl("report", tmp_path / "x.html").code == 4
    assert not (tmp_path / "x.html").exists()


def test_a_period_without_a_night_leads_to_one_that_has(season: Home, hrvctl: Hrvctl) -> None:
    """Code 4, no file, and what to type; another person's name has no report at all."""
    before = tree(season.root.parent)
    later = hrvctl("--subject", SUBJECT, "report", "--week", on=TODAY + 90 * DAY)
    assert later.code == 4
    assert later.out.endswith(f"hrvctl report --to {TODAY}\n")
    assert hrvctl("--subject", "nobody", "report").code == 4
    assert tree(season.root.parent) == before


def test_it_is_opened_only_when_asked(report, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file itself, in the person's browser."""
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    report("--week")
    report("--week", "--open", "--dry-run")
    assert not opened
    _, file = report("--week", "--open")
    assert opened == [file.as_uri()]


def test_without_matplotlib_the_tables_stand_alone(report, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says the same numbers, a PDF is refused, both name the extra."""
    monkeypatch.setattr("hrvctl.report.page.find_spec", lambda _: None)
    done, file = report()
    assert not parsed(file).findall(f".//{SVG}svg")
    assert len(parsed(file).findall(".//table")) == sum(
        bool(s["rows"]) for s in done.data["sections"]
    )
    refused, _ = report(name="x.pdf", code=2)
    assert refused.json["errors"][0]["hint"] == "pip install 'hrvctl[report]'"
