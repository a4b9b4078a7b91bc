"""The evening on one page: nothing dated later, nothing left without a reason."""

from datetime import date

from hrvctl.domain import intelligence, journal, training
from hrvctl.domain.effects import measure_effects
from hrvctl.domain.forecast.registry import CANDIDATES
from hrvctl.domain.series import NAN, History
from hrvctl.records import Metric

NIGHTS = tuple(60.0 + (i * 7) % 11 for i in range(40))


def history(nights=NIGHTS, answers=None):
    return History(
        first=date(2026, 1, 1),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        hrv=nights,
        measured={},
        journal=answers or {},
    )


def summarise(past):
    trained = training.train(past, forecasters=CANDIDATES)
    features = journal.journal_features([], [], day=past.last)
    return intelligence.summarise(
        past,
        predictions=trained.predictions(inputs_sha256=""),
        metrics=trained.metrics(),
        journal=features,
        others=(),
        profile="robust60",
        effects=measure_effects(past),
    )


def test_it_holds_the_forecast_the_range_and_the_record():
    """One page: tomorrow, the normal range, the served model and how it has done."""
    page = summarise(history())
    assert page.target == date(2026, 2, 10)
    assert page.baseline.low_ms < page.baseline.high_ms
    assert page.forecast.source == page.model.name
    assert page.model.backtest.mae_ms == page.models_compared[page.model.name]


def test_it_lists_two_weeks_with_their_gaps():
    """A missing night is listed as missing, not left out and not filled in."""
    page = summarise(history((*NIGHTS[:-3], NAN, *NIGHTS[-2:])))
    nights = page.last_nights
    assert len(nights) == 14
    assert [n.hrv_ms for n in nights][-3] is None
    assert nights[-1].day == date(2026, 2, 9)


def test_it_holds_what_the_answers_did():
    """Every question asked is on the page, also the one that could not be tested."""
    page = summarise(history(answers={"sauna": (NAN,) * 39 + (1.0,)}))
    (sauna,) = page.effects.tested
    assert (sauna.tag, sauna.missing) == ("sauna", "have 0 yes and 0 no, need 8 of each")


def test_an_empty_history_still_makes_a_page_that_says_why():
    """No night: no forecast, no range, and the reason in words."""
    page = summarise(history(()))
    assert page.forecast is None
    assert page.withheld == "have 0 nights, need 1"
    assert page.baseline.light == "unknown"
