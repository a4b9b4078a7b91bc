"""Random numbers of a simulation: a seeded table, one row per day, one named column per use."""

from dataclasses import dataclass
from enum import IntEnum
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Columns of the table. More than are named, because the table is filled row by row: as long as
# the width stays, a new use can take a free column without changing any earlier simulation.
WIDTH = 64
# Smallest uniform, so that the normal quantile stays finite (half the spacing of PCG64 doubles).
TINY = 2.0**-54

_STANDARD = NormalDist()


class Draw(IntEnum):
    """The columns of the table. Numbers are never reused or moved; free ones may be taken."""

    NIGHT_NOISE = 0
    DRIFT = 1
    AROUSAL = 2
    STRAIN = 3
    ALCOHOL = 4
    CAFFEINE = 5
    STRESS = 6
    ILLNESS_START = 7
    ILLNESS_LENGTH = 8
    TRIP_START = 9
    TRIP_LENGTH = 10
    TRIP_ZONE = 11
    GAP = 12
    GAP_KIND = 13
    LONG_GAP_START = 14
    LONG_GAP_LENGTH = 15
    BEDTIME = 16
    IN_BED = 17
    EFFICIENCY = 18
    DEEP = 19
    REM = 20
    RESTING_HR = 21
    RESPIRATION = 22
    SKIN_TEMP = 23
    SPO2 = 24
    WAKING_HR = 25
    ENERGY = 26
    MAX_HR = 27
    JOURNAL = 28
    ASKED_ALCOHOL = 29
    ASKED_CAFFEINE = 30
    ASKED_STRESS = 31
    ASKED_SICK = 32
    NOTE = 33
    NAP = 34
    NAP_START = 35
    NAP_LENGTH = 36
    WORKOUT_START = 37
    WORKOUT_NAME = 38
    SECONDS = 39


@dataclass(frozen=True, slots=True)
class Draws:
    """A seeded table of uniforms, read by column.

    Attributes:
        table: Shape (n_rows, WIDTH), in (0, 1).
    """

    table: Floats

    def uniform(self, column: Draw) -> Floats:
        """One column; shape (n_rows,), in (0, 1)."""
        values: Floats = self.table[:, column]
        return values

    def normal(self, column: Draw) -> Floats:
        """One column as standard normal values; shape (n_rows,).

        By the inverse distribution function (Wichura 1988, AS 241, as in the standard library):
        one uniform gives one normal, so columns stay independent of each other.
        """
        return np.array([_STANDARD.inv_cdf(p) for p in self.uniform(column).tolist()])


def draw_uniforms(n_rows: int, seed: int) -> Draws:
    """Draw the table; a longer one begins with the rows of a shorter one.

    Only the bit generator and its uniforms are used: NumPy guarantees the stream of PCG64, but not
    that of ``Generator.normal`` and the other distributions (NEP 19).

    Returns:
        A table of shape (n_rows, WIDTH).
    """
    table = np.random.Generator(np.random.PCG64(seed)).random((n_rows, WIDTH))
    return Draws(np.maximum(table, TINY))
