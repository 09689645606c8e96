"""What lets a program in: an API key that it was given, or what the command `clawpair` has kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openclaw_sdk import _folders, secrets
from openclaw_sdk.errors import ConfigurationError
from openclaw_sdk.secrets.keyring import Ring, installed_ring
from openclaw_sdk.secrets.reference import LOCAL, Reference, looks_like_one, read_reference


@dataclass(frozen=True)
class ApiKey:
    """An API key, checked to look like one: what is another service's secret is sent to nobody."""

    secret: str = field(repr=False)

    @classmethod
    def read(cls, text: str) -> ApiKey:
        """Reads a key; what is none is not repeated."""
        if not text.startswith("cpk_") or not text.isascii() or not text.isprintable() or " " in text:
            raise ConfigurationError("This is no API key.", hint="Copy it whole, without anything around it: cpk_….")
        return cls(text)


@dataclass(frozen=True)
class SessionToken:
    """A member's session."""

    secret: str = field(repr=False)


Credential = ApiKey | SessionToken


def find(
    given: str | None,
    platform: str,
    environment: Mapping[str, str],
    ring: Ring | None = None,
    *,
    is_of_environment: bool = True,
) -> Credential | Reference | None:
    """The key that was given, else `CLAWPAIR_API_KEY`, else what `clawpair login` or `clawpair configure` kept.

    `platform` is its URL with the port, or `local`. The variable counts where it `is_of_environment`: where the environment
    names no other platform. Some calls need no credential, so `None` is no error.
    """
    of_environment = environment.get("CLAWPAIR_API_KEY", "").strip() if is_of_environment else ""
    if text := given or of_environment:
        return _given(text, environment, ring)
    kept = _file(platform, environment)
    if kept is None and (ring is not None or environment.get("CLAWPAIR_KEYRING") != "off"):
        kept = (ring or _ring)(f"cli-{platform}")
    return None if kept is None else _kept(kept, environment, ring)


def _ring(entry: str) -> str | None:
    """The system's keyring; nothing is there where its package is not installed."""
    try:
        return installed_ring(entry)
    except ImportError:
        return None


def follow(reference: Reference, environment: Mapping[str, str], ring: Ring | None = None) -> ApiKey:
    """The key that a reference leads to."""
    found = secrets.follow(reference, environment, ring)
    try:
        return ApiKey.read(found)
    except ConfigurationError as error:
        raise ConfigurationError(f"What is at {reference} is no API key.", hint=error.hint) from None


def _file(platform: str, environment: Mapping[str, str]) -> str | None:
    """What `clawpair` keeps where there is no keyring."""
    folder = _folders.settings(environment)
    if folder is None:
        return None
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "_" for c in platform)
    path = folder / "credentials" / f"{name}.json"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read.", hint="Run “clawpair configure” again.") from error


def _kept(text: str, environment: Mapping[str, str], ring: Ring | None) -> Credential | Reference:
    try:
        kept: Any = json.loads(text)
        kind = kept["kind"]
        if kind == "api_key":
            return ApiKey.read(str(kept["key"]))
        if kind == "session":
            return SessionToken(str(kept["token"]))
        if kind == "reference":
            return _given(str(kept["reference"]), environment, ring)
    except (ValueError, KeyError, TypeError):
        # The parser's words could quote what it reads.
        pass
    raise ConfigurationError("What “clawpair” has kept is not understood.", hint="Run “clawpair configure” again.")


def _given(text: str, environment: Mapping[str, str], ring: Ring | None) -> ApiKey | Reference:
    """A key, or where it is. What is on this computer is looked up at once; a service is asked when the first call needs it."""
    if not looks_like_one(text):
        return ApiKey.read(text.strip())
    reference = read_reference(text)
    return follow(reference, environment, ring) if isinstance(reference, LOCAL) else reference
