"""`hrvctl sources`: every source that can be imported, and how to get its export."""

import json
from collections.abc import Callable

from conftest import Result

Hrvctl = Callable[..., Result]


def test_every_source_says_how_to_get_its_export(hrvctl: Hrvctl) -> None:
    """Step by step, the import last; an unknown name gets the nearest."""
    names = [s["name"] for s in hrvctl("sources", "list", "--json").data["sources"]]
    assert {"whoop", "table"} <= set(names)
    for name in names:
        steps = hrvctl("sources", "show", name, "--json").data["steps"]
        assert len(steps) > 1, name
        assert "hrvctl import" in steps[-1], name
    wrong = hrvctl("sources", "show", "whop")
    assert wrong.code == 2
    assert "did you mean 'whoop'" in wrong.err
    assert json.loads(hrvctl("sources", "show", "whoop", "--json").out)["data"]["title"]
