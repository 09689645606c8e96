"""Pairing: from a code or link to a device that is let in."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openclaw_sdk._patience import patiently
from openclaw_sdk.device import _calls
from openclaw_sdk.device._calls import OpaqueStarted, Paired, Waiting
from openclaw_sdk.device._channel import Answer, Channel
from openclaw_sdk.device._messages import b64, claim_message, comparison, from_b64, opaque_context, public_key, sha256
from openclaw_sdk.device._opaque import Client, NotProven
from openclaw_sdk.device._reach import reach
from openclaw_sdk.device._state import State, StateFile, read_key, write_key
from openclaw_sdk.device._wire import Listener, Wire, tell
from openclaw_sdk.device.codes import Address, PairingCode, PairingLink
from openclaw_sdk.errors import AnswerNotUnderstood, ConfigurationError, Stranger
from openclaw_sdk.pin import Pin
from openclaw_sdk.refusals import CodeRefused
from openclaw_sdk.retry import Retries

T = TypeVar("T")


@dataclass(frozen=True)
class Secret:
    """What a device was given to get in."""

    kind: str
    symbols: str = field(repr=False)
    addresses: tuple[Address, ...]
    pin: Pin | None

    @classmethod
    def read(cls, text: str, address: str | None, pin: str | None) -> Secret:
        """Reads a link, or a code with the address of its platform."""
        if text.strip().upper().startswith("CPAIR:"):
            link = PairingLink.read(text)
            return cls("link", link.secret, link.addresses, link.pin)
        code = PairingCode.read(text)
        if address is None:
            raise ConfigurationError(
                "A code does not say where its platform is.", hint="Give address=…, such as 192.168.1.20, or use the link."
            )
        return cls("code", code.symbols, (Address.read(address),), Pin.read(pin) if pin else None)

    @property
    def hash(self) -> str:
        """Says whether another text means the same pairing."""
        return b64(sha256(self.kind.encode(), b"\0", self.symbols.encode()))


@dataclass(frozen=True)
class Pairing:
    """How a device pairs."""

    file: StateFile
    description: Mapping[str, str]
    show: Listener[str]
    """Shows the number that a person compares."""
    retries: Retries
    wire: Wire

    async def run(self, secret: Secret) -> State:
        """Pairs, or goes on with the pairing that was broken off."""
        async with self.file.locked(self.wire):
            kept = self.file.read()
            if kept is not None and kept.is_paired:
                raise ConfigurationError(
                    f"{self.file.path} holds a paired device already.", hint="Open it, or forget it first."
                )
            if kept is None or kept.secret_hash != secret.hash:
                kept = await self._begun(secret)
                # Key and attempt are on the disk before the platform hears of them.
                await self._write(kept)
            try:
                paired = await self._claimed(secret, kept)
            except CodeRefused:
                self.file.remove()
                raise
            await self._write(paired)
            return paired

    async def _write(self, state: State) -> None:
        await self.wire.to_its_end(lambda: self.file.write(state))

    async def _begun(self, secret: Secret) -> State:
        # Only a code comes without the pin.
        pin = secret.pin or await self._patiently(lambda: self._proved_pin(secret), repeatable=False)
        return State(
            addresses=tuple(map(str, secret.addresses)),
            pin=str(pin),
            key=write_key(Ed25519PrivateKey.generate()),
            attempt=str(uuid.uuid4()),
            secret_hash=secret.hash,
        )

    async def _claimed(self, secret: Secret, state: State) -> State:
        shown = None
        while True:
            channel, answer = await self._patiently(lambda: self._claim(secret, state), repeatable=True)
            if answer.status != 202:
                tokens = Paired(answer.json())
                return replace(
                    state.led_by(channel.address),
                    device_id=tokens.device.id,
                    access_token=tokens.access_token,
                    refresh_token=tokens.refresh_token,
                )
            waiting = Waiting(answer.json())
            try:
                number = comparison(channel.pin.hash, public_key(read_key(state.key)), waiting.pairing_id)
            except ValueError as error:
                raise AnswerNotUnderstood("The answer names no pairing.") from error
            if waiting.comparison != number:
                raise Stranger(
                    "The platform shows another number than this device.", hint="Cancel the code and make a new one."
                )
            if shown != number:
                await tell(self.show, number)
                shown = number
            await self.wire.sleep(float(waiting.retry_after_seconds))

    async def _claim(self, secret: Secret, state: State) -> tuple[Channel, Answer]:
        key, attempt = read_key(state.key), uuid.UUID(state.attempt)
        async with await reach(self.wire, *state.platform) as channel:
            message = claim_message(secret.kind, channel.binding, secret.symbols, self.description, attempt)
            public, signature = b64(public_key(key)), b64(key.sign(message))
            answer = await channel.call(
                _calls.claim(secret.kind, secret.symbols, public, self.description, state.attempt, signature)
            )
        if error := answer.refusal():
            raise error
        return channel, answer

    async def _patiently(self, once: Callable[[], Awaitable[T]], *, repeatable: bool) -> T:
        return await patiently(once, self.retries, self.wire.sleep, what="pairing", repeatable=repeatable)

    async def _proved_pin(self, secret: Secret) -> Pin:
        """The pin of a platform that proves to know the code, and that nobody is in between (OPAQUE)."""
        async with await reach(self.wire, secret.addresses, None) as channel:
            code = PairingCode(secret.symbols)
            client = Client(code.password, opaque_context(channel.binding, channel.pin.hash))
            started = await channel.call(_calls.opaque_start(code.locator.decode(), b64(client.ke1)))
            if refused := started.refusal():
                raise refused
            try:
                proof = client.finish(from_b64(OpaqueStarted(started.json()).response))
            except NotProven:
                raise Stranger(
                    "Whoever answers does not prove that it knows the code.",
                    hint="Compare the code with the screen. If it is right, somebody stands in between: do not go on.",
                ) from None
            except ValueError as error:
                raise AnswerNotUnderstood("The answer is not base64url.") from error
            finished = await channel.call(_calls.opaque_finish(b64(proof)))
            if refused := finished.refusal():
                raise refused
            _calls.OpaqueFinished(finished.json())
            return channel.pin
