"""Garmin's reports: no year in the file, seven-day means beside the nights, two languages."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.records import Metric, Reading
from hrvctl.sources.garmin.source import Garmin
from sources.exports import DATA, by_day, document_of, open_one

TODAY = date(2025, 5, 10)
HRV = Metric.HRV_RMSSD_MS
HEADER = "Date,Overnight HRV,Baseline,7d Avg"
ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
GERMAN = ("Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")
FRENCH = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.",
          "nov.", "déc.")  # fmt: skip

# As Unicode's CLDR abbreviates them, and in full where that could be taken for another month.
OTHERS = (
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "jan. feb. mrt. apr. mei jun. jul. aug. sep. okt. nov. dec.",
    "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
    "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    "jan feb mars apr maj juni juli aug sep okt nov dec",
    "jan. feb. mars apr. mai juni juli aug. sep. okt. nov. des.",
    "led úno bře dub kvě čvn čvc srp zář říj lis pro",
    "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    "jan. febr. márc. ápr. máj. jún. júl. aug. szept. okt. nov. dec.",
    "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
    "ian. feb. mar. apr. mai iun. iul. aug. sept. oct. nov. dec.",
    "янв. февр. марта апр. мая июня июля авг. сент. окт. нояб. дек.",
    "січ. лют. бер. квіт. трав. черв. лип. серп. вер. жовт. лист. груд.",  # noqa: RUF001
)


def read(*lines: str, modified_on: date | None = None, today: date = TODAY) -> Reading:
    """Read a report of these lines."""
    document = document_of("\n".join(lines) + "\n", "HRV Status.csv")
    return Garmin().read(replace(document, modified_on=modified_on), today=today)


def night(day: str, hrv: str = "61ms") -> str:
    """Write a row of the HRV report."""
    return f"{day},{hrv},49ms - 68ms,57ms"


@given(
    newest=st.dates(date(2022, 1, 1), date(2025, 5, 9)),
    n_days=st.integers(2, 28),
    waited=st.integers(0, 300),
    gap=st.integers(0, 3),
    is_newest_first=st.booleans(),
    style=st.sampled_from(["{m} {d}", "{d} {m}", "{d}. {m}", "{d} de {m}"]),
    months=st.sampled_from([ENGLISH, GERMAN, FRENCH]),
)
@settings(max_examples=200, deadline=None)
def test_every_day_gets_its_year_back(
    newest: date,
    n_days: int,
    waited: int,
    gap: int,
    is_newest_first: bool,
    style: str,
    months: tuple[str, ...],
) -> None:
    """Exported within a year of its end; over new year and 29 February, in any order."""
    days = [newest - timedelta(days=i * (1 + gap)) for i in range(n_days)]
    written = [night(style.format(m=months[day.month - 1], d=day.day)) for day in days]
    lines = written if is_newest_first else written[::-1]
    exported_on = newest + timedelta(days=waited)
    reading = read(HEADER, *lines, modified_on=exported_on, today=max(exported_on, TODAY))
    assert set(by_day(reading, HRV)) == set(days)


def test_the_year_is_the_one_the_file_was_written_in() -> None:
    """A report kept for a year and a half is not of this year; and what is read is told."""
    reading = read(HEADER, night("Mar 14"), night("Mar 13"), modified_on=date(2024, 3, 14))
    assert set(by_day(reading, HRV)) == {date(2024, 3, 13), date(2024, 3, 14)}
    assert "no years: read as 2024-03-13 to 2024-03-14" in reading.warnings[0]


def test_without_the_files_date_the_newest_night_is_the_latest_that_can_be() -> None:
    """On 10 May, 14 March is this year's and 9 June was last year's."""
    reading = read(HEADER, night("Mar 14"), night("Mar 13"))
    assert set(by_day(reading, HRV)) == {date(2025, 3, 13), date(2025, 3, 14)}
    assert set(by_day(read(HEADER, night("9 Jun"), night("8 Jun")), HRV)) == {
        date(2024, 6, 8),
        date(2024, 6, 9),
    }


def test_a_file_time_before_there_were_reports_is_none() -> None:
    """A zip that knows no time writes 1980; the newest night is then the latest that can be."""
    reading = read(HEADER, night("Mar 14"), modified_on=date(1980, 1, 1))
    assert set(by_day(reading, HRV)) == {date(2025, 3, 14)}


@pytest.mark.parametrize("modified_on", [None, TODAY])
def test_a_night_of_tomorrow_by_our_clock_is_not_last_years(modified_on: date | None) -> None:
    """East of the clock here it is tomorrow already; a year off, every night would be wrong."""
    reading = read(HEADER, night("May 11"), night("May 10"), modified_on=modified_on)
    assert set(by_day(reading, HRV)) == {date(2025, 5, 11), date(2025, 5, 10)}


@pytest.mark.parametrize(
    "lines",
    [
        ("Sleep Score 7 Days,Score,Resting Heart Rate,HRV Status", "Mar 14,81,49,57"),
        ("Sleep Score 1 Day,", "Date,Mar 14", "Avg Overnight HRV,61 ms"),
        (",Resting Heart Rate", "Mar 14,49"),
    ],
    ids=["sleep", "one night", "resting heart rate"],
)
def test_every_report_without_years_says_which_it_was_read_as(lines: tuple[str, ...]) -> None:
    """A copied file may have the copy's time, so only the person can say."""
    reading = read(*lines)
    assert {m.day for m in reading.measurements} == {date(2025, 3, 14)}
    assert "no years: read as 2025-03-14; if that is wrong" in reading.warnings[0]


