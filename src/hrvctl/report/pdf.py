"""A report as a PDF: the answers on its first page, then two charts a page."""

import io
import textwrap
from collections.abc import Sequence

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from hrvctl.report import charts
from hrvctl.report.content import Content
from hrvctl.report.sections import Section
from hrvctl.report.style import PAPER, styled

# A page that prints on A4 (210 mm wide) and on Letter (279 mm high), inches.
PAGE = (8.27, 11.0)
# Characters of a line of 9 points between the margins, and its height as a part of the page's.
LINE_CHARS, LINE_HEIGHT = 98, 0.017
LEFT, TOP = 0.09, 0.93
CHARTS_A_PAGE, CHART_HEIGHT = 2, 0.29
# Room on the left for the longest name of a question.
AXES_LEFT, AXES_WIDTH = 0.24, 0.67


def pdf(content: Content) -> bytes:
    """Write the PDF: the same content gives the same bytes."""
    buffer = io.BytesIO()
    drawn = [section for section in content.sections if not section.refused]
    metadata = {"Title": content.title, "Creator": "hrvctl", "CreationDate": None}
    with styled(PAPER), PdfPages(buffer, metadata=metadata) as pages:
        pages.savefig(_first_page(content))
        for start in range(0, len(drawn), CHARTS_A_PAGE):
            pages.savefig(_charts(content, drawn[start : start + CHARTS_A_PAGE]))
    return buffer.getvalue()


def _first_page(content: Content) -> Figure:
    figure = Figure(figsize=PAGE)
    y = _write(figure, content.title, TOP, size=15, chars=58)
    y = _write(figure, content.subtitle, y) - LINE_HEIGHT
    for question, answer in content.answers:
        y = _write(figure, question, y, weight="bold")
        y = _write(figure, answer, y) - LINE_HEIGHT / 2
    _write(figure, "Made by hrvctl. Not a medical device.", y - LINE_HEIGHT)
    return figure


def _charts(content: Content, drawn: Sequence[Section]) -> Figure:
    figure = Figure(figsize=PAGE)
    for i, section in enumerate(drawn):
        y = TOP - i * 0.46
        y = _write(figure, section.title, y, weight="bold")
        y = _write(figure, section.sentence, y) - 2 * LINE_HEIGHT
        axes = figure.add_axes((AXES_LEFT, y - CHART_HEIGHT, AXES_WIDTH, CHART_HEIGHT))
        charts.draw(section.name, axes, content.report, content.labels, PAPER)
    return figure


def _write(
    figure: Figure,
    text: str,
    y: float,
    *,
    size: float = 9,
    weight: str = "normal",
    chars: int = LINE_CHARS,
) -> float:
    """Write wrapped lines below a height, a part of the page's; returns where they end."""
    lines = textwrap.wrap(text, chars)
    shown = "\n".join(lines)
    figure.text(LEFT, y, shown, size=size, weight=weight, va="top", linespacing=1.3)
    return y - len(lines) * LINE_HEIGHT * size / 9
