"""``hrvctl daily``: the evening's run."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from hrvctl.cli import render
from hrvctl.cli.command import DryRunOption
from hrvctl.cli.commands.demo import make_demo_home
from hrvctl.cli.session import Outcome, Session, parse_day, rehearsal
from hrvctl.errors import ExitCode, UsageError
from hrvctl.pipeline.house import Evening, House
from hrvctl.records import Metric
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_sealed

ImportOption = Annotated[
    list[Path] | None,
    typer.Option("--import", metavar="PATH", help="Also take in this file, folder or zip."),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Replay that evening: seals nothing, writes beside."),
]
GuessOption = Annotated[
    float | None, typer.Option(metavar="MS", help="Your own guess for tomorrow, ms.")
]
ModelOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Serve this model instead of the best one.")
]
BedtimeOption = Annotated[
    str | None,
    typer.Option(
        metavar="HH:MM",
        help="When you mean to sleep; counts once today's strain and heart rate are in.",
    ),
]
ProfileOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="How the normal range is made.")
]
DemoOption = Annotated[
    bool, typer.Option("--demo", help="Use a made-up person in a throw-away home.")
]

# What a vital sign is called before a person.
VITALS = {
    Metric.RESTING_HR_BPM: "resting heart rate",
    Metric.RESPIRATORY_RATE_RPM: "respiratory rate",
}


def daily(
    session: Session,
    imports: ImportOption = None,
    as_of: AsOfOption = None,
    guess: GuessOption = None,
    model: ModelOption = None,
    profile: ProfileOption = None,
    bedtime: BedtimeOption = None,
    demo: DemoOption = False,
    dry_run: DryRunOption = False,
) -> Outcome:
    """Forecast tomorrow's HRV, seal the forecast, and see how yesterday's came true.

    Takes in what is new in the inbox first. Run it in the evening, by hand or from cron.
    """
    # An empty word is no date: were it nothing, a script's unset variable would seal for today.
    if as_of is not None:
        parse_day(as_of)
    if guess is not None and as_of:
        raise UsageError("a guess belongs to tonight", hint="leave out --guess or --as-of")
    settings = session.settings(model=model, profile=profile)
    house = session.house()
    notes: tuple[str, ...] = ()
    if demo:
        house, notes = _demo_house(session)
    with rehearsal(house, dry_run=dry_run) as house:
        evening = house.evening(settings["subject"], as_of or "")
        ops = {
            "ingest_op": {
                "config": {
                    "subject": evening.subject,
                    "as_of": as_of or "",
                    "paths": [str(path.absolute()) for path in imports or []],
                }
            },
            "journal_op": {"config": {"guess_ms": guess}},
            "training_op": {"config": {"model": settings["model"], "bedtime": bedtime or ""}},
            "intelligence_op": {"config": {"profile": settings["profile"]}},
        }
        run_id = _run(session, house, evening, ops)
        return _outcome(house, evening, run_id, notes=notes, is_dry=dry_run)


def _run(session: Session, house: House, evening: Evening, ops: Mapping[str, Any]) -> str:
    from hrvctl.pipeline.runner import run_job

    tags = {
        "hrvctl/subject": evening.subject,
        "hrvctl/as_of": evening.as_of.isoformat(),
        "hrvctl/mode": "live" if evening.is_live else "replay",
    }
    with render.progress(is_quiet=session.quiet) as on_stage:
        return run_job("hrv_daily_job", house, ops=ops, tags=tags, on_stage=on_stage)


def _demo_house(session: Session) -> tuple[House, tuple[str, ...]]:
    house = make_demo_home(session)
    return house, (f"A made-up person, kept in {house.home.root} (delete it when done).",)


def _outcome(
    house: House, evening: Evening, run_id: str, *, notes: tuple[str, ...], is_dry: bool
) -> Outcome:
    ingest = house.load(evening, "ingest_report")
    summary = house.load(evening, "intelligence_summary")
    decided = house.load(evening, "agent_forecast")
    done = house.load(evening, "reconciliation")
    folder = house.folder(evening)
    data = {
        "run_id": run_id,
        "as_of": evening.as_of,
        "is_live": evening.is_live,
        "is_dry_run": is_dry,
        "agent": {key: decided[key] for key in ("forecast", "withheld", "confidence", "notes")},
        "sentences": decided["sentences"],
        "model": summary["model"],
        "baseline": summary["baseline"],
        "stale_days": summary["stale_days"],
        "imported": ingest["files"],
        "reconciled": done["rows"],
        "artifacts": None if is_dry else folder,
    }
    text = _text(summary, decided, done, ingest, evening)
    where = "Dry run: nothing was written." if is_dry else f"Artifacts: {folder}"
    return Outcome(
        data=data,
        text=f"{text}\n{where}",
        notes=(*(_failed_line(f) for f in ingest["failed"]), *notes),
        code=_code(ingest, summary, decided, evening, run_id, house),
        errors=tuple({**failed, "stage": "ingest_op"} for failed in ingest["failed"]),
    )


def _code(
    ingest: Mapping[str, Any],
    summary: Mapping[str, Any],
    decided: Mapping[str, Any],
    evening: Evening,
    run_id: str,
    house: House,
) -> ExitCode:
    if ingest["failed"]:
        return ExitCode.PARTIAL
    if decided["forecast"] is None or summary["stale_days"]:
        return ExitCode.STALE if summary["data"]["n_nights"] else ExitCode.NOTHING_NEW
    if not evening.is_live:
        return ExitCode.DONE
    with open_store(house.home, write=False) as store:
        is_sealed_now = any(
            row.run_id == run_id for row in load_sealed(store, evening.subject, after=evening.as_of)
        )
    has_imported = any(file["n_new"] + file["n_revised"] for file in ingest["files"])
    return ExitCode.DONE if is_sealed_now or has_imported else ExitCode.NOTHING_NEW


def _text(
    summary: Mapping[str, Any],
    decided: Mapping[str, Any],
    done: Mapping[str, Any],
    ingest: Mapping[str, Any],
    evening: Evening,
) -> str:
    forecast, base = decided["forecast"], summary["baseline"]
    when = render.day_name(summary["target"])
    lines = [f"Imported {_imported(ingest)}."] if ingest["files"] else []
    if forecast is None:
        lines.append(" ".join(decided["sentences"]))
    else:
        head = f"{when}: about {render.ms(forecast['mean_ms'])}"
        said = render.intervals(forecast["quantiles_ms"])
        lines.append(render.bold(head) + (f"  ({said})" if said else ""))
        lines.append(f"  {decided['sentences'][-1]}")
    lines += drivers_lines(summary)
    lines += vitals_lines(summary)
    lines += [f"  Note: {note}." for note in decided["notes"]]
    lines.append(baseline_line(base))
    lines += _yesterday(done, evening)
    return "\n".join(lines)


def drivers_lines(summary: Mapping[str, Any]) -> list[str]:
    """What pushed the forecast up and down, when the model can say."""
    drivers = [d for d in summary["drivers"] if abs(d["effect_ms"]) >= 0.05]
    if not drivers:
        return []
    said = ", ".join(
        # An answer of none that moves the forecast: without it the evening is not a usual one.
        f"{'no ' if d['value'] == 0 else ''}{d['name']} {d['effect_ms']:+.1f} ms"
        for d in drivers[:5]
    )
    return [f"  Drivers: {said}"]


def vitals_lines(summary: Mapping[str, Any]) -> list[str]:
    """Resting heart rate and respiratory rate, where they are measured."""
    said = [
        f"{VITALS[v['metric']]} {v['value']:.{d}f} {v['unit']}"
        f" ({v['quantiles']['0.1']:.{d}f} to {v['quantiles']['0.9']:.{d}f})"
        for v in summary["vitals"]
        for d in (1 if v["unit"] == "rpm" else 0,)
    ]
    return [f"  Also: {', '.join(said)}"] if said else []


def baseline_line(base: Mapping[str, Any]) -> str:
    """Normal range, 7-day mean and light on one line."""
    if base["low_ms"] is None:
        return f"Normal range: not yet ({base['reason']})"
    return (
        f"Normal range {base['low_ms']:.0f} to {base['high_ms']:.0f} ms ({base['profile']}),"
        f" light {render.light(base['light'])}: {base['reason']}"
    )


def _yesterday(done: Mapping[str, Any], evening: Evening) -> list[str]:
    for day in (evening.as_of, evening.as_of - timedelta(days=1)):
        rows = {r["source"]: r for r in done["rows"] if r["target"] == day.isoformat()}
        if row := rows.get("agent"):
            inside = {True: "inside", False: "outside", None: "without"}[row["inside_80"]]
            return [
                f"{render.day_name(day)} came true at {render.ms(row['actual_ms'])}:"
                f" forecast {render.ms(row['mean_ms'])}, off by {row['error_ms']:+.0f},"
                f" {inside} the 80 % interval"
            ]
    return []


def _imported(ingest: Mapping[str, Any]) -> str:
    new = sum(file["n_new"] for file in ingest["files"])
    revised = sum(file["n_revised"] for file in ingest["files"])
    n = len(ingest["files"])
    return f"{n} {'file' if n == 1 else 'files'}: {new} new values, {revised} revised"


def _failed_line(failed: Mapping[str, Any]) -> str:
    return "\n  ".join([f"hrvctl: {failed['message']}", *failed["problems"], failed["hint"]])
