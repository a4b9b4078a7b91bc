"""The population is diverse, reproducible, and made of possible people."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from hrvctl.samples.people import Traits, draw_people


def test_more_people_begin_with_the_fewer() -> None:
    """The third person of a population is the same however many there are."""
    assert draw_people(40, 1)[:3] == draw_people(3, 1)
    assert draw_people(3, 1) != draw_people(3, 2)


def test_a_population_spans_what_wearers_are() -> None:
    """Levels centre on 65 ms with an ln sd of 0.45, and habits differ."""
    crowd = draw_people(400, 0)
    ln_level = np.log([traits.level_ms for traits in crowd])
    assert np.exp(np.median(ln_level)) == pytest.approx(65, rel=0.1)
    assert np.std(ln_level) == pytest.approx(0.45, rel=0.15)
    assert 0.1 < np.mean([max(t.alcohol_probability) == 0 for t in crowd]) < 0.3
    assert 0.1 < np.mean([not t.has_sensors for t in crowd]) < 0.3
    assert len({traits.home_zone for traits in crowd}) == 9


@pytest.mark.parametrize(
    "wrong",
    [
        {"level_ms": 0.0},
        {"strain_sd": 0.0},
        {"alcohol_effect": -1.0},
        {"alcohol_probability": (0.1,) * 6},
        {"gap_probability": 1.1},
        {"drift_phi": 1.0},
        {"home_zone": "Pacific/Auckland", "trip_zones": ("America/Los_Angeles",)},
    ],
)
def test_impossible_people_are_refused(wrong: Mapping[str, Any]) -> None:
    """A trait that cannot be is told when the person is made, not in the middle of a life."""
    with pytest.raises(ValueError, match=r"lie|leaves|above|from"):
        Traits(**wrong)
