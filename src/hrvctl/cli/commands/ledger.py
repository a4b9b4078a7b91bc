"""``hrvctl ledger``: check that no sealed forecast was changed, removed or inserted."""

from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import count


def verify(session: Session) -> CommandResult:
    """Walk the ledger's chain and name every row that was changed, removed or inserted."""
    from hrvctl.usecases.ledger import verify_ledger

    n_rows, head = verify_ledger(session.workspace())
    return CommandResult(
        data={"n_rows": n_rows, "head": head},
        text=f"The ledger is intact: {count(n_rows, 'row')}, head {head[:16]}.",
    )
