"""A report as one web page: no script, and nothing loaded from elsewhere."""

from importlib.util import find_spec

from markupsafe import Markup

from hrvctl.report.content import Content
from hrvctl.report.sections import Section
from hrvctl.report.templates import fill


def can_draw() -> bool:
    """Whether matplotlib, of the extra ``report``, is installed."""
    return find_spec("matplotlib") is not None


def web_page(content: Content) -> str:
    """Write the page; without matplotlib its tables stand alone."""
    has_charts = can_draw()
    charts = {
        section.name: _chart(section, content) if has_charts and not section.refused else ""
        for section in content.sections
    }
    return fill(
        "page.html.jinja",
        title=content.title,
        subtitle=content.subtitle,
        answers=content.answers,
        sections=content.sections,
        charts=charts,
    )


def _chart(section: Section, content: Content) -> Markup:
    from hrvctl.report.svg import chart  # noqa: PLC0415 - matplotlib is an extra

    # It is an element, whose texts are escaped already.
    return Markup(chart(section, content.report, content.labels))  # noqa: S704 - see above
