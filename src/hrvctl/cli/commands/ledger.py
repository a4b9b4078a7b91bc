"""``hrvctl ledger``: is the record as it was sealed?"""

from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import LedgerBroken
from hrvctl.store.database import open_store
from hrvctl.store.ledger import damage, load_chain, load_head


def verify(session: Session) -> CommandResult:
    """Verify the ledger: name every row that was changed, removed or inserted."""
    from hrvctl.domain.tracking import verify as verify_chain

    with open_store(session.workspace().home, write=False) as store:
        chain, head = load_chain(store), load_head(store)
        faults = (*verify_chain(chain, head), *damage(store))
    if faults:
        raise LedgerBroken(
            "the ledger does not verify",
            problems=faults,
            hint="the scores can no longer be trusted: hrvctl restore FILE --force, with one of"
            " hrvctl backup",
        )
    return CommandResult(
        data={"n_rows": head[0], "head": head[1]},
        text=f"The ledger is intact: {head[0]} rows, head {head[1][:16]}.",
    )
