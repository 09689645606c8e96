"""The packages of the services, which only extras bring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openclaw_sdk._quiet import Quiet
from openclaw_sdk.secrets._stuck import Stuck

QUIET = Quiet()
"""In use while a secret is read."""

_FAMILIES = ("azure", "boto3", "botocore", "google", "hvac", "msal", "requests", "urllib3")


@contextmanager
def package(name: str, extra: str) -> Iterator[None]:
    """For importing one."""
    try:
        yield
    except ImportError:
        why = f"{name} is not installed; install it with “pip install 'clawpair-sdk[{extra}]'”"
        raise Stuck("Loading the service's own package", why) from None


def hush() -> None:
    """Has those that are loaded by now log nothing while a secret is read."""
    for family in _FAMILIES:
        QUIET.hush(family)
