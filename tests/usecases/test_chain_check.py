"""The evening's check of the ledger: from the last checked row on, and all of it once a week."""

import json
import sqlite3
from datetime import timedelta

import pytest

from conftest import TODAY
from hrvctl.errors import LedgerBroken
from hrvctl.store.home import Home
from hrvctl.usecases.ledger import check_chain, verify_ledger
from hrvctl.usecases.workspace import Workspace


@pytest.fixture
def checked(home_with_two_runs: Home, workspace: Workspace) -> Workspace:
    """A home whose chain was checked today."""
    assert workspace.home == home_with_two_runs
    faults, (n, _) = check_chain(workspace)
    assert (faults, n > 10) == ((), True)
    return workspace


def change(home: Home, seq: int) -> None:
    """Change a row behind the program's back."""
    with sqlite3.connect(home.database) as connection:
        connection.execute("DROP TRIGGER IF EXISTS entries_no_update")
        connection.execute("UPDATE entries SET payload = '{}' WHERE seq = ?", (seq,))
    connection.close()


def test_evening_checks_what_is_new_and_the_row_it_follows(checked: Workspace) -> None:
    """A change of the last row is named at once."""
    _, (n, _) = check_chain(checked)
    change(checked.home, n)
    (fault,) = check_chain(checked)[0]
    assert f"row {n}" in fault


def test_old_row_is_checked_by_verify_at_once_and_by_the_evening_next_week(
    checked: Workspace,
) -> None:
    """Not every evening walks ten years of rows."""
    change(checked.home, 1)
    assert check_chain(checked)[0] == ()
    with pytest.raises(LedgerBroken):
        verify_ledger(checked)
    later = Workspace(checked.home, lambda: checked.clock() + timedelta(days=7))
    assert "row 1" in check_chain(later)[0][0]
    # The fault is no checkpoint: it is named again.
    assert check_chain(later)[0]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"n": 3, "hash": "0"}', '{"n": "x"}'])
def test_checkpoint_that_is_not_of_this_chain_is_not_used(checked: Workspace, content: str) -> None:
    """A lost, damaged or foreign one: the whole chain is walked."""
    change(checked.home, 1)
    kept = json.loads(checked.home.verified_chain.read_text())
    week = {"week": kept["week"]}
    given = json.loads(content or "null")
    text = json.dumps(given | week) if isinstance(given, dict) else content
    checked.home.verified_chain.write_text(text)
    assert "row 1" in check_chain(checked)[0][0]
    assert TODAY.isocalendar().week == kept["week"][1]
