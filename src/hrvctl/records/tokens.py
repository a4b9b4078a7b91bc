"""The tokens that a vendor's sign-in gives."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a vendor gave at the sign-in, or at the latest renewal.

    Attributes:
        access: Sent with every request.
        refresh: Exchanged for the next tokens; empty where the vendor gives none.
        expires_at: When the access token ends, seconds since 1970 by this machine's clock.
        scope: What the person allowed, in the vendor's words; empty where it does not say.
        grant_ends_at: When the refresh token ends however often it is used, seconds since 1970;
            ``None`` where the vendor does not say.
        account: Who the person is, in the vendor's words; empty where it does not say.
    """

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: float
    scope: str = ""
    grant_ends_at: float | None = None
    account: str = field(default="", repr=False)
