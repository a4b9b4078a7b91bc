"""The forest plot as a file: every person and the mean are in it, and nothing from outside."""

from xml.etree import ElementTree

from cli.test_forest_picture import person
from hrvctl.domain.cohorts.effects import pool_people
from hrvctl.report.forest import MOST_PEOPLE, forest_svg

SVG = "{http://www.w3.org/2000/svg}"
PEOPLE = [person("Anna", -0.1, 0.02), person("Ben & <Co>", 0.0, 0.1), person("Zoë", 0.1, 0.05)]


def parsed(svg):
    return ElementTree.fromstring(svg)  # noqa: S314 - what was just drawn


def texts(svg):
    return ["".join(text.itertext()) for text in parsed(svg).iter(f"{SVG}text")]


def test_a_line_a_person_then_the_mean_and_one_more() -> None:
    svg = forest_svg(pool_people("wine", PEOPLE))
    shown = texts(svg)
    for name in ("Anna, 10", "Ben & <Co>, 10", "Zoë, 10", "mean of 3", "one more person"):
        assert name in shown
    assert "wine: change after a yes with 95 % interval, 3 people" in shown
    assert svg == forest_svg(pool_people("wine", PEOPLE))


def test_one_person_alone_is_drawn() -> None:
    shown = texts(forest_svg(pool_people("wine", PEOPLE[:1])))
    assert "Anna, 10" in shown
    assert not [text for text in shown if "mean" in text or "more" in text]


def test_a_large_cohort_stays_a_page() -> None:
    people = [person(f"p{n:03}", n / 1000, 0.01 + n / 1000) for n in range(300)]
    svg = forest_svg(pool_people("wine", people))
    shown = texts(svg)
    assert sum(text.startswith("p") and text.endswith(", 10") for text in shown) == MOST_PEOPLE
    assert "mean of 300" in shown
    assert float(parsed(svg).attrib["height"].removesuffix("pt")) < 11 * 72


def test_a_name_cannot_act_on_the_page() -> None:
    """Signs that no XML may have are written out."""
    svg = forest_svg(pool_people("a\x00b\x1b[31m", [person("x\x08<script>", 0.1, 0.1)]))
    assert "<script" not in svg
    assert parsed(svg).tag == f"{SVG}svg"
