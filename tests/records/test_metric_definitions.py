"""Every metric is defined: a codebook has no hole."""

from hrvctl.records import Metric
from hrvctl.records.metric_definitions import DEFINITIONS


def test_every_metric_has_a_sentence() -> None:
    assert set(DEFINITIONS) == set(Metric)
    assert len(set(DEFINITIONS.values())) == len(Metric)
    assert all(text[0].isupper() and not text.endswith(".") for text in DEFINITIONS.values())
