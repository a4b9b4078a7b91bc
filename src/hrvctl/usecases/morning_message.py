"""Tell a morning once a wake date, however often it is asked for and whatever is killed."""

from dataclasses import dataclass

from hrvctl.files import read_file
from hrvctl.network.messages import MessageFailed, send
from hrvctl.records.choices import Detail
from hrvctl.settings import Settings
from hrvctl.store.artifacts import save_text
from hrvctl.store.home import log_line
from hrvctl.usecases.morning import MorningReport
from hrvctl.usecases.workspace import Workspace, writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The texts of a morning's message, from the fullest to the barest.

    Attributes:
        full: Title and text with the numbers.
        light: Title and text with the light alone.
    """

    full: tuple[str, str]
    light: tuple[str, str]


# Says that a night is there, and nothing of it.
PING = ("hrvctl", "Last night's HRV is there.")


def tell_once(
    workspace: Workspace, settings: Settings, report: MorningReport, message: Message
) -> bool:
    """Tell a morning, to ``notify_url`` as well where it is set; returns whether it was told now.

    The date is noted before the message goes, so that a process killed meanwhile is not followed by
    a second message. Where the message certainly did not go, the next call tries again.

    Args:
        workspace: The home.
        settings: ``notify_url`` and ``notify_detail``.
        report: A morning with a night.
        message: What to say.
    """
    told = workspace.home.artifacts(settings.subject) / "morning_told.txt"
    with writing(workspace):
        if told.is_file() and read_file(told).decode().strip() == report.day.isoformat():
            return False
        save_text(told, f"{report.day}\n")
    if not settings.notify_url:
        return True
    texts = {Detail.FULL: message.full, Detail.LIGHT: message.light, Detail.PING: PING}
    title, body = texts[settings.notify_detail]
    try:
        # The home is not locked meanwhile: a service may take its time.
        send(settings.notify_url, title=title, body=body)
    except MessageFailed as error:
        told.unlink(missing_ok=True)
        words = f"the morning's message was not sent: {error.message}"
        log_line(workspace.home, workspace.clock(), "WARNING", words)
        return False
    return True
