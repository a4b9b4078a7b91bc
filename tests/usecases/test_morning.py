"""The morning: the record is of the series that counts, and of the final forecast."""

from datetime import date, datetime, time, timedelta

from conftest import TODAY, ZONE
from hrvctl.domain.tracking import SealContext, seal
from hrvctl.records import Forecast, Measurement, Metric, Outcome
from hrvctl.store.database import open_store
from hrvctl.store.home import Home, create_home
from hrvctl.store.ledger import append_outcomes, append_sealed, load_head
from hrvctl.store.measurements import Imported, save_import, save_measurements
from hrvctl.usecases.morning import load_morning
from hrvctl.usecases.workspace import Workspace

RMSSD, SDNN = Metric.HRV_RMSSD_MS, Metric.HRV_SDNN_MS
DAY = timedelta(days=1)
FILE = Imported(file="x.csv", source="whoop", kind="cycles", n_new=3, n_revised=0)


def seal_morning(home: Home, day: date, metric: Metric, forecast_ms: float, actual_ms: float):
    """Seal the agent's forecast of a morning the evening before; then its outcome."""
    at = datetime.combine(day - DAY, time(21), tzinfo=ZONE)
    context = SealContext(
        subject="me",
        metric=metric,
        measured_by="whoop",
        as_of=day - DAY,
        sealed_at=at,
        day_starts_at=time(4),
        new_salt=lambda: "salt",
        run_id="run",
    )
    forecast = Forecast(target=day, horizon_days=1, source="agent", mean_ms=forecast_ms)
    outcome = Outcome(
        day=day,
        metric=metric,
        measured_by="whoop",
        revision=1,
        value_ms=actual_ms,
        recorded_at=at + DAY,
        origin="import",
        reason="",
    )
    with open_store(home, write=True) as store, store.transaction():
        rows = seal([(forecast, str(day))], context, head=load_head(store), sealed=[])
        append_sealed(store, rows)
        append_outcomes(store, "me", [outcome])


def test_the_record_never_mixes_two_series(home: Home, workspace: Workspace) -> None:
    """After a change from SDNN to RMSSD only the mornings of RMSSD count."""
    create_home(home)
    seal_morning(home, TODAY - 9 * DAY, SDNN, forecast_ms=100, actual_ms=140)
    seal_morning(home, TODAY - 2 * DAY, RMSSD, forecast_ms=60, actual_ms=63)
    seal_morning(home, TODAY - DAY, RMSSD, forecast_ms=60, actual_ms=65)
    nights = [Measurement(TODAY - n * DAY, RMSSD, 60.0 + n, "whoop") for n in (2, 1, 0)]
    with open_store(home, write=True) as store, store.transaction():
        at = workspace.clock()
        number = save_import(store, "me", FILE, at=at)
        save_measurements(store, "me", nights, import_id=number, at=at)
    found = load_morning(workspace, workspace.evening("me"), "robust60")
    assert (found.history.metric, found.hrv_ms) == (RMSSD, 60.0)
    record = found.records["forecast"]
    assert (record.n, record.mae_ms) == (2, 4.0)
    assert set(found.records) == {"forecast"}
