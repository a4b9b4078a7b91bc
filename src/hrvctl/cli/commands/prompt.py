"""Show what ``hrvctl daily --show-prompt`` would send to the llm agent."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hrvctl.cli.session import CommandResult

if TYPE_CHECKING:
    from hrvctl.usecases.agent import Choice


def show(summary: Mapping[str, Any], choice: "Choice") -> CommandResult:
    """Render address and body exactly as they would be sent, without the key.

    Args:
        summary: ``intelligence_summary.json`` of a dry run.
        choice: Where it would be sent.
    """
    from hrvctl.usecases.agent import prompt

    if summary["forecast"] is None:
        return CommandResult(
            data={"url": None, "body": None, "withheld": summary["withheld"]},
            text=f"Nothing would be sent, there is no forecast: {summary['withheld']}.",
        )
    sent = prompt(summary, choice)
    body = json.dumps(sent["body"], indent=2, ensure_ascii=False)
    notes = () if choice.model else ("llm_model is not set: hrvctl config set llm_model NAME",)
    return CommandResult(
        data={**sent, "withheld": ""}, text=f"POST {sent['url']}\n{body}", notes=notes
    )
