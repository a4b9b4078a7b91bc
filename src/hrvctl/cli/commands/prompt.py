"""Show what ``hrvctl daily --show-prompt`` would send to the llm agent."""

import json
from typing import TYPE_CHECKING

from hrvctl.cli.session import CommandResult

if TYPE_CHECKING:
    from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
    from hrvctl.usecases.agent import AgentSettings


def show(summary: "IntelligenceSummary", chosen: "AgentSettings") -> CommandResult:
    """Show address and body exactly as they would be sent, without the key."""
    from hrvctl.usecases.agent import prompt

    if summary.forecast is None:
        return CommandResult(
            data={"url": None, "body": None, "withheld": summary.withheld},
            text=f"Nothing would be sent, there is no forecast: {summary.withheld}.",
        )
    sent = prompt(summary, chosen)
    body = json.dumps(sent.body, indent=2, ensure_ascii=False)
    notes = () if chosen.model else ("llm_model is not set: hrvctl config set llm_model NAME",)
    return CommandResult(
        data={"url": sent.url, "body": sent.body, "withheld": ""},
        text=f"POST {sent.url}\n{body}",
        notes=notes,
    )
