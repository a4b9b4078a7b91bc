"""Rows with more cells than names: fitted where it is certain, refused where it is not."""

import pytest

from hrvctl.sources.kit.cell_values import Row, rows
from hrvctl.sources.kit.ragged_rows import RowFitter


def fitted(text: str, needed: set[int]) -> list[tuple[str, ...] | None]:
    """Fit every row of a table."""
    header, *below = rows(text)
    fitter = RowFitter(below, len(header.cells), needed)
    found = [fitter.fit(row) for row in below]
    return [row.cells if isinstance(row, Row) else None for row in found]


def test_a_comma_in_a_note_behind_the_read_columns_does_no_harm() -> None:
    """What is read stands in front of it."""
    text = "date,hrv,note\n2025-05-01,58,fine\n2025-05-02,61,slept well, then ran\n"
    assert fitted(text, {0, 1})[1] == ("2025-05-02", "61", "slept well")


def test_a_decimal_comma_behind_the_read_columns_does_no_harm() -> None:
    """A place is written so, where the numbers that are read have points."""
    text = "date,hr,hrv,latitude,note\n2025-05-01,54.5,58.1,-,\n2025-05-02,53.0,61.2,52,1234,-\n"
    found = fitted(text, {0, 1, 2})[1]
    assert found is not None
    assert found[:3] == ("2025-05-02", "53.0", "61.2")


def test_decimal_commas_without_quotes_are_joined_where_only_one_way_fits() -> None:
    """Both numbers of the row, or the only one."""
    assert fitted("date,hrv,rhr\n2025-05-01,41,5,52,3\n", {0, 1, 2}) == [
        ("2025-05-01", "41.5", "52.3")
    ]
    assert fitted("date,hrv\n2025-05-01,41,5\n", {0, 1}) == [("2025-05-01", "41.5")]


@pytest.mark.parametrize(
    "text",
    [
        "date,hrv,rhr\n2025-05-01,41,52,3\n",  # 41 and 52.3, or 41.52 and 3
        "date,hrv,rhr,note\n2025-05-01,41,5,52,fine\n",  # 41.5, 52, fine or 41, 5.52, fine
        "date,hrv\n2025-05-01,41.0\n2025-05-02,42.5,9\n",  # a number too many
        "date,type,hrv\n2025-05-01,a,b,58\n",  # a comma in front of what is read
        "date,hrv\n2025-05-01\n",
    ],
)
def test_a_row_that_may_be_read_in_two_ways_is_refused(text: str) -> None:
    """A wrong number is worse than none."""
    assert fitted(text, set(range(text.split("\n")[0].count(",") + 1)) - {3})[-1] is None
