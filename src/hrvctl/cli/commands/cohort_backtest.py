"""``hrvctl cohort backtest``: every model on everybody's past."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import cohorts, render
from hrvctl.cli.commands.backtest import TWO_ROWS
from hrvctl.cli.session import CommandResult, Session
from hrvctl.cli.values import check_place, parse_path
from hrvctl.errors import ExitCode, count
from hrvctl.records import NAIVE
from hrvctl.store.artifacts import export_csv
from hrvctl.store.json_values import plain

if TYPE_CHECKING:
    from hrvctl.domain.cohorts.backtests import PooledBacktest, PooledSkill
    from hrvctl.usecases.cohorts.backtest import CohortBacktest

DaysOption = Annotated[
    int | None,
    typer.Option("--days", min=1, metavar="N", help="Only the last N days (default: all)."),
]
CsvOption = Annotated[
    Path | None,
    typer.Option(
        "--csv", parser=parse_path, metavar="FILE", help="Write a line a person and model."
    ),
]
HEADER = (
    *("model", "mornings", "people", "MAE ms", "80 % held", "95 % held"),
    *("skill to last value", "to 7-day mean", "better for"),
)


def backtest(
    session: Session,
    cohort: cohorts.CohortArgument,
    models: cohorts.ModelsOption = "all",
    days: DaysOption = None,
    csv: CsvOption = None,
    engine: cohorts.EngineOption = "auto",
    workers: cohorts.WorkersOption = None,
    scheduler: cohorts.SchedulerOption = "",
) -> CommandResult:
    """Forecast everybody's past with every model, and score all on the same mornings.

    Of each person as `hrvctl backtest` does, then pooled over people. Nothing is sealed or kept.
    """
    check_place("--csv", csv)
    folder = cohorts.open_cohort(cohort)
    from hrvctl.usecases.backtest import choose_models
    from hrvctl.usecases.cohorts.backtest import CSV_COLUMNS, backtest_cohort
    from hrvctl.usecases.cohorts.engine_choice import FITTED_MODELS, SECONDS_A_FITTED_NIGHT

    chosen = [model.name for model in choose_models("" if models == "all" else models)]
    settings = cohorts.load(folder)
    today = settings.today(session.clock())
    work = SECONDS_A_FITTED_NIGHT if FITTED_MODELS.intersection(chosen) else None
    with cohorts.fan_out(
        session, folder, settings, today, engine, workers, scheduler, seconds_a_night=work
    ) as run:
        found = backtest_cohort(
            folder,
            settings,
            chosen,
            as_of=today,
            days=days,
            loops=run.loops,
            engine=run.engine,
            on_bucket=run.on_bucket,
        )
    if csv is not None:
        export_csv(csv, CSV_COLUMNS, found.rows())
    first, last = found.span or (None, None)
    code = ExitCode.DONE if found.people else ExitCode.NOTHING_NEW
    return CommandResult(
        data={
            "first_day": first,
            "last_day": last,
            "n_people": len(found.people),
            "n_left_out": len(found.left_out),
            "n_lost": len(found.lost),
            "models": plain(found.models),
            "csv": csv,
        },
        text="\n\n".join(_blocks(found, csv)),
        notes=cohorts.lost_notes(found.lost),
        code=ExitCode.PARTIAL if found.lost else code,
    )


def _blocks(found: "CohortBacktest", csv: Path | None) -> list[str]:
    from hrvctl.domain.cohorts.backtests import MIN_PEOPLE
    from hrvctl.domain.forecast.hierarchical import MAIN

    blocks = []
    if found.span is None:
        blocks.append("Nothing to score: nobody has a past morning that could be forecast.")
    else:
        first, last = found.span
        n = max(model.n for model in found.models)
        people = count(len(found.people), "person", "people")
        blocks += [
            f"{_verdict(found)}{count(n, 'morning')} of {people} from {first} to {last}; every"
            " model's forecast is that of the evening before.",
            render.columns(
                [_row(model) for model in found.models], header=HEADER, to_right=HEADER[1:]
            ),
            *(["\n".join(TWO_ROWS)] if any(m.source == MAIN for m in found.models) else []),
            "skill = 1 - MAE / the other's, on the same mornings: above zero is better. better for:"
            " people with a smaller error than the last value's. More: hrvctl explain score",
        ]
        if len(found.people) < MIN_PEOPLE:
            blocks.append(
                f"Not enough yet for intervals over people: have {len(found.people)}, need"
                f" {MIN_PEOPLE}."
            )
    if found.left_out:
        subject, why = next(iter(found.left_out.items()))
        n_left_out = count(len(found.left_out), "person", "people")
        blocks.append(f"Left out: {n_left_out}, for example {subject}: {why}.")
    if csv:
        blocks.append(f"Wrote {csv}.")
    return blocks


def _verdict(found: "CohortBacktest") -> str:
    """What to expect of tonight, or the nearest model, and how sure that is over people."""
    from hrvctl.usecases.backtest import AS_THE_EVENING_KNEW

    by_name = {model.source: model for model in found.models}
    nearest = min(found.models, key=lambda model: model.mae_ms)
    best = by_name.get(AS_THE_EVENING_KNEW, nearest)
    if best.source == NAIVE or best.skill is None:
        return ""
    words = "Nearest: " if best is nearest else ""
    text = f"{words}{best.source}, {best.mae_ms:.1f} ms off, skill {_percent(best.skill)}"
    if best.skill.low is not None and best.skill.high is not None:
        text += f" (95 % interval {100 * best.skill.low:+.1f} to {100 * best.skill.high:+.1f})"
    return f"{text}. "


def _row(model: "PooledBacktest") -> tuple[object, ...]:
    held = (model.coverage_80, model.coverage_95)
    return (
        model.source,
        model.n,
        model.n_people,
        render.fixed(model.mae_ms, 2),
        *(render.percent(share, 1) for share in held),
        _percent(model.skill),
        _percent(model.skill_ma7),
        _better(model),
    )


def _better(model: "PooledBacktest") -> str:
    if model.source == NAIVE or not model.n_compared:
        return "-"
    return f"{model.n_better} of {model.n_compared}"


def _percent(skill: "PooledSkill | None") -> str | None:
    return render.percent(skill.value if skill else None, 1, sign="+")
