"""What charts have in common, on the page, in the PDF and in files of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl

from hrvctl.report.charts import Palette

# On white.
PAPER = Palette(
    ink="#22252b",
    faint="#c2c7d0",
    band="#bcd6ee",
    dot="#1d5fa6",
    line="#b3420f",
    classes=("#a33b0a", "#e6a57e", "#d5d9e0", "#86b4de", "#1d5fa6"),
)


@contextmanager
def styled(palette: Palette, *, salt: str = "") -> Iterator[None]:
    """Draw in a palette, whatever the person's own matplotlibrc says.

    Args:
        palette: The colours.
        salt: Of the ids in an SVG: the same salt and content give the same ids.
    """
    params: dict[Any, Any] = {
        "font.size": 9,
        "legend.fontsize": 8,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.7,
        "axes.edgecolor": palette.ink,
        "axes.labelcolor": palette.ink,
        "text.color": palette.ink,
        "text.parse_math": False,  # a dollar in a tag would begin a formula
        "xtick.color": palette.ink,
        "ytick.color": palette.ink,
        "legend.frameon": False,
        "legend.handlelength": 1.8,
        "legend.columnspacing": 0.9,
        "legend.handletextpad": 0.4,
        "legend.borderaxespad": 0.1,
        "svg.fonttype": "none",
        "svg.hashsalt": salt or None,
    }
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(params)
        yield
