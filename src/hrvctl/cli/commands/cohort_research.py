"""``hrvctl cohort effects``, ``learn-prior`` and ``export``: what many people teach."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import cohorts, render
from hrvctl.cli.forest_picture import drawn
from hrvctl.cli.options import DryRunOption, day_option, dry_note
from hrvctl.cli.session import CommandResult, Session
from hrvctl.cli.values import check_place, parse_path
from hrvctl.errors import DataError, ExitCode, UsageError, count
from hrvctl.records.choices import ExportFormat
from hrvctl.store.artifacts import export_bytes, export_csv, export_json

if TYPE_CHECKING:
    from hrvctl.domain.cohorts.effects import CohortEffect
    from hrvctl.domain.random_effects import PooledEffect

TagArgument = Annotated[
    str, typer.Argument(metavar="TAG", help="The journal's question, such as alcohol.")
]
AsOfOption = Annotated[
    date | None, day_option("--as-of", "Use what was known on that evening (default: tonight).")
]
SvgOption = Annotated[
    Path | None,
    typer.Option("--svg", parser=parse_path, metavar="FILE", help="Draw the forest plot."),
]
OutOption = Annotated[
    Path,
    typer.Option("--out", parser=parse_path, metavar="FILE", help="Where to write the prior."),
]
FolderArgument = Annotated[
    Path,
    typer.Argument(parser=parse_path, metavar="OUT", help="A new or empty folder to write to."),
]
FormatOption = Annotated[
    ExportFormat,
    typer.Option("--format", metavar="<csv|parquet>", help="The file format."),
]
PseudonymOption = Annotated[
    bool, typer.Option("--pseudonymise", help="Replace every name; with --key.")
]
KeyOption = Annotated[
    Path | None,
    typer.Option(
        "--key",
        parser=parse_path,
        metavar="FILE",
        help="The key that ties pseudonyms to names; made where there is none.",
    ),
]

EFFECT_COLUMNS = (
    *("subject", "n_yes", "n_no", "log_difference", "standard_error", "pct", "pct_low", "pct_high"),
    *("ms", "ms_low", "ms_high", "usual_ms", "missing"),
)


def effects(
    session: Session,
    cohort: cohorts.CohortArgument,
    tag: TagArgument,
    as_of: AsOfOption = None,
    svg: SvgOption = None,
    csv: cohorts.CsvOption = None,
    engine: cohorts.EngineOption = "auto",
    workers: cohorts.WorkersOption = None,
    scheduler: cohorts.SchedulerOption = "",
) -> CommandResult:
    """Measure what one question does to everybody's next morning, and pool it over people.

    Each person's effect has its own interval; the mean is that of a random-effects model.
    """
    check_place("--svg", svg)
    check_place("--csv", csv)
    folder = cohorts.open_cohort(cohort)
    from hrvctl.usecases.cohorts.effects import measure_effect
    from hrvctl.usecases.cohorts.evening import evening_of

    settings = cohorts.load(folder)
    evening = evening_of(settings, session.clock(), as_of)
    with cohorts.fan_out(session, folder, settings, evening, engine, workers, scheduler) as run:
        found = measure_effect(
            folder, settings, tag, as_of=evening, engine=run.engine, on_bucket=run.on_bucket
        )
    if csv is not None:
        export_csv(csv, EFFECT_COLUMNS, _effect_rows(found))
    if svg is not None and found.people:
        from hrvctl.report.forest import forest_svg

        export_bytes(svg, forest_svg(found).encode())
    return CommandResult(
        data={
            "tag": tag,
            "as_of": evening,
            "n_people": len(found.people),
            "n_left_out": len(found.left_out),
            "n_lost": len(found.lost),
            "usual_ms": found.usual_ms,
            **_pooled_data(found.pooled),
            "csv": csv,
            "svg": svg if found.people else None,
        },
        text="\n\n".join(block for block in _effect_blocks(found, csv=csv) if block),
        notes=cohorts.lost_notes(found.lost),
        code=ExitCode.PARTIAL
        if found.lost
        else ExitCode.DONE
        if found.people
        else ExitCode.NOTHING_NEW,
    )


def _effect_rows(found: "CohortEffect") -> Iterator[tuple[object, ...]]:
    for one in found.people:
        change = one.change
        figures = (one.b, one.error, change.pct, change.pct_low, change.pct_high)
        in_ms = (change.ms, change.ms_low, change.ms_high, one.usual_ms)
        yield one.subject, one.n_yes, one.n_no, *figures, *in_ms, ""
    nothing = [""] * (len(EFFECT_COLUMNS) - 2)
    for subject, why in sorted({**found.left_out, **found.lost}.items()):
        yield subject, *nothing, why


def _pooled_data(pooled: "PooledEffect | None") -> dict[str, object]:
    """The figures of all: changes in per cent, and those of the model on the log scale."""
    from hrvctl.domain.cohorts.effects import percent

    ends = ("mean", "low", "high", "predicted_low", "predicted_high")
    found = {end: getattr(pooled, end, None) for end in ends}
    return {
        **{f"{end}_pct": None if b is None else percent(b) for end, b in found.items()},
        "standard_error": getattr(pooled, "error", None),
        **{name: getattr(pooled, name, None) for name in ("tau2", "i2", "q", "q_p")},
        "missing": pooled.missing if pooled else (),
    }


def _effect_blocks(found: "CohortEffect", *, csv: Path | None) -> Iterator[str]:
    n_left_out = len(found.left_out)
    if found.pooled is None:
        yield f"{found.tag}: nobody's effect can be measured yet."
    else:
        yield _effect_verdict(found, found.pooled)
        yield drawn(found)
        yield _spread(found.pooled)
    if n_left_out:
        subject, why = next(iter(found.left_out.items()))
        left_out = count(n_left_out, "person", "people")
        of_all = "" if csv else "; --csv FILE lists all"
        yield f"Without a figure: {left_out}, for example {subject}: {why}{of_all}."
    if csv:
        yield f"Wrote {csv}."
    if found.people:
        yield (
            "Association is not proof, and people who keep a journal are not everybody."
            " More: hrvctl explain effects"
        )


def _effect_verdict(found: "CohortEffect", pooled: "PooledEffect") -> str:
    from hrvctl.domain.cohorts.effects import percent

    usual = found.usual_ms or 0.0
    mean = percent(pooled.mean)
    text = (
        f"{found.tag}: next morning's HRV {mean:+.1f} % after a yes"
        f" ({usual * mean / 100:+.1f} ms at {usual:.0f} ms), over"
        f" {count(pooled.n, 'person', 'people')}"
    )
    if pooled.low is None or pooled.high is None:
        return f"{text}; no interval of a mean: have 1 person, need 2."
    low, high = percent(pooled.low), percent(pooled.high)
    known = "which may be chance" if low <= 0 <= high else "which is more than chance"
    return f"{text}; 95 % interval of the mean {low:+.1f} to {high:+.1f} %, {known}."


def _spread(pooled: "PooledEffect") -> str:
    """How much people differ, where that can be said."""
    from hrvctl.domain.cohorts.effects import percent

    if pooled.tau2 is None or pooled.i2 is None:
        return ""
    text = (
        f"People differ by about {percent(pooled.tau2**0.5):.1f} % (tau2 {pooled.tau2:.2g} of log"
        f" HRV, REML; I2 {100 * pooled.i2:.0f} %)."
    )
    if pooled.predicted_low is None or pooled.predicted_high is None:
        return f"{text} Not stated: {'; '.join(pooled.missing)}."
    low, high = percent(pooled.predicted_low), percent(pooled.predicted_high)
    return f"{text} One more person like them: {low:+.1f} to {high:+.1f} % (95 %)."


def learn_prior(
    session: Session,
    cohort: cohorts.CohortArgument,
    out: OutOption,
    as_of: AsOfOption = None,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Learn from a cohort what the main model starts from, for people like them.

    The file has averages over all people and nobody's values. `hrvctl cohort run --prior FILE`
    forecasts with it.
    """
    check_place("--out", out)
    folder = cohorts.open_cohort(cohort)
    from hrvctl.usecases.cohorts.evening import evening_of
    from hrvctl.usecases.cohorts.learned_prior import learn_cohort_prior
    from hrvctl.usecases.cohorts.priors import read_prior

    if out.exists():
        try:
            read_prior(out)
        except DataError as error:
            raise UsageError(f"{out} exists, and is no prior", hint="name a new file") from error
    settings = cohorts.load(folder)
    evening = evening_of(settings, session.clock(), as_of)
    with render.progress(is_quiet=session.quiet or session.json) as show:
        learned = learn_cohort_prior(
            folder,
            settings,
            as_of=evening,
            on_person=lambda n: show(f"{count(n, 'person', 'people')} read"),
        )
    if not dry_run:
        export_json(out, learned)
    origin, patterns = learned["learned"], tuple(learned["patterns"])
    people = count(origin["people"], "person", "people")
    lines = [
        f"Learned from {people} and {count(origin['nights'], 'night')}: {', '.join(patterns)}.",
        *(dry_note(dry_run) or [f"Wrote {out}. Next: hrvctl cohort run {cohort} --prior {out}"]),
    ]
    return CommandResult(
        data={
            "as_of": evening,
            "n_people": origin["people"],
            "n_nights": origin["nights"],
            "patterns": patterns,
            "out": out,
            "is_dry_run": dry_run,
        },
        text="\n".join(lines),
    )


