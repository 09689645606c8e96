"""What lets a program in: an API key that it was given, or what the command `clawpair` has kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from openclaw_sdk.errors import ConfigurationError

_SERVICE = "clawpair"
_LOCKED = "Unlock it and try again, or set CLAWPAIR_KEYRING=off."


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
Ring = Callable[[str], str | None]
"""Looks an entry up in the system's keyring."""


def find(given: str | None, platform: str, environment: Mapping[str, str], ring: Ring | None = None) -> Credential | None:
    """The key that was given, else `CLAWPAIR_API_KEY`, else what `clawpair login` or `clawpair configure` kept.

    `platform` is its URL with the port, or `local`. Some calls need no credential, so `None` is no error.
    """
    if text := given or environment.get("CLAWPAIR_API_KEY"):
        return _followed(text, environment, ring or system_ring)
    if ring is None and environment.get("CLAWPAIR_KEYRING") != "off":
        ring = system_ring
    kept = _file(platform, environment)
    if kept is None and ring is not None:
        kept = ring(f"cli-{platform}")
    return None if kept is None else _kept(kept, environment, ring or system_ring)


def system_ring(entry: str) -> str | None:
    """The system's keyring, by the package `keyring` (the extra of that name); nothing is there where that is not installed."""
    try:
        import keyring
        from keyring import errors
    except ImportError:
        return None
    try:
        return keyring.get_password(_SERVICE, entry)
    except errors.KeyringLocked as error:
        raise ConfigurationError("The keyring is locked.", hint=_LOCKED) from error
    except errors.KeyringError:
        # There is none, as on most servers.
        return None


def _file(platform: str, environment: Mapping[str, str]) -> str | None:
    """What `clawpair` keeps where there is no keyring."""
    folder = _config_folder(environment)
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


def _config_folder(environment: Mapping[str, str]) -> Path | None:
    if named := environment.get("CLAWPAIR_CONFIG_DIR"):
        return Path(named)
    home = environment.get("HOME")
    if sys.platform == "win32":
        places = [environment.get("APPDATA")]
    elif sys.platform == "darwin":
        places = [home and f"{home}/Library/Application Support"]
    else:
        places = [environment.get("XDG_CONFIG_HOME"), home and f"{home}/.config"]
    known = [Path(place) for place in places if place and Path(place).is_absolute()]
    return known[0] / "clawpair-cli" if known else None


def _kept(text: str, environment: Mapping[str, str], ring: Ring) -> Credential:
    try:
        kept: Any = json.loads(text)
        kind = kept["kind"]
        if kind == "api_key":
            return ApiKey.read(str(kept["key"]))
        if kind == "session":
            return SessionToken(str(kept["token"]))
        if kind == "reference":
            return _followed(str(kept["reference"]), environment, ring)
    except (ValueError, KeyError, TypeError):
        # The parser's words could quote what it reads.
        pass
    raise ConfigurationError("What “clawpair” has kept is not understood.", hint="Run “clawpair configure” again.")


def _followed(text: str, environment: Mapping[str, str], ring: Ring) -> ApiKey:
    """A key, or where it is: `env:NAME`, `file:PATH` or `keyring:NAME`."""
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    found: str | None
    if not colon or text.startswith("cpk_"):
        return ApiKey.read(text)
    if scheme == "env":
        found = environment.get(rest)
    elif scheme == "keyring":
        found = ring(rest)
    elif scheme == "file":
        try:
            found = Path(rest).read_text(encoding="utf-8")
        except (OSError, ValueError):
            _missing(text)
    elif scheme in ("vault", "aws-sm", "gcp-sm", "azure-kv"):
        raise ConfigurationError(
            f"This package does not ask {scheme} for keys.", hint="Have its own client read it, or use the command clawpair."
        )
    else:
        return ApiKey.read(text)
    return ApiKey.read(found.strip()) if found else _missing(text)


def _missing(reference: str) -> NoReturn:
    raise ConfigurationError(f"There is no key at {reference}.", hint="Look whether it is spelled right and can be read.")
