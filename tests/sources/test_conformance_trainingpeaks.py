"""The promises of a source, held by TrainingPeaks'."""

from hrvctl.sources.trainingpeaks import TrainingPeaks
from sources.conformance import SourceConformance


class TestTrainingPeaks(SourceConformance):
    """metrics.csv."""

    source = TrainingPeaks()
