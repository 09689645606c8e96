"""What the HTTP client raises, and what that means for the call."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from httpx_sse import SSEError

from openclaw_sdk._tls import StrangerError
from openclaw_sdk.errors import AnswerLost, AnswerNotUnderstood, OpenClawError, Stranger, Unreachable
from openclaw_sdk.refusals import refusal

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@contextmanager
def named() -> Iterator[None]:
    """Raises this package's errors in place of the HTTP client's."""
    try:
        yield
    except SSEError as error:
        raise AnswerNotUnderstood("The answer is no event stream.", hint="See that the URL is the platform's.") from error
    except httpx.TransportError as error:
        raise _name(error) from error
    except (httpx.DecodingError, httpx.StreamError) as error:
        raise AnswerNotUnderstood("The answer cannot be read.") from error


def _name(error: httpx.TransportError) -> OpenClawError:
    for cause in _causes(error):
        if isinstance(cause, StrangerError):
            return Stranger(
                "The platform has another key than the pinned one.",
                hint="Compare the pin with Settings → Network. If it is the same, somebody stands in between.",
            )
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Stranger(
                f"No authority vouches for the server: {cause.verify_message}.",
                hint="Give the platform's pin (CLAWPAIR_PIN), or a certificate of an authority to the platform.",
            )
    if isinstance(error, _NEVER_SENT):
        return Unreachable(
            f"No platform answers: {error or type(error).__name__}.", hint="See that it runs and that the URL is right."
        )
    return AnswerLost(
        f"The connection broke before the answer was there: {error or type(error).__name__}.",
        hint="What was asked for may have been done: look, or repeat it with the same Idempotency-Key.",
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def refused(status: int, headers: httpx.Headers, content: bytes) -> OpenClawError | None:
    """Why an answer is not what was asked for; `None` if it is."""
    if httpx.codes.is_success(status):
        return None
    try:
        body = json.loads(content)
        code, message, hint = body["code"], body["message"], body.get("hint")
    except (ValueError, KeyError, TypeError, AttributeError):
        return _foreign(status)
    return refusal(str(code), str(message), hint, status, headers.get("X-Request-Id"), _retry_after(headers))


def _retry_after(headers: httpx.Headers) -> float | None:
    # The platform never writes a date.
    text = headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() else None


def _foreign(status: int) -> OpenClawError:
    if status in (502, 503, 504):
        return AnswerLost(f"A proxy in front of the platform answered {status}.", hint="The platform may be down.")
    return AnswerNotUnderstood(
        f"The answer, status {status}, is not one of a Clawpair platform.", hint="See that the URL is the platform's."
    )
