"""What a report says, whatever it is written as: title, answers and sections."""

from dataclasses import dataclass

from hrvctl.errors import count
from hrvctl.records import Metric
from hrvctl.records.choices import Audience
from hrvctl.report.day_labels import DayLabels
from hrvctl.report.sections import Section, sections
from hrvctl.report.words import answers
from hrvctl.usecases.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The content of a report.

    Attributes:
        title: Its heading.
        subtitle: Period and device.
        answers: Questions and their answers, in words.
        sections: In the order they are shown.
        report: The figures, for the charts.
        labels: How days are written.
    """

    title: str
    subtitle: str
    answers: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    report: Report
    labels: DayLabels


def compose(report: Report, audience: Audience, *, is_shared: bool) -> Content:
    """Choose and word what a reader is shown; a shared report has no name and no exact date."""
    labels = DayLabels(report.last, is_shared=is_shared)
    shown = sections(report, labels, audience)
    n_days = len(report.days)
    kind = "SDNN" if report.metric is Metric.HRV_SDNN_MS else "RMSSD"
    what = f"{kind} in ms" + (f", measured by {report.measured_by}" if report.measured_by else "")
    if is_shared:
        title = f"HRV over {count(n_days, 'day')}"
        subtitle = f"{what}. Days are counted from the last one."
    else:
        title = (
            f"HRV of {report.subject}, {labels.words(report.first)} to {labels.words(report.last)}"
        )
        subtitle = f"{what}, {count(n_days, 'day')}."
    return Content(
        title=title,
        subtitle=subtitle,
        answers=(*answers(report, labels), ("Not known yet", _unknown(report, shown))),
        sections=shown,
        report=report,
        labels=labels,
    )


def _unknown(report: Report, shown: tuple[Section, ...]) -> str:
    missing = [*report.baseline.missing, *(f"{s.title}: {s.refused}" for s in shown if s.refused)]
    return f"{'; '.join(missing)}." if missing else "Nothing that this report would show."
