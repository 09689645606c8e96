"""The system's keyring, by the package `keyring`."""

from __future__ import annotations

from collections.abc import Callable

from openclaw_sdk.errors import ConfigurationError
from openclaw_sdk.secrets._package import package
from openclaw_sdk.secrets._stuck import Stuck
from openclaw_sdk.secrets.reference import Keyring

Ring = Callable[[str], str | None]
"""Looks an entry up in the system's keyring."""

_SERVICE = "clawpair"


def installed_ring(entry: str) -> str | None:
    """An entry of the system's keyring. `ImportError` where the package is not installed."""
    import keyring
    from keyring import errors

    try:
        return keyring.get_password(_SERVICE, entry)
    except errors.KeyringLocked:
        raise ConfigurationError(
            "The keyring is locked.", hint="Unlock it and try again, or set CLAWPAIR_KEYRING=off."
        ) from None
    except errors.KeyringError:
        # There is none, as on most servers.
        return None


def read(place: Keyring, ring: Ring | None) -> str:
    """What the keyring has under that name."""
    step = "Reading the keyring"
    try:
        with package("keyring", "keyring"):
            found = (ring or installed_ring)(place.name)
    except ConfigurationError as error:
        raise Stuck(step, error.message.rstrip(".")) from None
    if found is None:
        raise Stuck(step, f"there is none, or it has no {place.name} of the service {_SERVICE}")
    return found
