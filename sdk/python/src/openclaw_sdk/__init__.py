"""Clawpair's platforms from Python: `OpenClawClient`, `AsyncOpenClawClient`, and devices in `openclaw_sdk.device`."""

from openclaw_sdk import models, refusals
from openclaw_sdk.client import AsyncOpenClawClient, OpenClawClient
from openclaw_sdk.errors import (
    AnswerLost,
    AnswerNotUnderstood,
    ConfigurationError,
    OpenClawError,
    Refusal,
    Stranger,
    Unreachable,
)
from openclaw_sdk.retry import NEVER, Retries

__all__ = [
    "NEVER",
    "AnswerLost",
    "AnswerNotUnderstood",
    "AsyncOpenClawClient",
    "ConfigurationError",
    "OpenClawClient",
    "OpenClawError",
    "Refusal",
    "Retries",
    "Stranger",
    "Unreachable",
    "models",
    "refusals",
]
