"""What an evening's run comes to: the result of `hrvctl daily`, and its exit code."""

from typing import TYPE_CHECKING

from hrvctl.cli.daily_report import evening_lines, failed_line, missed_line
from hrvctl.cli.options import DRY_RUN
from hrvctl.cli.pull_report import fault_errors, fault_lines, needs_sign_in
from hrvctl.cli.session import CommandResult
from hrvctl.errors import ExitCode, count
from hrvctl.store.json_values import plain

if TYPE_CHECKING:
    from hrvctl.usecases.evening import EveningResult
    from hrvctl.usecases.workspace import Workspace


def evening_outcome(
    workspace: "Workspace", result: "EveningResult", *, is_dry: bool, names_missed: bool
) -> CommandResult:
    """The result of the command from that of the run.

    Args:
        workspace: The home of the run.
        result: The run's.
        is_dry: Whether it was a rehearsal.
        names_missed: Also list the mornings that nothing was run for.
    """
    evening = result.evening
    ingest, pages, summary, final = (
        result.ingest,
        result.journal.folder,
        result.summary,
        result.final,
    )
    failed = [("ingest_op", one) for one in ingest.failed]
    failed += [("journal_op", one) for one in pages.failed]
    code = ExitCode.PARTIAL if failed else _code(result)
    if needs_sign_in(ingest.pulled):  # reported once; a refused file is reported every evening
        code = ExitCode.SIGN_IN
    folder = workspace.folder(evening)
    agent = {key: value for key, value in plain(final).items() if key != "sentences"}
    data = {
        "run_id": result.run_id,
        "as_of": evening.as_of,
        "is_live": evening.is_live,
        "is_dry_run": is_dry,
        "agent": agent,
        "sentences": final.sentences,
        "model": summary.model,
        "baseline": summary.baseline,
        "stale_days": summary.stale_days,
        "pulled": ingest.pulled,
        "imported": ingest.files,
        "reconciled": result.reconciliation.rows,
        "missed_mornings": result.missed,
        "made_from": result.made_from,
        "ledger": {"n_rows": result.head[0], "head": result.head[1]},
        "artifacts": None if is_dry else folder,
    }
    lines = evening_lines(result, is_dry=is_dry)
    if result.made_from:
        lines.append(result.made_from)
    n_rows, head = result.head
    if evening.is_live and not is_dry and n_rows:
        if result.has_sealed:
            lines.append("Sealed: it is scored by what the morning brings.")
        lines.append(f"Ledger: {count(n_rows, 'row')}, head {head[:16]}")
    lines.append(DRY_RUN if is_dry else f"Artifacts: {folder}")
    notes = (
        fault_lines(ingest.pulled)
        + [failed_line(one) for _, one in failed]
        + [f"hrvctl: {w}" for w in pages.warnings]
    )
    if names_missed and result.missed:
        notes.append(missed_line(result.missed))
    return CommandResult(
        data=data,
        text="\n".join(lines),
        notes=tuple(notes),
        code=code,
        errors=(
            *({**one, "stage": "ingest_op"} for one in fault_errors(ingest.pulled)),
            *({**plain(one), "stage": stage} for stage, one in failed),
        ),
    )


def _code(result: "EveningResult") -> ExitCode:
    if result.final.forecast is None or result.summary.stale_days:
        return ExitCode.STALE if result.summary.data.n_nights else ExitCode.NOTHING_NEW
    if not result.evening.is_live:
        return ExitCode.DONE
    has_imported = any(
        file.n_new + file.n_revised + file.n_withdrawn for file in result.ingest.files
    )
    return ExitCode.DONE if result.has_sealed or has_imported else ExitCode.NOTHING_NEW