def test_a_year_in_the_file_is_believed() -> None:
    """Whoever wrote the years in need not be asked."""
    reading = read(HEADER, night("14 Mar 2023"), night("13 Mar 2023"))
    assert set(by_day(reading, HRV)) == {date(2023, 3, 13), date(2023, 3, 14)}
    assert not reading.warnings


@pytest.mark.parametrize("cell", ["--", "", "0ms", "-"])
def test_a_night_without_hrv_is_missing(cell: str) -> None:
    """However the report says so; it is no fault and no zero."""
    reading = read(HEADER, night("Mar 14"), night("Mar 13", cell))
    assert by_day(reading, HRV) == {date(2025, 3, 14): 61}
    assert reading.problems == ()


@pytest.mark.parametrize("months", OTHERS)
def test_a_month_has_its_number_in_every_language(months: str) -> None:
    """Never that of another language's month that begins alike."""
    for number, name in enumerate(months.split(), 1):
        reading = read("X,Y,Z,W", night(f"9 {name}"), today=date(2025, 12, 31))
        assert set(by_day(reading, HRV)) == {date(2025, number, 9)}, name


@pytest.mark.parametrize("unit", ["ms", "мс", "毫秒", "ミリ秒", "밀리초"])
def test_a_night_has_its_unit_in_every_alphabet(unit: str) -> None:
    """A report is known by its cells where its header is in no language we know."""
    document = document_of(f"X,Y,Z,W\n14 Mar,61{unit},49{unit} - 68{unit},57{unit}\n")
    assert Garmin().identify(document) == "hrv_report"
    assert by_day(Garmin().read(document, today=TODAY), HRV) == {date(2025, 3, 14): 61}


@pytest.mark.parametrize("day", ["Brumaire 14", "14", "Feb 30", "yesterday"])
def test_a_date_that_is_none_makes_the_file_faulty(day: str) -> None:
    """A month of no language we know is told, not guessed at."""
    assert read(HEADER, night("Mar 14"), night(day)).problems[0].value == day


def test_the_mean_of_seven_nights_is_never_a_night() -> None:
    """Neither of the HRV report nor of the sleep report, which calls it HRV Status."""
    assert set(by_day(read(HEADER, night("Mar 14", "--")), HRV)) == set()
    for name in ("sleep.csv", "schlaf.csv"):
        reading = Garmin().read(open_one(DATA / "garmin" / name), today=TODAY)
        assert by_day(reading, HRV) == {}
        assert by_day(reading, Metric.RESTING_HR_BPM)


def test_a_german_decimal_comma_moves_no_column() -> None:
    """+0,3° is one value; the duration behind it is still the duration."""
    reading = Garmin().read(open_one(DATA / "garmin" / "schlaf.csv"), today=TODAY)
    day = date(2025, 4, 3)
    assert by_day(reading, Metric.SKIN_TEMP_DEVIATION_C)[day] == pytest.approx(0.3)
    assert by_day(reading, Metric.ASLEEP_MIN)[day] == 6 * 60 + 58


