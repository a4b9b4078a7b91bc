"""Dates whose month is a word: in every language that the apps who write them are sold in."""

# ruff: noqa: RUF001 - letters of other scripts look like Latin ones
from datetime import date, timedelta

import pytest

from hrvctl.sources.kit.column_dates import ColumnDates
from hrvctl.sources.kit.written_dates import parse, resolve

TODAY = date(2026, 11, 28)
# Short names from January on (Unicode CLDR), of the languages of Garmin Connect and the iPhone that
# are not in Chinese, Japanese or Korean signs.
LANGUAGES = {
    "Bulgarian": "яну фев март апр май юни юли авг сеп окт ное дек",
    "Catalan": "gen. febr. març abr. maig juny jul. ag. set. oct. nov. des.",
    "Croatian": "sij velj ožu tra svi lip srp kol ruj lis stu pro",
    "Czech": "led úno bře dub kvě čvn čvc srp zář říj lis pro",
    "Danish": "jan. feb. mar. apr. maj jun. jul. aug. sep. okt. nov. dec.",
    "Dutch": "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "English": "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
    "Estonian": "jaan veebr märts apr mai juuni juuli aug sept okt nov dets",
    "Finnish": "tammik helmik maalisk huhtik toukok kesäk heinäk elok syysk lokak marrask jouluk",
    "French": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "German": "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "Greek": "Ιαν Φεβ Μαρ Απρ Μαΐ Ιουν Ιουλ Αυγ Σεπ Οκτ Νοε Δεκ",
    "Hebrew": "ינו׳ פבר׳ מרץ אפר׳ מאי יוני יולי אוג׳ ספט׳ אוק׳ נוב׳ דצמ׳",
    "Arabic": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "Hungarian": "jan. febr. márc. ápr. máj. jún. júl. aug. szept. okt. nov. dec.",
    "Icelandic": "jan. feb. mar. apr. maí jún. júl. ágú. sep. okt. nóv. des.",
    "Indonesian": "Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des",
    "Italian": "gen feb mar apr mag giu lug ago set ott nov dic",
    "Latvian": "janv. febr. marts apr. maijs jūn. jūl. aug. sept. okt. nov. dec.",
    "Lithuanian": "saus. vas. kov. bal. geg. birž. liep. rugp. rugs. spal. lapkr. gruod.",
    "Malay": "Jan Feb Mac Apr Mei Jun Jul Ogo Sep Okt Nov Dis",
    "Norwegian": "jan. feb. mars apr. mai juni juli aug. sep. okt. nov. des.",
    "Polish": "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    "Portuguese": "jan fev mar abr mai jun jul ago set out nov dez",
    "Romanian": "ian. feb. mar. apr. mai iun. iul. aug. sept. oct. nov. dec.",
    "Russian": "янв. февр. мар. апр. мая июн. июл. авг. сент. окт. нояб. дек.",
    "Serbian": "јан феб мар апр мај јун јул авг сеп окт нов дец",
    "Slovak": "jan feb mar apr máj jún júl aug sep okt nov dec",
    "Slovenian": "jan. feb. mar. apr. maj jun. jul. avg. sep. okt. nov. dec.",
    "Spanish": "ene feb mar abr may jun jul ago sept oct nov dic",
    "Swedish": "jan. feb. mars apr. maj juni juli aug. sep. okt. nov. dec.",
    "Turkish": "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
    "Ukrainian": "січ. лют. бер. квіт. трав. черв. лип. серп. вер. жовт. лист. груд.",
}  # fmt: skip
CROATIAN = LANGUAGES["Croatian"].split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_year_of_each_language_is_read(language: str) -> None:
    """Every twelve short names are the months in order, before the day and after it."""
    names = LANGUAGES[language].split()
    months = [date(2026, month, 5) for month in range(1, 12)]
    assert resolve([f"5 {name} 2026" for name in names[:11]], TODAY) == months
    assert resolve([f"{name} 5" for name in names[:11]], TODAY) == months
    last = resolve([f"5 {name}" for name in names[10:]], date(2026, 12, 31))
    assert last == [date(2026, 11, 5), date(2026, 12, 5)]


@pytest.mark.parametrize(
    ("names", "months"),
    [
        ("siječnja veljače ožujka travnja svibnja lipnja", range(1, 7)),
        ("srpnja kolovoza rujna listopada studenoga prosinca", range(7, 13)),
        ("lipca sierpnia września października listopada grudnia", range(7, 13)),
        ("května června července srpna září října", range(5, 11)),
        ("srpanj lipanj", (7, 6)), ("lipiec lipca", (7, 7)), ("srpen", (8,)),
    ],
)  # fmt: skip
def test_a_month_that_two_languages_name_alike_is_that_of_its_column(
    names: str, months: range
) -> None:
    """Listopad is October in Croatian and November in Polish; the other months of the file tell."""
    cells = [f"5. {name} 2025" for name in names.split()]
    assert resolve(cells, TODAY) == [date(2025, month, 5) for month in months]


@pytest.mark.parametrize(("until", "month"), [(date(2026, 10, 28), 10), (date(2026, 11, 28), 11)])
def test_without_a_year_the_newer_reading_of_such_a_month_is_taken(until: date, month: int) -> None:
    """Four weeks end today: "28 lis" is of October on 28 October, and of November a month later."""
    days = [date(2026, month, 28) - timedelta(days=n) for n in range(27)]
    assert resolve([f"{day.day} lis" for day in days], until) == days


def test_own_tables_may_name_months_in_croatian() -> None:
    """The whole column tells the language."""
    dates = ColumnDates(["30. lis 2026", "1. stu 2026"], TODAY)
    assert [dates.iso("30. lis 2026"), dates.iso("1. stu 2026")] == ["2026-10-30", "2026-11-01"]


@pytest.mark.parametrize(
    ("cell", "day"),
    [("28 thg 11, 2026", (11, 28)), ("Tháng 11 28, 2026", (11, 28)), ("5 thg 3 2026", (3, 5))],
)
def test_vietnamese_writes_the_number_of_the_month_after_a_word(
    cell: str, day: tuple[int, int]
) -> None:
    """The word says which number is the month."""
    written = parse(cell)
    assert written is not None
    assert (written.month, written.day, written.is_ordered) == (*day, True)
