"""Learn the pooled prior of the hierarchical ridge from people's exports.

    python benchmarks/learn_prior.py --exports DIR [--others TABLE.csv] [--out prior.json]
                                     [--against OTHER.json]

DIR holds one folder (or zip) a person; TABLE.csv has one row a night (see ``people.read_table``).
What is learned, and how, is in ``hrvctl.domain.forecast.learned_prior``.
"""

import argparse
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from people import read_people, read_table

from hrvctl.domain.forecast.learned_prior import document, has_day_inputs
from hrvctl.domain.series import History
from hrvctl.records import Metric

# The Fitbit wearers among the other devices are students of LifeSnaps.
NOTE = (
    "pooled averages; no value of any one person. History patterns from all, patterns with inputs "
    "of the day from people who wore a WHOOP. Fitbit: LifeSnaps (Yfantidou et al. 2022, Scientific "
    "Data 9:663)."
)


def report(learned: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Print how far the coefficients are from another prior's."""
    for name, entry in learned.items():
        if name in other:
            differences = {
                feature: value - other[name]["b0"][feature]
                for feature, value in entry["b0"].items()
            }
            worst = max(differences, key=lambda feature: abs(differences[feature]))
            mean = np.mean(np.abs(list(differences.values())))
            print(f"{name:15} mean {mean:.3f}, most {differences[worst]:+.3f} ({worst})")


def main() -> None:
    """Read the exports, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--exports", type=Path, required=True)
    parser.add_argument("--others", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--date", type=date.fromisoformat, default=date.today())  # noqa: DTZ011
    arguments = parser.parse_args()
    people = list(read_people(arguments.exports).values())
    others: list[History] = []
    for history in (read_table(arguments.others) if arguments.others else {}).values():
        if has_day_inputs(history):
            people.append(history)
        elif history.metric is Metric.HRV_RMSSD_MS:  # SDNN is another quantity
            others.append(history)
    learned = document(
        people, others, day=arguments.date, made_by="benchmarks/learn_prior.py", note=NOTE
    )
    print(json.dumps(learned["learned"]))
    if arguments.against:
        other = json.loads(arguments.against.read_text(encoding="utf-8"))
        report(learned["patterns"], other.get("patterns", other))
    if arguments.out:
        text = json.dumps(learned, indent=1)
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
