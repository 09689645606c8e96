"""The calls of a device, described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from openclaw_sdk.call import Call
from openclaw_sdk.model import Model
from openclaw_sdk.models.devices import Device
from openclaw_sdk.models.tokens import TokenType

LIVE = Call("GET", "/api/v1/device/live")
SELF = Call("GET", "/api/v1/device/self")


class Tokens(Model):
    """The next pair of tokens."""

    SECRET = frozenset({"access_token", "refresh_token"})

    access_token: str
    """Goes with calls for some minutes."""
    expires_in: int
    """For how many seconds."""
    refresh_token: str
    """Gets the next pair, once."""
    scope: str
    """What the device may do now, with spaces between."""
    token_type: TokenType
    """Always `DPoP`."""


class Paired(Tokens):
    """A claim that won: the device and its first tokens."""

    device: Device
    """The device as the platform knows it."""


class Waiting(Model):
    """A person is asked."""

    comparison: str
    """Six digits that the platform shows."""
    pairing_id: str
    """Which pairing."""
    retry_after_seconds: int
    """How long to wait before asking again."""
    status: Literal["waiting"]


class OpaqueStarted(Model):
    """The platform's part of the proof."""

    response: str
    """KE2."""


class OpaqueFinished(Model):
    """It knows the code, and so does this device."""

    status: Literal["proven"]


def claim(kind: str, symbols: str, public: str, description: Mapping[str, str], idempotency_key: str, signature: str) -> Call:
    """Shows a secret and a key."""
    body = {
        "secret": {kind: symbols},
        "public_key": public,
        "description": dict(description),
        "idempotency_key": idempotency_key,
        "signature": signature,
    }
    return Call("POST", "/api/v1/pair/claim", body=body)


def opaque_start(locator: str, request: str) -> Call:
    """Asks the platform to prove that it knows the code."""
    return Call("POST", "/api/v1/pair/opaque/start", body={"locator": locator, "request": request})


def opaque_finish(finalization: str) -> Call:
    """Proves the same."""
    return Call("POST", "/api/v1/pair/opaque/finish", body={"finalization": finalization})


def refresh(refresh_token: str) -> Call:
    """Asks for the next pair of tokens."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return Call("POST", "/api/v1/oauth/token", form=form)


def change_key(public: str, signature: str) -> Call:
    """Replaces the device's key."""
    return Call("POST", "/api/v1/device/key", body={"public_key": public, "signature": signature})


def end_tokens(token: str) -> Call:
    """Ends the device's own tokens."""
    return Call("POST", "/api/v1/oauth/revoke", form={"token": token})