@pytest.mark.parametrize("hours", ["9" * 400 + "h", "9" * 5000 + "h 58min"])
def test_a_duration_no_night_has_is_left_out(hours: str) -> None:
    """However many digits it has; what stands beside it is read."""
    report = (DATA / "garmin" / "schlaf.csv").read_text(encoding="utf-8")
    damaged = document_of(report.replace("6h 58min", hours), "schlaf.csv")
    reading = Garmin().read(damaged, today=TODAY)
    day = date(2025, 4, 3)
    assert day not in by_day(reading, Metric.ASLEEP_MIN)
    assert by_day(reading, Metric.RESTING_HR_BPM)[day] == 55
    assert any("not a duration" in said for said in reading.warnings)


def test_a_single_nights_report_has_the_nights_own_hrv() -> None:
    """In both languages, and its seven-day mean is left where it is."""
    for name, day, value in (
        ("schlaf_eine_nacht.csv", date(2025, 4, 3), 43),
        ("sleep_one_night.csv", date(2025, 3, 9), 62),
    ):
        reading = Garmin().read(open_one(DATA / "garmin" / name), today=TODAY)
        assert by_day(reading, HRV) == {day: value}


def test_weeks_are_no_nights() -> None:
    """The report of a year has weeks; it is recognised, gives nothing, and says what to do."""
    reading = read("Date,Avg Score,Avg Quality,Avg Duration", "Nov 1-7,77,Fair,6h 58min")
    assert reading.kind == "sleep_weeks"
    assert reading.measurements == ()
    assert "choose 4 weeks" in reading.warnings[0]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["10/22/2024", "10/21/2024"], {date(2024, 10, 22), date(2024, 10, 21)}),
        (["22/10/2024", "21/10/2024"], {date(2024, 10, 22), date(2024, 10, 21)}),
        (["1/5/2025", "1/4/2025", "1/3/2025"], {date(2025, 1, d) for d in (3, 4, 5)}),
        (["5/1/2025", "4/1/2025", "3/1/2025"], {date(2025, 1, d) for d in (3, 4, 5)}),
    ],
    ids=["month first", "day first", "months by steps", "days by steps"],
)
def test_month_and_day_are_told_apart(days: list[str], expected: set[date]) -> None:
    """By a number past 12, else since rows are a day apart and not a month."""
    reading = read(",Resting Heart Rate", *(f"{day},51" for day in days))
    assert set(by_day(reading, Metric.RESTING_HR_BPM)) == expected


def test_where_they_cannot_be_told_apart_the_person_is_asked() -> None:
    """1/2/2025 alone may be in January or in February."""
    (problem,) = read(",Resting Heart Rate", "1/2/2025,51").problems
    assert "day first or month first" in problem.why


@pytest.mark.parametrize(
    ("day", "expected"), [("3月14日", date(2025, 3, 14)), ("3월 14일", date(2025, 3, 14))]
)
def test_a_report_of_a_language_without_letters_of_ours_is_read(day: str, expected: date) -> None:
    """It is known by what stands in its cells: a date, 61ms, 49ms - 68ms."""
    document = document_of(f"日付,夜間HRV,基準値,7日平均\n{night(day)}\n")
    assert Garmin().identify(document) == "hrv_report"
    assert set(by_day(Garmin().read(document, today=TODAY), HRV)) == {expected}


@pytest.mark.parametrize(
    "header",
    [
        "Score de sommeil 4 semaines,Score,Fréquence cardiaque au repos,Body Battery,Oxymètre de"
        " pouls,Respiration,Statut VFC,Qualité,Durée,Besoin de sommeil",
        "Punteggio sonno 4 settimane,Punteggio,Frequenza cardiaca a riposo,Body Battery,"
        "Pulsossimetro,Respirazione,Stato HRV,Qualità,Durata,Sonno necessario",
        "Pontuação de sono 4 semanas,Pontuação,Frequência cardíaca em repouso,Body Battery,Oxímetro"
        " de pulso,Respiração,Status VFC,Qualidade,Duração,Necessidade de sono",
    ],
)
def test_a_sleep_report_is_known_by_its_words_in_other_languages(header: str) -> None:
    """The HRV status, a mean of seven days, is read in none of them."""
    row = "2025-05-04,81,52,66,95.40,13.90,45,-,7h 31min,8h 0min"
    document = document_of(f"{header}\n{row}\n")
    assert Garmin().identify(document) == "sleep_report"
    found = {m.metric: m.value for m in Garmin().read(document, today=TODAY).measurements}
    assert found == {
        Metric.RESTING_HR_BPM: 52,
        Metric.SPO2_PCT: 95.4,
        Metric.RESPIRATORY_RATE_RPM: 13.9,
        Metric.ASLEEP_MIN: 451,
        Metric.SLEEP_NEED_MIN: 480,
    }
