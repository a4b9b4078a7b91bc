"""The published ledger: only changed mornings are made anew, and the bytes are those of all."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.domain import tracking
from hrvctl.records import (
    FORECAST_METRICS,
    LEVELS,
    Forecast,
    Measurement,
    Metric,
    Outcome,
    SealedForecast,
)
from hrvctl.records.chain import Kind, make_entry
from hrvctl.records.exclusions import excluded_rows
from hrvctl.store.artifacts import csv_bytes
from hrvctl.store.database import Store, open_store
from hrvctl.store.exclusions import load_exclusions
from hrvctl.store.home import Home, create_home
from hrvctl.store.ledger import (
    append_entry,
    append_outcomes,
    append_sealed,
    load_head,
    load_outcomes,
    load_sealed,
)
from hrvctl.store.measurements import Imported, save_import, save_measurements
from hrvctl.usecases import registry_file
from hrvctl.usecases.history import load_nights_measured
from hrvctl.usecases.registry_file import publish_registry
from hrvctl.usecases.workspace import Workspace

FIRST = date(2026, 3, 2)
ZONE = timezone(timedelta(hours=1))
# Evenings that the steps of an example are spread over.
N_DAYS = 6
SOURCES = ("naive", "ses", "guess", "=odd,\n\"name'")


class Life:
    """A home in which things happen in any order; after each the file is published."""

    def __init__(self, root: Path) -> None:
        home = Home(root)
        create_home(home)
        self.day = FIRST
        self.workspace = Workspace(home, lambda: self.at(self.day))
        self.numbers = count(1)

    def at(self, day: date, hour: int = 21) -> datetime:
        """An instant of a day."""
        return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)

    def seal(self, store: Store, n: int) -> None:
        """Seal some forecasts on the evening, of any metric, source and lead."""
        seq, head = load_head(store)
        lead, metric = 1 + n % 7, FORECAST_METRICS[n % len(FORECAST_METRICS)]
        quantiles = {level: 60.0 + level for level in LEVELS[: n % 6]}
        forecast = Forecast(
            target=self.day + timedelta(days=lead),
            horizon_days=lead,
            source=SOURCES[n % len(SOURCES)],
            mean_ms=60 + n / 7,
            quantiles_ms=quantiles,
        )
        row = SealedForecast(
            seq=seq + 1,
            subject=("me", "other")[n % 5 == 0],
            forecast=forecast,
            metric=metric,
            measured_by="whoop",
            as_of=self.day,
            created_at=self.at(self.day, n % 24),
            run_id=f"run {n}",
            inputs_sha256="f" * 64,
            prev_hash=head,
            lead=lead,
            salt="salt",
        )
        append_sealed(store, [replace(row, hash=row.computed_hash())])

    def sleep(self, store: Store, n: int) -> None:
        """Import a night, or a newer version of it, with other times."""
        end = self.at(self.day, 6 + n % 4)
        night = Measurement(
            self.day, Metric.HRV_RMSSD_MS, 50.0 + n, "whoop", end - timedelta(hours=n % 9), end
        )
        file = Imported(file="x", source="whoop", kind="cycles", n_new=1, n_revised=0)
        at = self.at(self.day)
        number = save_import(store, "me", file, at=at)
        save_measurements(store, "me", [night], import_id=number, at=at)

    def learn(self, store: Store, n: int) -> None:
        """Record an outcome, or a correction of one, of today or before."""
        day = self.day - timedelta(days=n % 3)
        metric = FORECAST_METRICS[n % len(FORECAST_METRICS)]
        revision = 1 + sum((o.day, o.metric) == (day, metric) for o in load_outcomes(store, "me"))
        outcome = Outcome(
            day=day,
            metric=metric,
            measured_by="whoop",
            revision=revision,
            value_ms=55.0 + n,
            recorded_at=self.at(self.day),
            origin="import",
            reason="",
        )
        append_outcomes(store, "me", [outcome])

    def sign(self, store: Store, n: int) -> None:
        """Append a receipt, or leave rows out by hand: either may concern any row."""
        seq, head = load_head(store)
        content = {"erased": []} if n % 2 else {"rows": [n % 5, seq], "reason": "clock"}
        kind = Kind.RECEIPT if n % 2 else Kind.EXCLUSION
        at = self.at(self.day).isoformat()
        append_entry(
            store,
            make_entry(kind, content, seq=seq + 1, created_at=at, prev_hash=head, salt="salt"),
        )

    def spoil(self, _: Store, n: int) -> None:
        """Lose or damage the file or its checkpoint."""
        checkpoint = self.workspace.home.cache("me") / "predictions_registry.json"
        path = (self.file, checkpoint)[n % 2]
        if path.exists() and n % 3:
            content = path.read_bytes()
            path.write_bytes((content[:-9], b"{}", b"[]", content + b"x")[n % 4])
        else:
            path.unlink(missing_ok=True)

    def pass_night(self, _store: Store, _n: int) -> None:
        """Go on to the next day."""
        self.day += timedelta(days=1)

    @property
    def file(self) -> Path:
        """The published file."""
        return self.workspace.home.artifacts("me") / "predictions_registry.csv"

    def publish(self, store: Store) -> bytes:
        """Publish, and return what was written."""
        path, n_rows = publish_registry(store, self.workspace, self.workspace.evening("me"))
        assert n_rows == len(self.rows(store))
        return path.read_bytes()

    def rows(self, store: Store) -> list[tuple[object, ...]]:
        """All rows, made from the store alone."""
        outcomes = [o for o in load_outcomes(store, "me") if o.day <= self.day]
        sealed = load_sealed(store, "me", of_tomorrow=False, with_excluded=True)
        excluded = excluded_rows(load_exclusions(store))
        return tracking.registry(sealed, outcomes, load_nights_measured(store, "me"), excluded)


STEPS: Sequence[Callable[[Life, Store, int], None]] = (
    Life.seal,
    Life.seal,
    Life.sleep,
    Life.learn,
    Life.sign,
    Life.spoil,
    Life.pass_night,
)


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 40)), max_size=25))
def test_published_bytes_are_those_of_a_full_rewrite(steps) -> None:
    """Whatever was sealed, measured, corrected, lost or damaged in between."""
    with TemporaryDirectory() as folder:
        life = Life(Path(folder))
        with open_store(life.workspace.home, write=True) as store:
            for step, n in steps:
                known = {m.day for m in load_nights_measured(store, "me").values()}
                known |= {o.day for o in load_outcomes(store, "me")}
                if step is Life.seal and life.day + timedelta(days=1 + n % 7) in known:
                    continue  # refused: the outcome is known
                step(life, store, n)
                whole = csv_bytes([tracking.REGISTRY_COLUMNS, *life.rows(store)])
                assert life.publish(store) == whole


def test_only_changed_mornings_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An evening among many costs what is new in it."""
    life = Life(tmp_path)
    made: list[int] = []
    registry = tracking.registry

    def counted(sealed, *others):
        made.append(len(sealed))
        return registry(sealed, *others)

    with open_store(life.workspace.home, write=True) as store:
        for n in range(1, 40):
            life.seal(store, 5 * n + 1)
            life.pass_night(store, 0)
        life.publish(store)
        monkeypatch.setattr(registry_file.tracking, "registry", counted)
        publish_registry(store, life.workspace, life.workspace.evening("me"))
        life.seal(store, 1)
        publish_registry(store, life.workspace, life.workspace.evening("me"))
        publish_registry(store, life.workspace, life.workspace.evening("me"), afresh=True)
    n_all = made[-1]
    assert made[0] == 0
    assert 0 < made[1] < 5
    assert n_all == 40


def test_checkpoint_of_a_chain_that_was_taken_back_is_not_used(tmp_path: Path) -> None:
    """An older backup put in its place: rows that are gone are gone from the file."""
    life = Life(tmp_path)
    with open_store(life.workspace.home, write=True) as store:
        life.seal(store, 1)
        life.publish(store)
    checkpoint = life.workspace.home.cache("me") / "predictions_registry.json"
    described = json.loads(checkpoint.read_text())
    checkpoint.write_text(json.dumps(described | {"head": "0" * 64}))
    with open_store(life.workspace.home, write=True) as store:
        assert registry_file._published(store, life.file, described) is not None
        assert registry_file._published(store, life.file, described | {"head": "0" * 64}) is None
        assert life.publish(store) == csv_bytes([tracking.REGISTRY_COLUMNS, *life.rows(store)])
