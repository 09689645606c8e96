"""What can go wrong. The classes of the platform's codes are in `refusals`."""

from __future__ import annotations

from typing import ClassVar


class OpenClawError(Exception):
    """Everything that this package raises by itself."""

    retry_after: float | None = None
    """Seconds to wait before trying again, where the platform asks for that."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        """What is wrong."""
        self.hint = hint
        """What to do about it."""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class ConfigurationError(OpenClawError):
    """A URL, pin or file that the program was given cannot be used. Nothing was sent."""


class Unreachable(OpenClawError):
    """No platform answered. Nothing was done."""


class Stranger(OpenClawError):
    """Who answered is not the platform: another key than the pinned one, or no authority vouches for it. Nothing was done."""


class AnswerLost(OpenClawError):
    """The connection broke before the answer was there: what was asked for may have been done."""


class AnswerNotUnderstood(OpenClawError):
    """The answer is not of the contract: no Clawpair platform, or a much newer one."""


class Refusal(OpenClawError):
    """The platform refused, and said why."""

    CODE: ClassVar[str]
    """The code of the contract that this class is for."""

    def __init__(
        self,
        code: str,
        message: str,
        hint: str | None = None,
        status: int = 0,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        # What it is made of again when it is copied or pickled.
        self.args = (code, message, hint, status, request_id, retry_after)
        self.code = code
        """The stable code."""
        self.status = status
        """The HTTP status."""
        self.request_id = request_id
        """The request's name in the platform's log."""
        self.retry_after = retry_after

    def __str__(self) -> str:
        name = f", request {self.request_id}" if self.request_id else ""
        return f"{super().__str__()} ({self.code}{name})"
