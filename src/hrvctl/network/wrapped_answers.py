"""Answers that Withings sends with HTTP's 200 whatever happened: the status is inside.

https://developer.withings.com/api-reference#section/Response-status
"""

from collections.abc import Mapping
from http import HTTPStatus

from hrvctl.network.http import RequestFailed, one_line

DONE = 0
# HTTP's status of the same meaning, by the vendor's.
STATUS: Mapping[int, HTTPStatus] = {
    **dict.fromkeys((100, 101, 102, 200, 401), HTTPStatus.UNAUTHORIZED),
    **dict.fromkeys((214, 277), HTTPStatus.FORBIDDEN),
    **dict.fromkeys((293, 294, 2554), HTTPStatus.BAD_REQUEST),
    522: HTTPStatus.GATEWAY_TIMEOUT,
    601: HTTPStatus.TOO_MANY_REQUESTS,
}
# Sent for any wrong parameter, a refresh token that has ended among them, and for other faults.
AMBIGUOUS, WRONG_PARAMETER = 503, "invalid params"


def unwrapped(content: object) -> object:
    """The content of an answer.

    Raises:
        RequestFailed: The status inside is not that of success; it is told as HTTP's.
    """
    if content is None:
        return None
    inner = content.get("status") if isinstance(content, Mapping) else None
    if not isinstance(content, Mapping) or type(inner) is not int:
        raise RequestFailed("the answer has no status")
    if inner == DONE:
        return content.get("body")
    reason = one_line(str(content.get("error") or ""))
    status = STATUS.get(inner)
    if inner == AMBIGUOUS and reason.lower().startswith(WRONG_PARAMETER):
        status = HTTPStatus.BAD_REQUEST
    raise RequestFailed(
        f"the server answered {inner}",
        status=None if status is None else int(status),
        reason=reason,
    )
