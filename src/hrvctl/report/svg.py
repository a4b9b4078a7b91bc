"""Charts as SVG inside a page: colours of its style sheet, no address, no id twice."""

import io
import re
from xml.etree import ElementTree

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from hrvctl.report import charts
from hrvctl.report.day_labels import DayLabels
from hrvctl.report.sections import Section
from hrvctl.report.style import styled
from hrvctl.usecases.report import Report

# Inches at 72 dots: as wide as the narrowest phone in use, so that text is as large as it reads.
WIDTH, HEIGHT = 5.0, 3.3
# Colours that stand for a variable of the page's style sheet until the chart is drawn.
_VARIABLES = ("ink", "faint", "band", "dot", "line", *(f"class{i}" for i in range(5)))
_MARKS = {name: f"#0102{i:02x}" for i, name in enumerate(_VARIABLES)}
PALETTE = charts.Palette(
    **{name: _MARKS[name] for name in ("ink", "faint", "band", "dot", "line")},
    classes=tuple(_MARKS[f"class{i}"] for i in range(5)),
)
_AS_VARIABLE = {mark: f"var(--{name})" for name, mark in _MARKS.items()}
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def chart(section: Section, report: Report, labels: DayLabels) -> str:
    """Draw a section's chart as an ``svg`` element with an accessible name."""
    with styled(PALETTE, salt=section.name):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        FigureCanvasSVG(figure)
        charts.draw(section.name, figure.subplots(), report, labels, PALETTE)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return _inline(buffer.getvalue(), section)


def _inline(written: str, section: Section) -> str:
    root = ElementTree.fromstring(written)  # noqa: S314 - matplotlib's own writer wrote it
    _strip(root, section.name, _referenced(root))
    box = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update({"viewBox": box, "role": "img", "aria-labelledby": f"{section.name}-chart"})
    title = ElementTree.Element("title", {"id": f"{section.name}-chart"})
    title.text = f"Chart: {section.title}. {section.sentence}"
    root.insert(0, title)
    text = ElementTree.tostring(root, encoding="unicode", method="html")
    for mark, variable in _AS_VARIABLE.items():
        text = text.replace(mark, variable)
    return text


def _strip(element: ElementTree.Element, prefix: str, referenced: set[str]) -> None:
    """Drop what is not the chart's alone: namespaces, metadata, style sheet, ids without a use.

    The ids that stay begin with the chart's name.
    """
    element.tag = element.tag.rpartition("}")[2]
    for child in [c for c in element if c.tag.endswith(("}metadata", "}style"))]:
        element.remove(child)
    for key, value in list(element.attrib.items()):
        name = key.rpartition("}")[2]
        del element.attrib[key]
        if name == "id":
            if value in referenced:
                element.attrib["id"] = f"{prefix}-{value}"
        elif name == "href":
            element.attrib["href"] = f"#{prefix}-{value.removeprefix('#')}"
        else:
            element.attrib[name] = _REFERENCE.sub(rf"url(#{prefix}-\1)", value)
    for child in element:
        _strip(child, prefix, referenced)


def _referenced(root: ElementTree.Element) -> set[str]:
    found = set()
    for element in root.iter():
        for key, value in element.attrib.items():
            if key.endswith("href"):
                found.add(value.removeprefix("#"))
            found.update(_REFERENCE.findall(value))
    return found
