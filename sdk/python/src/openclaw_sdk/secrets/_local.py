"""Secrets in the environment and in files."""

from __future__ import annotations

from collections.abc import Mapping

from openclaw_sdk.secrets._stuck import Stuck
from openclaw_sdk.secrets.reference import Env, File

_LONGEST = 8_192


def variable(place: Env, environment: Mapping[str, str]) -> str:
    """A variable of the environment."""
    value = environment.get(place.name)
    if not value:
        raise Stuck("Reading the environment", f"{place.name} is not set")
    return value


def file(place: File) -> str:
    """A file's text."""
    step = "Reading the file"
    try:
        with place.path.open(encoding="utf-8") as text:
            # A little more than is allowed, so that too much is noticed.
            return text.read(_LONGEST)
    except OSError as error:
        raise Stuck(step, error.strerror or type(error).__name__) from None
    except ValueError:
        raise Stuck(step, "it is no text") from None
