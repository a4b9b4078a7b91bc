"""``hrvctl daily --all-subjects``: the evening of everybody in a home, in one process."""

import gc
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from hrvctl.cli import render
from hrvctl.cli.daily_report import short_line
from hrvctl.cli.evening_outcome import evening_outcome
from hrvctl.cli.options import DRY_RUN
from hrvctl.cli.session import (
    CommandResult,
    Session,
    error_detail,
    error_line,
    error_lines,
    rehearsal,
)
from hrvctl.cli.stages import stage_words
from hrvctl.errors import ExitCode, HrvctlError, Interrupted, Locked, count
from hrvctl.settings import Settings
from hrvctl.store.home import log_line

if TYPE_CHECKING:
    from hrvctl.pipeline.runner import Runner
    from hrvctl.usecases.notifications import Notifier
    from hrvctl.usecases.workspace import Workspace

OpsOf = Callable[[Settings], dict[str, dict[str, dict[str, object]]]]
Notify = Callable[[Settings], "AbstractContextManager[Notifier]"]

# Unless an evening failed, the exit code is the first of these that any evening ended with.
ORDER = (ExitCode.SIGN_IN, ExitCode.PARTIAL, ExitCode.DONE, ExitCode.STALE, ExitCode.NOTHING_NEW)


# Evenings between two collections of garbage, which the program does without: one leaves 10 MB, and
# a collection takes as long as a fifth of one (measured).
COLLECT_EVERY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the evening of one subject ended.

    Attributes:
        subject: Whose evening.
        line: The forecast or the failure, in one line.
        result: What `hrvctl daily` returns for that subject alone.
        has_failed: Whether an error ended it, so that it made no forecast.
    """

    subject: str
    line: str
    result: CommandResult
    has_failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evenings:
    """What the evenings of one call have in common."""

    workspace: "Workspace"
    runner: "Runner"
    notify: Notify
    as_of: date | None
    is_dry: bool
    is_real: bool
    names_missed: bool

    def run(
        self, own: Settings, ops: Mapping[str, object], on_stage: Callable[[str], None]
    ) -> Ended:
        """Run one subject's evening."""
        from hrvctl.pipeline.run_tags import evening_tags
        from hrvctl.usecases.evening import load_result
        from hrvctl.usecases.last_run import log_end

        with (
            self.notify(replace(own, ping_url="")) as notifier,
            log_end(self.workspace, own.subject, notifier, is_on=self.is_real),
        ):
            evening = self.workspace.evening(own.subject, self.as_of)
            run_id = self.runner.run(
                "hrv_daily_job", ops=ops, tags=evening_tags(evening), on_stage=on_stage
            )
            result = load_result(self.workspace, evening, run_id)
            outcome = evening_outcome(
                self.workspace, result, is_dry=self.is_dry, names_missed=self.names_missed
            )
            notifier.code = outcome.code
        return Ended(
            subject=own.subject,
            line=short_line(result),
            result=replace(
                outcome,
                notes=(*outcome.notes, *notifier.notes),
                warnings=(*outcome.warnings, *notifier.warnings),
            ),
        )

    def failed(self, subject: str, error: Exception) -> Ended:
        """An evening that an error ended; what is not meant for a person goes to the log."""
        from hrvctl.pipeline.failures import run_failed

        if not isinstance(error, HrvctlError):
            trace = "".join(traceback.format_exception(error)).rstrip()
            log_line(self.workspace.home, self.workspace.clock(), "ERROR", trace)
            words = f"{type(error).__name__}: {error}"
            error = run_failed("the evening", "", words, self.workspace.home.log)
        result = CommandResult(
            data={},
            notes=("\n".join(error_lines(error)),),
            code=error.exit_code,
            errors=(error_detail(error),),
        )
        line = f"failed: {error_line(error)}"
        return Ended(subject=subject, line=line, result=result, has_failed=True)


