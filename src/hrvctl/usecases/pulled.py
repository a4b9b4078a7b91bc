"""How the pull of a vendor ended; in the artifact of the evening that made it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hrvctl.records.choices import Vendor


class Outcome(StrEnum):
    """How the pull of one vendor ended."""

    PULLED = "pulled"
    NOTHING_NEW = "nothing_new"
    FAILED = "failed"
    SIGN_IN = "sign_in"
    SIGNED_OUT = "signed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """The pull of one vendor.

    Attributes:
        vendor: Which.
        outcome: How it ended; ``sign_in`` where the vendor ended the connection in this pull,
            ``signed_out`` where there was none any more and the vendor was not asked.
        n_records: Records put into the inbox.
        first: Earliest day that has been pulled so far.
        newest_night: The last night with an HRV that the vendor gave.
        faults: What went wrong, a line each; also where the rest went well.
        hint: What to do about it.
        ending: That the connection ends before long, and what to do about that.
    """

    vendor: Vendor
    outcome: Outcome
    n_records: int = 0
    first: date | None = None
    newest_night: date | None = None
    faults: tuple[str, ...] = ()
    hint: str = ""
    ending: str = ""
