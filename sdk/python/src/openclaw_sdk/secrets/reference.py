"""Where a secret is kept, as a person writes it: the same kinds, and the same writing, as the command `clawpair` takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from openclaw_sdk.errors import ConfigurationError

_LONGEST = 1_024
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATH_PART = re.compile(r"(?!\.+\Z)[A-Za-z0-9_. @+-]+")
"""Without `.`, `..` and what a URL would read otherwise."""
_AWS = re.compile(r"[A-Za-z0-9/_+=.@:-]+")
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_LABEL = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True)
class Env:
    """In the environment."""

    FORM: ClassVar = "env:NAME"

    name: str

    @classmethod
    def read(cls, rest: str) -> Env | None:
        """Reads what is behind the colon; `None` if it is not of this form. So do the others."""
        return cls(rest) if _VARIABLE.fullmatch(rest) else None

    def __str__(self) -> str:
        return f"env:{self.name}"


@dataclass(frozen=True)
class File:
    """In a file."""

    FORM: ClassVar = "file:PATH"

    path: Path

    @classmethod
    def read(cls, rest: str) -> File | None:
        """Any path."""
        return cls(Path(rest)) if rest else None

    def __str__(self) -> str:
        return f"file:{self.path}"


@dataclass(frozen=True)
class Keyring:
    """In the system's keyring, of the service `clawpair`."""

    FORM: ClassVar = "keyring:NAME"

    name: str

    @classmethod
    def read(cls, rest: str) -> Keyring | None:
        """Any name."""
        return cls(rest) if _is_name(rest) else None

    def __str__(self) -> str:
        return f"keyring:{self.name}"


@dataclass(frozen=True)
class Vault:
    """In HashiCorp Vault's KV engine, version 2. The first part of the path is where the engine is mounted."""

    FORM: ClassVar = "vault:MOUNT/PATH#FIELD"

    mount: str
    path: str
    field: str

    @classmethod
    def read(cls, rest: str) -> Vault | None:
        """As Vault's own programs write paths."""
        place, _, field = rest.partition("#")
        mount, _, path = place.strip("/").partition("/")
        fits = all(map(_PATH_PART.fullmatch, (mount, *path.split("/")))) and _is_name(field)
        return cls(mount, path, field) if fits else None

    def __str__(self) -> str:
        return f"vault:{self.mount}/{self.path}#{self.field}"


@dataclass(frozen=True)
class AwsSm:
    """In AWS Secrets Manager: a name or ARN, and the field of a secret that is JSON."""

    FORM: ClassVar = "aws-sm:NAME or aws-sm:ARN, and #FIELD where the secret is JSON"

    id: str
    field: str | None

    @classmethod
    def read(cls, rest: str) -> AwsSm | None:
        """What AWS takes for names."""
        name, sharp, field = rest.partition("#")
        fits = _AWS.fullmatch(name) and (not sharp or _is_name(field))
        return cls(name, field or None) if fits else None

    def __str__(self) -> str:
        return f"aws-sm:{self.id}" + (f"#{self.field}" if self.field else "")


@dataclass(frozen=True)
class GcpSm:
    """In Google Cloud Secret Manager: a secret's version; `latest` unless named."""

    FORM: ClassVar = "gcp-sm:PROJECT/NAME or gcp-sm:PROJECT/NAME/VERSION"

    project: str
    name: str
    version: str = "latest"

    @classmethod
    def read(cls, rest: str) -> GcpSm | None:
        """Also as the console shows it: projects/P/secrets/S/versions/V."""
        parts = [part for part in rest.split("/") if part not in ("projects", "secrets", "versions")]
        return cls(*parts) if _are_two_or_three(parts, _WORD) else None

    def __str__(self) -> str:
        return f"gcp-sm:{self.project}/{self.name}/{self.version}"


@dataclass(frozen=True)
class AzureKv:
    """In Azure Key Vault: a vault by its name."""

    FORM: ClassVar = "azure-kv:VAULT/NAME or azure-kv:VAULT/NAME/VERSION"

    vault: str
    name: str
    version: str | None = None

    @classmethod
    def read(cls, rest: str) -> AzureKv | None:
        """What Azure takes for names."""
        parts = rest.split("/")
        return cls(*parts) if _are_two_or_three(parts, _LABEL) else None

    def __str__(self) -> str:
        return f"azure-kv:{self.vault}/{self.name}" + (f"/{self.version}" if self.version else "")


Reference = Env | File | Keyring | Vault | AwsSm | GcpSm | AzureKv
LOCAL = (Env, File, Keyring)
"""Those that lead to this computer, so that following them takes no time."""

_KINDS: dict[str, type[Reference]] = {
    kind.FORM.partition(":")[0]: kind for kind in (Env, File, Keyring, Vault, AwsSm, GcpSm, AzureKv)
}


def looks_like_one(text: str) -> bool:
    """Whether a text begins like a reference."""
    scheme, colon, _ = text.strip().partition(":")
    return bool(colon) and scheme in _KINDS


def read_reference(text: str) -> Reference:
    """Reads a reference. Raises `ConfigurationError` for what is none."""
    if not looks_like_one(text):
        # It may be the secret itself, so it is not repeated.
        begins = ", ".join(f"{scheme}:" for scheme in _KINDS)
        raise ConfigurationError("This is no reference to a secret.", hint=f"One begins with {begins}.")
    text = text.strip()
    scheme, _, rest = text.partition(":")
    kind = _KINDS[scheme]
    found = kind.read(rest) if len(text.encode()) <= _LONGEST else None
    if found is None:
        shown = "".join(c if c.isprintable() else " " for c in text)[:_LONGEST]
        raise ConfigurationError(f"“{shown}” is no reference of its kind.", hint=f"Write it as {kind.FORM}.")
    return found


def _are_two_or_three(parts: list[str], pattern: re.Pattern[str]) -> bool:
    return len(parts) in (2, 3) and all(map(pattern.fullmatch, parts))


def _is_name(text: str) -> bool:
    return bool(text) and text.isprintable()
