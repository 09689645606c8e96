"""Why a reference could not be followed."""

from __future__ import annotations

from openclaw_sdk.errors import ConfigurationError


class SecretUnavailable(ConfigurationError):
    """A reference to a secret could not be followed."""

    def __init__(self, reference: str, step: str, why: str) -> None:
        super().__init__(
            f"The secret {reference} could not be had. {step}: {why}.",
            hint="docs/CLI.md says what each kind of reference needs.",
        )
        # What it is made of again when it is copied or pickled.
        self.args = (reference, step, why)
        self.reference = reference
        """The reference."""
        self.step = step
        """What was being done."""
        self.why = why
        """Why that failed. Never holds the secret."""


class Stuck(Exception):
    """The step that failed, and why."""

    def __init__(self, step: str, why: str) -> None:
        super().__init__(step, why)
        self.step, self.why = step, why


def word(text: object) -> str:
    """What a service calls a fault, made harmless for showing."""
    return "".join(c if c.isprintable() else " " for c in str(text))[:200]
