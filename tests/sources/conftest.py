"""What the tests of sources share: a day to stand on, and the option to rewrite golden files."""

from datetime import date

import pytest

pytest.register_assert_rewrite("sources.conformance")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer ``--regenerate``."""
    parser.addoption(
        "--regenerate",
        action="store_true",
        default=False,
        help="rewrite the golden files of tests/data/sources; look at every difference",
    )


@pytest.fixture
def today() -> date:
    """A day shortly after the newest night in the fixtures."""
    return date(2025, 5, 10)
