"""``hrvctl`` and ``hrvctl morning``: last night, and what was forecast of it, on one screen."""

from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import output, render, trend_picture
from hrvctl.cli.daily_report import baseline_line, failed_line
from hrvctl.cli.pull_report import fault_errors, fault_lines, needs_sign_in
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode, count
from hrvctl.records import GUESS, NAIVE, SPOKEN_NAMES
from hrvctl.store.json_values import plain

if TYPE_CHECKING:
    from hrvctl.records import Forecast
    from hrvctl.usecases.morning import MorningReport
    from hrvctl.usecases.morning_message import Message

# Whom the running record compares the forecast with, by its name in the record.
RIVALS = {"last_value": NAIVE, "guess": GUESS}


OnceOption = Annotated[
    bool,
    typer.Option("--once", help="Say it once a day and send it to notify_url; for a schedule."),
]


def morning(session: Session, once: OnceOption = False) -> CommandResult:
    """Import what is new, and show last night beside its forecast, guess and normal range.

    Seals nothing: tonight's forecast is made in the evening, by hrvctl daily. Exit code 4 until
    today's night is imported.
    """
    from hrvctl.usecases.inbox_folders import folders_of
    from hrvctl.usecases.intake import take_in
    from hrvctl.usecases.morning import load_morning
    from hrvctl.usecases.morning_message import tell_once

    settings, workspace = session.settings(), session.workspace()
    evening = workspace.evening(settings.subject)
    report, pulled = take_in(workspace, evening, settings.pull, folders_of(settings))
    found = load_morning(workspace, evening, settings.profile.value)
    shown = _shown(session, found)
    is_new = found.hrv_ms is not None
    if once and is_new:
        is_new = tell_once(workspace, settings, found, _message(found))
    code = ExitCode.PARTIAL if report.failed else ExitCode.DONE if is_new else ExitCode.NOTHING_NEW
    if needs_sign_in(pulled):
        code = ExitCode.SIGN_IN
    elif once and not is_new:  # it looks again soon, and the evening says what was refused
        return CommandResult(data=shown.data, code=ExitCode.NOTHING_NEW)
    return CommandResult(
        data={**shown.data, "pulled": pulled, "imported": report.artifact().files},
        text=shown.text,
        notes=(*fault_lines(pulled), *map(failed_line, report.failed)),
        code=code,
        errors=(*fault_errors(pulled), *map(plain, report.failed)),
    )


def show_morning(session: Session) -> CommandResult:
    """The same from what is stored; reads only."""
    from hrvctl.usecases.morning import load_morning

    settings, workspace = session.settings(), session.workspace()
    return _shown(
        session,
        load_morning(workspace, workspace.evening(settings.subject), settings.profile.value),
    )


def _shown(session: Session, found: "MorningReport") -> CommandResult:
    data = {
        "subject": session.settings().subject,
        "day": found.day,
        "n_nights": len(found.nights),
        "last_night": found.nights[-1] if found.nights else None,
        "metric": found.history.metric,
        "measured_by": found.history.measured_by,
        "hrv_ms": found.hrv_ms,
        "baseline": found.baseline,
        "forecast": found.forecast,
        "is_inside_80": found.is_inside,
        "guess_ms": found.guess_ms,
        "records": {
            name: {"n": record.n, "mae_ms": record.mae_ms} for name, record in found.records.items()
        },
        "sealed_for_tomorrow": found.tomorrow,
    }
    lines = [*_lines(found), *trend_picture.on_terminal(session, found)]
    return CommandResult(data=data, text="\n".join(lines))


def _message(found: "MorningReport") -> "Message":
    """The morning as a message; the light in words without a number."""
    from hrvctl.usecases.morning_message import Message

    title, *rest = (output.plain(one) for one in _lines(found))
    return Message(
        full=(title, "\n".join(one.strip() for one in rest)),
        light=("Last night's HRV", f"Light: {found.baseline.light}."),
    )


def morning_lines(found: "MorningReport") -> list[str]:
    """Last night, its forecast, the guess and the record so far."""
    lines = [_night(found)]
    lines += _forecast(found)
    if found.guess_ms is not None:
        off = "" if found.hrv_ms is None else f": {_off(found.hrv_ms, found.guess_ms)}"
        lines.append(f"  Your guess: {render.ms(found.guess_ms)}{off}.")
    if (own := found.records.get("forecast")) is not None:
        others = [
            f"{SPOKEN_NAMES[source]} {record.mae_ms:.1f}"
            + ("" if record.n == own.n else f" on {record.n}")
            for key, source in RIVALS.items()
            if (record := found.records.get(key))
        ]
        so_far = f"  So far {own.mae_ms:.1f} ms off on {count(own.n, 'morning')}"
        lines.append("; ".join([so_far, *others]) + ".")
    return lines


def _lines(found: "MorningReport") -> list[str]:
    lines = morning_lines(found)
    lines.append(baseline_line(found.baseline))
    if found.tomorrow:
        lines.append(f"Tomorrow: {_stated(found.tomorrow)}, sealed.")
    else:
        lines.append("Tomorrow: not forecast yet. In the evening: hrvctl daily")
    return lines


def _night(found: "MorningReport") -> str:
    day = render.day_name(found.day)
    if found.hrv_ms is None:
        last = f" The last is of {render.day_name(found.nights[-1])}." if found.nights else ""
        return f"{day}: no night yet.{last}"
    base = found.baseline
    if base.low_ms is None or base.high_ms is None:
        where = ""
    elif found.hrv_ms < base.low_ms:
        where = ", below your normal range"
    elif found.hrv_ms > base.high_ms:
        where = ", above your normal range"
    else:
        where = ", within your normal range"
    return f"{day}: {render.ms(found.hrv_ms)}{where}"


def _forecast(found: "MorningReport") -> list[str]:
    if found.forecast is None:
        return ["  No forecast was sealed for it."]
    text = f"  Forecast: {_stated(found.forecast)}"
    if found.hrv_ms is not None:
        inside = {True: ", inside", False: ", outside", None: ""}[found.is_inside]
        text += f": {_off(found.hrv_ms, found.forecast.mean_ms)}{inside}"
    return [f"{text}."]


def _stated(forecast: "Forecast") -> str:
    ends = forecast.interval(80)
    between = f" (8 mornings of 10 between {ends[0]:.0f} and {ends[1]:.0f})" if ends else ""
    return f"{render.ms(forecast.mean_ms)}{between}"


def _off(actual_ms: float, forecast_ms: float) -> str:
    """How far the night was above or below a forecast, ms; of the rounded values shown."""
    difference = round(actual_ms) - round(forecast_ms)
    if not difference:
        return "as it came"
    return f"it came {abs(difference)} ms {'above' if difference > 0 else 'below'}"
