"""Client for chat completions of an OpenAI-compatible endpoint.

Configuration that other programs read (``OPENAI_BASE_URL``, organisation, project, extra headers)
is not used: the request goes to the configured address with the given key and nothing else.
"""

from collections.abc import Mapping

from hrvctl.network.api_keys import NO_KEY
from hrvctl.network.http import HttpClient, RequestFailed, one_line


def complete_chat(url: str, body: Mapping[str, object], *, key: str, deadline: float) -> str:
    """Request a chat completion; retry transient failures until the deadline.

    Args:
        url: Base address of the endpoint; ``/chat/completions`` is added.
        body: The request, sent unchanged as JSON.
        key: API key of the endpoint.
        deadline: When to give up, on the clock of ``time.monotonic``, seconds.

    Returns:
        The text of the first choice; if it repeats the key, with ``[key]`` in its place.

    Raises:
        RequestFailed: There is no text; the message says why in one line without the key.
    """
    headers = {"Accept": "application/json", "Authorization": f"Bearer {key}"}
    client = HttpClient(allowed=[url], headers=headers)
    try:
        answer = client.post_json(completions_url(url), dict(body), deadline=deadline)
    except RequestFailed as error:
        if error.status is None:
            raise
        reason = _without_key(error.reason, key).strip() or "no reason given"
        raise RequestFailed(one_line(f"{error.message}: {reason}"), status=error.status) from None
    try:
        text = answer.json()["choices"][0]["message"]["content"]
    except (RequestFailed, LookupError, TypeError) as error:
        raise RequestFailed("the answer is not a chat completion") from error
    if not isinstance(text, str):
        raise RequestFailed("the chat completion has no text")
    return _without_key(text, key)


def completions_url(url: str) -> str:
    """The address that chat completions of an endpoint are requested from."""
    return f"{url.rstrip('/')}/chat/completions"


def _without_key(text: str, key: str) -> str:
    return text.replace(key, "[key]") if key and key != NO_KEY else text
