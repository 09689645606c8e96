"""Where a secret is kept, as a person writes it: the same kinds, and the same writing, as the command `clawpair` takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from openclaw_sdk.errors import ConfigurationError

_LONGEST = 1_024
_FORMS = {
    "env": "env:NAME",
    "file": "file:PATH",
    "keyring": "keyring:NAME",
    "vault": "vault:MOUNT/PATH#FIELD",
    "aws-sm": "aws-sm:NAME or aws-sm:ARN, and #FIELD where the secret is JSON",
    "gcp-sm": "gcp-sm:PROJECT/NAME or gcp-sm:PROJECT/NAME/VERSION",
    "azure-kv": "azure-kv:VAULT/NAME or azure-kv:VAULT/NAME/VERSION",
}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATH_PART = re.compile(r"(?!\.+\Z)[A-Za-z0-9_. @+-]+")
"""Without `.`, `..` and what a URL would read otherwise."""
_AWS = re.compile(r"[A-Za-z0-9/_+=.@:-]+")
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_LABEL = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True)
class Env:
    """In the environment."""

    name: str

    def __str__(self) -> str:
        return f"env:{self.name}"


@dataclass(frozen=True)
class File:
    """In a file."""

    path: Path

    def __str__(self) -> str:
        return f"file:{self.path}"


@dataclass(frozen=True)
class Keyring:
    """In the system's keyring, of the service `clawpair`."""

    name: str

    def __str__(self) -> str:
        return f"keyring:{self.name}"


@dataclass(frozen=True)
class Vault:
    """In HashiCorp Vault's KV engine, version 2. The first part of the path is where the engine is mounted."""

    mount: str
    path: str
    field: str

    def __str__(self) -> str:
        return f"vault:{self.mount}/{self.path}#{self.field}"


@dataclass(frozen=True)
class AwsSm:
    """In AWS Secrets Manager: a name or ARN, and the field of a secret that is JSON."""

    id: str
    field: str | None

    def __str__(self) -> str:
        return f"aws-sm:{self.id}" + (f"#{self.field}" if self.field else "")


@dataclass(frozen=True)
class GcpSm:
    """In Google Cloud Secret Manager: a secret's version; `latest` unless named."""

    project: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"gcp-sm:{self.project}/{self.name}/{self.version}"


@dataclass(frozen=True)
class AzureKv:
    """In Azure Key Vault: a vault by its name."""

    vault: str
    name: str
    version: str | None

    def __str__(self) -> str:
        return f"azure-kv:{self.vault}/{self.name}" + (f"/{self.version}" if self.version else "")


Reference = Env | File | Keyring | Vault | AwsSm | GcpSm | AzureKv
LOCAL = (Env, File, Keyring)
"""Those that lead to this computer, so that following them takes no time."""


def looks_like_one(text: str) -> bool:
    """Whether a text begins like a reference."""
    scheme, colon, _ = text.strip().partition(":")
    return bool(colon) and scheme in _FORMS


def read_reference(text: str) -> Reference:
    """Reads a reference. Raises `ConfigurationError` for what is none."""
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    if not colon or scheme not in _FORMS:
        # It may be the secret itself, so it is not repeated.
        raise ConfigurationError(
            "This is no reference to a secret.", hint=f"One begins with {', '.join(f'{scheme}:' for scheme in _FORMS)}."
        )
    found = _read(scheme, rest) if len(text.encode()) <= _LONGEST else None
    return found if found is not None else _malformed(text, scheme)


def _read(scheme: str, rest: str) -> Reference | None:
    match scheme:
        case "env":
            return Env(rest) if _VARIABLE.fullmatch(rest) else None
        case "file":
            return File(Path(rest)) if rest else None
        case "keyring":
            return Keyring(rest) if _is_name(rest) else None
        case "vault":
            return _vault(rest)
        case "aws-sm":
            name, sharp, field = rest.partition("#")
            fits = _AWS.fullmatch(name) and (not sharp or _is_name(field))
            return AwsSm(name, field or None) if fits else None
        case "gcp-sm":
            return _gcp(rest)
        case _:
            parts = rest.split("/")
            fits = len(parts) in (2, 3) and all(map(_LABEL.fullmatch, parts))
            return AzureKv(parts[0], parts[1], parts[2] if len(parts) == 3 else None) if fits else None


def _vault(rest: str) -> Vault | None:
    place, _, field = rest.partition("#")
    mount, _, path = place.strip("/").partition("/")
    fits = all(map(_PATH_PART.fullmatch, (mount, *path.split("/")))) and _is_name(field)
    return Vault(mount, path, field) if fits else None


def _gcp(rest: str) -> GcpSm | None:
    # As the console shows it: projects/P/secrets/S/versions/V.
    parts = [part for part in rest.split("/") if part not in ("projects", "secrets", "versions")]
    fits = len(parts) in (2, 3) and all(map(_WORD.fullmatch, parts))
    return GcpSm(parts[0], parts[1], parts[2] if len(parts) == 3 else "latest") if fits else None


def _is_name(text: str) -> bool:
    return bool(text) and text.isprintable()


def _malformed(text: str, scheme: str) -> NoReturn:
    shown = "".join(c if c.isprintable() else " " for c in text)[:_LONGEST]
    raise ConfigurationError(f"“{shown}” is no reference of its kind.", hint=f"Write it as {_FORMS[scheme]}.")
