"""Secrets that are kept elsewhere: a reference says where, and following it gets the secret.

    link = secrets.read("vault:secret/worker#link")

The kinds of references are the command's (docs/CLI.md). Those to a service on the network need that service's own package,
which the extra of that name brings: `vault`, `aws-sm`, `gcp-sm`, `azure-kv`. Neither errors nor logs hold what was found.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from openclaw_sdk.secrets import _aws, _azure, _gcp, _local, _vault, keyring
from openclaw_sdk.secrets._package import QUIET
from openclaw_sdk.secrets._stuck import SecretUnavailable, Stuck
from openclaw_sdk.secrets.keyring import Ring
from openclaw_sdk.secrets.reference import AwsSm, AzureKv, Env, File, GcpSm, Keyring, Reference, Vault, read_reference

__all__ = ["Reference", "SecretUnavailable", "follow", "read", "read_reference"]

_LONGEST = 4_096
"""Characters of the longest secret that is taken. An API key has 39, a link at most 512."""


def read(reference: str) -> str:
    """The secret that a reference stands for. May ask a service on the network, and waits meanwhile.

    Raises `SecretUnavailable`, which says at which step it failed, or `ConfigurationError` for what is no reference.
    """
    return follow(read_reference(reference), os.environ)


def follow(reference: Reference, environment: Mapping[str, str], ring: Ring | None = None) -> str:
    """The same in these surroundings. The services' own packages look at the process's environment besides."""
    try:
        with QUIET.in_use():
            return _trimmed(_found(reference, environment, ring))
    except Stuck as stuck:
        step, why = stuck.step, stuck.why
    except Exception as error:  # noqa: BLE001 - whatever a service's package says may quote what it has read
        step, why = "Following it", type(error).__name__
    # Outside the handler, so that no traceback shows what a package has said: it may quote.
    raise SecretUnavailable(str(reference), step, why)


def _found(reference: Reference, environment: Mapping[str, str], ring: Ring | None) -> str:
    match reference:
        case Env():
            return _local.variable(reference, environment)
        case File():
            return _local.file(reference)
        case Keyring():
            return keyring.read(reference, ring)
        case Vault():
            return _vault.read(reference, environment)
        case AwsSm():
            return _aws.read(reference, environment)
        case GcpSm():
            return _gcp.read(reference, environment)
        case AzureKv():
            return _azure.read(reference, environment)


def _trimmed(text: str) -> str:
    """Without the line's end that editors and shells leave."""
    step, text = "Looking at the secret", text.strip()
    if not text:
        raise Stuck(step, "it is empty")
    if not text.isprintable():
        raise Stuck(step, "it has several lines or control characters")
    if len(text) > _LONGEST:
        raise Stuck(step, f"it is longer than {_LONGEST} characters")
    return text
