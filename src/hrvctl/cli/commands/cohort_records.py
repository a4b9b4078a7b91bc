"""``hrvctl cohort score``, ``verify``, ``proof``, ``why`` and ``withdraw``: the sealed record."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import cohorts, render
from hrvctl.cli.options import DryRunOption, day_argument
from hrvctl.cli.session import CommandResult, Session
from hrvctl.cli.values import parse_path
from hrvctl.errors import DataError, ExitCode, LedgerBroken, UsageError, count
from hrvctl.records.cohort_seals import Proof
from hrvctl.store.artifacts import export_csv, read_given
from hrvctl.store.json_values import FieldFault, plain, read_value

if TYPE_CHECKING:
    from hrvctl.usecases.cohorts.scores import CohortScores

# People listed without --csv; own choice: they fit on a screen.
MAX_PEOPLE_SHOWN = 20

EveningArgument = Annotated[date, day_argument("DATE", "The evening.")]
RootsOption = Annotated[
    Path | None,
    typer.Option(
        "--roots", parser=parse_path, metavar="FILE", help="Compare with a copy of roots.csv."
    ),
]
InputsOption = Annotated[
    bool,
    typer.Option("--inputs/--no-inputs", help="Also compare the nights with what was planned."),
]
ModelOption = Annotated[
    str, typer.Option("--model", metavar="NAME", help="Of that model (default: the one served).")
]
CheckOption = Annotated[
    Path | None,
    typer.Option(
        "--check", parser=parse_path, metavar="FILE", help="Check a proof instead of making one."
    ),
]
RootOption = Annotated[
    str, typer.Option("--root", metavar="HASH", help="The evening's root, with --check.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it; without, it is only described.")]


def score(
    session: Session,  # noqa: ARG001 - as every command
    cohort: cohorts.CohortArgument,
    csv: cohorts.CsvOption = None,
) -> CommandResult:
    """Score every sealed forecast whose morning has come, model by model and person by person."""
    folder = cohorts.open_cohort(cohort)
    from hrvctl.usecases.cohorts.scores import score_cohort

    found = score_cohort(folder, cohorts.load(folder))
    if csv is not None:
        header = ("subject", "n", "mae_ms", "coverage_80", "relative_to_naive")
        rows = [[getattr(person, name) for name in header] for person in found.people]
        export_csv(csv, header, rows)
    notes = [f"left out, it does not verify: {why}" for why in found.left_out.values()]
    return CommandResult(
        data={
            "n_evenings": found.n_evenings,
            "first": found.first,
            "last": found.last,
            "models": plain(found.models),
            "n_people": len(found.people),
            "n_compared": found.n_compared,
            "n_better": found.n_better,
            "n_late": found.n_late,
            "left_out": plain(found.left_out),
            "csv": csv,
        },
        text="\n\n".join(_score_blocks(found, csv)),
        notes=tuple(notes),
        code=ExitCode.DONE if found.served else ExitCode.NOTHING_NEW,
    )


def _score_blocks(found: "CohortScores", csv: Path | None) -> list[str]:
    served = found.served
    if served is None:
        return [
            f"{count(found.n_evenings, 'sealed evening')}, and no morning of them has come yet."
        ]
    first = f"{count(served.n, 'sealed morning')} of {count(served.n_people, 'person', 'people')}"
    verdict = f"{first}: off by {served.mae_ms:.1f} ms on average"
    if served.coverage_80 is not None:
        verdict += f"; 80 % intervals held {render.percent(served.coverage_80)}"
    if found.n_compared:
        verdict += f"; better than the last value for {found.n_better} of {found.n_compared}"
    header = ("model", "mornings", "people", "MAE ms", "bias ms", "80 % held", "to last value")
    rows = [
        (
            each.source,
            each.n,
            each.n_people,
            render.fixed(each.mae_ms, 2),
            render.fixed(each.bias_ms, 2, sign="+"),
            render.percent(each.coverage_80),
            render.fixed(each.relative_to_naive, 2),
        )
        for each in found.models
    ]
    blocks = [f"{verdict}.", render.columns(rows, header=header, to_right=header[1:])]
    if csv is None:
        of_person = ("person", "mornings", "MAE ms", "80 % held", "to last value")
        people = [
            (
                each.subject,
                each.n,
                render.fixed(each.mae_ms, 1),
                render.percent(each.coverage_80),
                render.fixed(each.relative_to_naive, 2),
            )
            for each in found.people[:MAX_PEOPLE_SHOWN]
        ]
        blocks.append(render.columns(people, header=of_person, to_right=of_person[1:]))
        if len(found.people) > MAX_PEOPLE_SHOWN:
            n = len(found.people) - MAX_PEOPLE_SHOWN
            blocks.append(f"and {n} more people: --csv FILE has all of them")
    return blocks


def verify(
    session: Session,  # noqa: ARG001 - as every command
    cohort: cohorts.CohortArgument,
    roots: RootsOption = None,
    inputs: InputsOption = True,
) -> CommandResult:
    """Compare everything that was sealed with its seal, and name what was changed since."""
    folder = cohorts.open_cohort(cohort)
    from hrvctl.store.cohorts.seals import read_roots
    from hrvctl.usecases.cohorts.verification import verify_cohort

    cohorts.load(folder)
    published = read_roots(read_given(roots)) if roots else None
    found = verify_cohort(folder, published=published, with_inputs=inputs)
    if found.faults:
        raise LedgerBroken(
            f"{folder.address} does not verify: {count(len(found.faults), 'fault')}",
            problems=found.faults,
        )
    n = sum(each.n_forecasts for each in found.evenings)
    n_withdrawn = sum(each.n_withdrawn for each in found.evenings)
    evenings = count(len(found.evenings), "evening")
    lines = [f"{evenings}, {count(n, 'sealed forecast')}: nothing was changed."]
    if n_withdrawn:
        lines.append(f"Forecasts of people who were withdrawn: {n_withdrawn}.")
    if found.evenings:
        lines.append(f"Last root: {found.evenings[-1].seal.root}")
    if published is None and found.evenings:
        lines.append(
            "A chain rewritten as a whole is found only by a copy of roots.csv kept elsewhere:"
            " --roots FILE"
        )
    notes = tuple(note for each in found.evenings for note in each.notes)
    return CommandResult(
        data={
            "n_evenings": len(found.evenings),
            "n_forecasts": n,
            "n_withdrawn": n_withdrawn,
            "root": found.evenings[-1].seal.root if found.evenings else None,
            "notes": notes,
        },
        text="\n".join(lines),
        notes=notes,
    )


def proof(
    session: Session,  # noqa: ARG001 - as every command
    cohort: cohorts.CohortArgument,
    subject: cohorts.SubjectArgument = "",
    evening: Annotated[date | None, day_argument("DATE", "The evening.")] = None,
    model: ModelOption = "",
    check: CheckOption = None,
    root: RootOption = "",
) -> CommandResult:
    """Prove that one person's forecast was sealed, to anybody who knows the evening's root.

    With --check the proof of a file is checked against a root; the cohort is not read then.
    """
    if check is not None:
        return _check_proof(check, root)
    if not subject or evening is None:
        raise UsageError(
            "a proof is of one person's evening",
            hint=f"hrvctl cohort proof {cohort} SUBJECT DATE > proof.json",
        )
    folder = cohorts.open_cohort(cohort)
    from hrvctl.usecases.cohorts.verification import prove_forecast

    made = prove_forecast(folder, cohorts.load(folder), subject, evening, model=model)
    content = {**plain(made), "root": made.root()}
    return CommandResult(data=content, text=json.dumps(content, indent=1, ensure_ascii=False))


def _check_proof(path: Path, root: str) -> CommandResult:
    if not root:
        raise UsageError("a proof is checked against a root", hint="--root HASH, of roots.csv")
    try:
        content = json.loads(read_given(path))
        content = content.get("data", content) if isinstance(content, dict) else content
        found = read_value(Proof, content)
        forecast = json.loads(found.forecast)
        computed = found.root()
    except (ValueError, FieldFault) as error:
        raise DataError(f"{path} is no proof: {error}") from error
    if computed != root.strip().lower():
        raise LedgerBroken(
            f"{path} proves nothing under this root",
            hint=f"it leads to {computed}: another evening's, or something was changed",
        )
    return CommandResult(
        data={"forecast": forecast, "root": computed},
        text=f"The root holds this forecast: {found.forecast}",
    )


def why(
    session: Session,  # noqa: ARG001 - as every command
    cohort: cohorts.CohortArgument,
    subject: cohorts.SubjectArgument,
    evening: EveningArgument,
) -> CommandResult:
    """Show what a person's forecast was made from, and make it again."""
    folder = cohorts.open_cohort(cohort)
    from hrvctl.usecases.cohorts.verification import explain_forecast

    found = explain_forecast(folder, cohorts.load(folder), subject, evening)
    row = found.row
    plan = found.plan
    inputs = (*found.chunk.inputs, *([plan.prior] if plan.prior else []))
    made = ", ".join(f"{name} {value[:16]}" for name, value in sorted(plan.versions.items()))
    lines = [
        f"{subject}, evening of {render.day_name(evening)}: {row['n_nights']} nights of"
        f" {row['metric']} from {row['measured_by']}, the last on {row['last_day']}.",
        f"Served: {row['served']}; {row['reason']}." if row["served"] else f"{row['withheld']}.",
        f"Made with {made}; models {', '.join(plan.models)}; range {plan.profile}.",
        "From:",
        *(f"  {each.path} (SHA-256 {each.sha256[:16]})" for each in inputs),
        f"Inputs of the person: SHA-256 {row['inputs_sha256'][:16]}",
    ]
    if found.seal and row["leaves"]:
        lines.append(f"Sealed at {found.seal.sealed_at:%Y-%m-%d %H:%M %z}.")
    else:
        lines.append("Not sealed.")
    if found.is_same is None:
        lines.append(f"It cannot be made again: {found.why_not}.")
    else:
        lines.append(f"Made again now: {'the same' if found.is_same else 'something else'}.")
    return CommandResult(
        data={
            "subject": subject,
            "as_of": evening,
            "forecast": plain({k: v for k, v in row.items() if k != "leaves"}),
            "versions": dict(plan.versions),
            "models": plan.models,
            "profile": plan.profile,
            "inputs": plain(inputs),
            "seal": found.seal.root if found.seal else None,
            "is_same": found.is_same,
            "why_not": found.why_not,
        },
        text="\n".join(lines),
        code=ExitCode.FAILED if found.is_same is False else ExitCode.DONE,
    )