def export(
    session: Session,
    cohort: cohorts.CohortArgument,
    out: FolderArgument,
    format_: FormatOption = ExportFormat.PARQUET,
    pseudonymise: PseudonymOption = False,
    key: KeyOption = None,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Export everybody's nights and forecasts as long tables with a codebook.

    Units, definitions and keys are in `codebook.csv` and `datapackage.json`.
    """
    if pseudonymise != (key is not None):
        raise UsageError(
            "pseudonyms need a key" if pseudonymise else "a key is for pseudonyms",
            hint="hrvctl cohort export COHORT OUT --pseudonymise --key FILE",
        )
    folder = cohorts.open_cohort(cohort)
    from hrvctl.usecases.cohorts.export import export_cohort

    done = export_cohort(folder, out, format_, key_file=key, at=session.clock(), dry_run=dry_run)
    names = "pseudonyms for names" if done.is_pseudonymised else "with names"
    verb = "Would export" if dry_run else "Exported"
    return CommandResult(
        data={
            "folder": out,
            "format": format_,
            "n_nights": done.n_nights,
            "n_forecasts": done.n_forecasts,
            "is_pseudonymised": done.is_pseudonymised,
            "key": key,
            "is_dry_run": dry_run,
        },
        text=f"{verb} {count(done.n_nights, 'measured value')} and"
        f" {count(done.n_forecasts, 'forecast')} to {out}, {names}.",
        code=ExitCode.DONE if done.n_nights else ExitCode.NOTHING_NEW,
    )
