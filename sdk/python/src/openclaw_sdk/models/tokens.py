"""Devices' tokens, as services behind the platform see them."""

from __future__ import annotations

from typing import Literal

from openclaw_sdk.model import Model

TokenType = Literal["DPoP"]
"""How a token is presented."""


class Confirmation(Model):
    """The key a token is bound to (RFC 9449 §6.1)."""

    jkt: str
    """The thumbprint of its JWK (RFC 7638)."""


class ServerMetadata(Model):
    """Where the endpoints of OAuth are, and what they take (RFC 8414)."""

    dpop_signing_alg_values_supported: list[str]
    """`EdDSA`."""
    grant_types_supported: list[str]
    """`refresh_token`. First tokens come with pairing."""
    introspection_endpoint: str
    """For services behind the platform."""
    introspection_endpoint_auth_methods_supported: list[str]
    """`Bearer`: an API key with the right `tokens:introspect`."""
    issuer: str
    """`https://host:port`, as the request named it."""
    response_types_supported: list[str]
    """Empty: nobody is redirected anywhere."""
    revocation_endpoint: str
    """For devices, and for callers with the right `tokens:revoke`."""
    revocation_endpoint_auth_methods_supported: list[str]
    """`none`, as at the token endpoint."""
    token_endpoint: str
    """For devices."""
    token_endpoint_auth_methods_supported: list[str]
    """`none`: the proof of the device's key is all there is."""


class Introspection(Model):
    """What a service behind the platform learns of a device's access token (RFC 7662)."""

    active: bool
    """Whether it works now, for whoever proves to hold the key of `cnf`. Nothing more is said of one that does not."""
    cnf: Confirmation | None
    """The key it is bound to."""
    exp: int | None
    """From when on the token is too old, in seconds since 1970 (UTC)."""
    iat: int | None
    """When it was given out, in seconds since 1970 (UTC)."""
    scope: str | None
    """What the device may do: its permissions now, with spaces between them."""
    sub: str | None
    """The device, `dev-<uuid>`."""
    token_type: TokenType | None
    """Always `DPoP`."""
