"""``hrvctl ledger``: check that no sealed forecast was changed, removed or inserted."""

from hrvctl.cli.session import CommandResult, Session


def verify(session: Session) -> CommandResult:
    """Walk the ledger's chain and name every row that was changed, removed or inserted."""
    from hrvctl.usecases.ledger import verify_ledger

    n_rows, head = verify_ledger(session.workspace())
    return CommandResult(
        data={"n_rows": n_rows, "head": head},
        text=f"The ledger is intact: {n_rows} row{'s' if n_rows != 1 else ''}, head {head[:16]}.",
    )
