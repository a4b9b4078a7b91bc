"""The result of an evening's run: its artifacts, and its rows in the ledger."""

from dataclasses import dataclass
from datetime import date

from hrvctl.domain.artifacts.agent import AgentForecast
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.reconcile import Reconciliation
from hrvctl.domain.tracking import missed_mornings
from hrvctl.store.database import open_store
from hrvctl.store.evenings import load_evenings
from hrvctl.store.ledger import load_head, load_sealed, load_targets
from hrvctl.usecases.daily_notes import JournalReport
from hrvctl.usecases.history import describe_cut
from hrvctl.usecases.ingest import IngestReport
from hrvctl.usecases.workspace import Evening, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class EveningResult:
    """The result of an evening's run.

    Attributes:
        evening: Whose, and which.
        run_id: The run's.
        ingest: The files imported.
        journal: The day's answers.
        summary: History, baseline and the model's forecast.
        final: The final forecast.
        reconciliation: The last mornings' forecasts and outcomes.
        missed: Mornings up to the evening's own that no forecast was made for.
        has_sealed: Whether the run added rows to the ledger.
        made_from: What a replay was made from; empty on a live evening.
        head: Length of the ledger's chain and its last hash.
    """

    evening: Evening
    run_id: str
    ingest: IngestReport
    journal: JournalReport
    summary: IntelligenceSummary
    final: AgentForecast
    reconciliation: Reconciliation
    missed: tuple[date, ...]
    has_sealed: bool
    made_from: str
    head: tuple[int, str]


def load_result(workspace: Workspace, evening: Evening, run_id: str) -> EveningResult:
    """Read the artifacts of a run that has ended, and its rows in the ledger."""
    with open_store(workspace.home, write=False) as store:
        forecast_for = load_targets(store, evening.subject)
        upcoming = load_sealed(store, evening.subject, after=evening.as_of)
        evenings = load_evenings(store, evening.subject)
        made_from = describe_cut(store, evening)
        head = load_head(store)
    return EveningResult(
        evening=evening,
        run_id=run_id,
        ingest=workspace.load(evening, IngestReport),
        journal=workspace.load(evening, JournalReport),
        summary=workspace.load(evening, IntelligenceSummary),
        final=workspace.load(evening, AgentForecast),
        reconciliation=workspace.load(evening, Reconciliation),
        missed=missed_mornings(forecast_for, evenings, until=evening.as_of),
        has_sealed=any(row.run_id == run_id for row in upcoming),
        made_from=made_from,
        head=head,
    )