def run_all(
    session: Session,
    settings: Settings,
    workspace: "Workspace",
    *,
    ops_of: OpsOf,
    notify: Notify,
    as_of: date | None,
    is_dry: bool,
    is_real: bool,
    names_missed: bool,
) -> CommandResult:
    """Run the evening of every subject; one that fails does not stop the others.

    The monitor gets one ping at the start and one at the end: after a ping for each evening, it
    would show only how the last one ended. The commands of ``on_success`` and ``on_failure`` run
    after each evening.

    Args:
        session: Of the call.
        settings: As for one subject.
        workspace: The home.
        ops_of: Gives the run config of an evening with these settings.
        notify: Notifies of the end of what it is around.
        as_of: The evening to replay; ``None`` for tonight.
        is_dry: Whether to write nothing.
        is_real: Whether how the evenings end is logged.
        names_missed: Also list the mornings that nothing was run for.

    Raises:
        Locked: Another run is going on.
        HomeError: No evening can be run in this home.
        Interrupted: Asked to stop; the problems name who is done and who is not.
    """
    from hrvctl.pipeline.runner import open_runner
    from hrvctl.usecases.subjects import settings_of_all

    everybody = {own.subject: (own, ops_of(own)) for own in settings_of_all(workspace, settings)}
    for subject, (_, ops) in everybody.items():
        ops["ingest_op"]["config"]["whole_inbox"] = subject == settings.subject
    ended: list[Ended] = []
    with (
        notify(replace(settings, on_success="", on_failure="")) as notifier,
        rehearsal(workspace, dry_run=is_dry) as workspace,
        render.progress(is_quiet=session.quiet) as on_stage,
        open_runner(workspace) as runner,
    ):
        evenings = _Evenings(
            workspace=workspace,
            runner=runner,
            notify=notify,
            as_of=as_of,
            is_dry=is_dry,
            is_real=is_real,
            names_missed=names_missed,
        )
        for number, (subject, (own, ops)) in enumerate(everybody.items(), 1):
            place = f"{subject} ({number} of {len(everybody)})"

            def on_own_stage(stage: str, place: str = place) -> None:
                on_stage(f"{place}: {stage_words(stage)}")

            try:
                ended.append(evenings.run(own, ops, on_own_stage))
            except (Interrupted, KeyboardInterrupt) as error:
                raise _stopped(ended, list(everybody)) from error
            except Exception as error:  # the evenings of the others go on
                if isinstance(error, Locked) and not ended:
                    raise
                ended.append(evenings.failed(subject, error))
            if not number % COLLECT_EVERY:
                gc.collect()
        code = _code(ended)
        notifier.code = code
    return CommandResult(
        data={"is_dry_run": is_dry, "subjects": [_entry(one) for one in ended]},
        text="\n".join([*_lines(ended), *([DRY_RUN] if is_dry else [])]),
        notes=(*_of_each(ended, lambda one: one.result.notes), *notifier.notes),
        warnings=(*_of_each(ended, lambda one: one.result.warnings), *notifier.warnings),
        code=code,
        errors=tuple(
            {"subject": one.subject, **error} for one in ended for error in one.result.errors
        ),
    )


def _stopped(ended: Sequence[Ended], everybody: Sequence[str]) -> Interrupted:
    done = [one.subject for one in ended]
    left = [subject for subject in everybody if subject not in done]
    return Interrupted(
        f"stopped: {len(done)} of {count(len(everybody), 'evening')} had ended",
        problems=[
            *([f"ended: {', '.join(done)}"] if done else []),
            f"not run, or not to the end: {', '.join(left)}",
        ],
        hint="run it again: an evening that is sealed is not sealed twice",
    )


def _code(ended: Sequence[Ended]) -> ExitCode:
    n_failed = sum(one.has_failed for one in ended)
    if n_failed:
        return ExitCode.FAILED if n_failed == len(ended) else ExitCode.PARTIAL
    codes = {one.result.code for one in ended}
    return next(code for code in ORDER if code in codes)


def _entry(one: Ended) -> dict[str, object]:
    """One subject's evening, with the keys of the envelope it would have by itself."""
    return {
        "subject": one.subject,
        "status": one.result.code.name.lower(),
        "data": one.result.data,
        "errors": one.result.errors,
    }


def _lines(ended: Sequence[Ended]) -> list[str]:
    width = max(len(one.subject) for one in ended)
    lines = [f"{one.subject:<{width}}  {one.line}" for one in ended]
    how = Counter("failed" if one.has_failed else _words(one.result.code) for one in ended)
    counts = ", ".join(f"{n} {words}" for words, n in how.items())
    return [*lines, f"{count(len(ended), 'evening')}: {counts}"]


def _words(code: ExitCode) -> str:
    return code.name.lower().replace("_", " ")


def _of_each(ended: Sequence[Ended], texts: Callable[[Ended], Sequence[str]]) -> list[str]:
    """The notes or the warnings of all evenings, each with the name of its subject."""
    return [
        f"hrvctl: {one.subject}: {text.removeprefix('hrvctl: ')}"
        for one in ended
        for text in texts(one)
    ]