def withdraw(
    session: Session,
    cohort: cohorts.CohortArgument,
    subject: cohorts.SubjectArgument,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Delete all that a cohort keeps of a person, for good; sealed evenings still verify."""
    folder = cohorts.open_cohort(cohort)
    from hrvctl.usecases.cohorts.withdrawal import find_traces
    from hrvctl.usecases.cohorts.withdrawal import withdraw as delete

    settings = cohorts.load(folder)
    if dry_run or not yes:
        traces = find_traces(folder, settings, subject)
        if not traces:
            raise DataError(f"nothing is kept of {subject} in {folder.address}")
        listed = "\n".join(f"  {trace}" for trace in traces)
        return CommandResult(
            data={
                "subject": subject,
                "traces": traces,
                "is_done": False,
                "is_dry_run": dry_run,
            },
            text=f"{subject} is in:\n{listed}\nNothing was deleted. To delete it for good: --yes",
        )
    receipt = delete(folder, settings, subject, now=session.clock())
    return CommandResult(
        data={"receipt": plain(receipt), "is_done": True, "is_dry_run": False},
        text=f"Deleted: {count(receipt.n_nights, 'night')}, forecasts of"
        f" {count(receipt.n_evenings, 'evening')}, the salt of"
        f" {count(receipt.n_forecasts, 'sealed forecast')}. Searched for afterwards: found"
        f" {receipt.n_found} times.\nCopies of the cohort elsewhere are not touched.",
    )
