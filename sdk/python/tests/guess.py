"""Codes that somebody mistypes or guesses."""

from __future__ import annotations

import itertools

from openclaw_sdk import refusals
from openclaw_sdk.device.codes import PairingCode
from openclaw_sdk.pin import ALPHABET


def another(code: str) -> str:
    """Another well-formed code with the same locator."""
    for last in itertools.product(ALPHABET, repeat=2):
        guess = code[:-2] + "".join(last)
        try:
            PairingCode.read(guess)
        except refusals.CodeMalformed:
            continue
        if guess != code:
            return guess
    raise AssertionError("no other code")
