"""Calls of a paired device: each carries the access token and a fresh proof that the device holds its key."""

from __future__ import annotations

import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openclaw_sdk.call import Call
from openclaw_sdk.device import _calls
from openclaw_sdk.device._calls import Paired, Tokens
from openclaw_sdk.device._channel import Answer, Channel
from openclaw_sdk.device._messages import b64, proof, public_key, rotate_message
from openclaw_sdk.device._reach import reach
from openclaw_sdk.device._state import NoDevice, State, StateFile, read_key, write_key
from openclaw_sdk.device._wire import Wire
from openclaw_sdk.device.codes import Address
from openclaw_sdk.models.devices import Device
from openclaw_sdk.refusals import DeviceKeyReplaced, TokenExpired, UseDpopNonce

T = TypeVar("T")
Send = Callable[[Call, Mapping[str, str]], Awaitable[Answer]]

_DUE = 0.8
"""The part of its lifetime after which an access token is replaced."""


class Caller:
    """A paired device that speaks for itself: it remembers the platform's last nonce and renews its tokens."""

    def __init__(self, file: StateFile, wire: Wire, clock: Callable[[], float] = time.monotonic) -> None:
        self.wire, self._file, self._clock = wire, file, clock
        self._due: float | None = None
        self.nonce: str | None = None
        self.state = self._kept()

    async def call(self, call: Call) -> Answer:
        """Makes a call with the access token."""
        return await self.using_tokens(lambda used: self._once(used, lambda _: call))

    async def using_tokens(self, once: Callable[[State], Awaitable[T]]) -> T:
        """Does something with what the device has, which is renewed before where that is due."""

        async def fresh(used: State) -> T:
            if self._due is not None and self._clock() >= self._due:
                await self._refresh(used)
            return await once(self.state)

        return await self._mending(fresh)

    async def refresh(self) -> None:
        """Gets the next pair of tokens."""
        await self._mending(self._refresh)

    async def change_key(self) -> Device:
        """Puts a new key in the place of this device's, or ends such a change that was begun."""
        try:
            return await self._change_key_once()
        except TokenExpired:
            await self._refresh(self.state)
            return await self._change_key_once()

    async def end_tokens(self) -> None:
        """Ends the device's tokens at the platform."""
        used = self.state
        async with await reach(self.wire, *used.platform) as channel:
            await self.proved(channel.address, _calls.end_tokens(str(used.refresh_token)), channel.call, used, token=None)

    async def proved(self, address: Address, call: Call, send: Send, used: State, *, token: str | None) -> Answer:
        """Makes a call with a proof; once more where the platform wants its nonce in it."""
        url = f"https://{address}{call.path}"

        async def once() -> Answer:
            answer = await send(call, self.headers(used, call.method, url, token=token))
            self.nonce = answer.headers.get("DPoP-Nonce", self.nonce)
            if error := answer.refusal():
                raise error
            return answer

        try:
            return await once()
        except UseDpopNonce:
            return await once()

    async def signed(self, method: str, url: str) -> dict[str, str]:
        """What shows another service that this device makes a request."""

        async def signed(used: State) -> dict[str, str]:
            return self.headers(used, method, url, token=used.access_token)

        return await self.using_tokens(signed)

    def headers(self, used: State, method: str, url: str, *, token: str | None) -> dict[str, str]:
        """What shows that this device makes a request."""
        key, jti = read_key(used.key), str(uuid.uuid4())
        headers = {"DPoP": proof(key, method, url, token=token, nonce=self.nonce, jti=jti)}
        return headers if token is None else headers | {"Authorization": f"DPoP {token}"}

    async def _once(self, used: State, describe: Callable[[Channel], Call]) -> Answer:
        async with await reach(self.wire, *used.platform) as channel:
            return await self.proved(channel.address, describe(channel), channel.call, used, token=used.access_token)

    async def _mending(self, once: Callable[[State], Awaitable[T]]) -> T:
        """Does something; once more where it was refused for what the device has and can mend."""
        used = self.state
        try:
            return await once(used)
        except TokenExpired:
            await self._refresh(used)
        except DeviceKeyReplaced as error:
            await self._mend_key(used, error)
        return await once(self.state)

    async def _refresh(self, used: State) -> None:
        """Gets the next pair of tokens, unless another program on the same file has done so since."""
        async with self._file.locked(self.wire):
            kept = self._kept()
            if kept.refresh_token != used.refresh_token or kept.key != used.key:
                self.state, self._due = kept, None
                return
            async with await reach(self.wire, *kept.platform) as channel:
                answer = await self.proved(
                    channel.address, _calls.refresh(str(kept.refresh_token)), channel.call, kept, token=None
                )
            await self._keep(kept.led_by(channel.address), Tokens(answer.json()))

    async def _change_key_once(self) -> Device:
        async with self._file.locked(self.wire):
            kept = self._kept()
            # The new key is on the disk before the platform hears of it.
            kept = replace(kept, next_key=kept.next_key or write_key(Ed25519PrivateKey.generate()))
            await self._write(kept)
            old, new = public_key(read_key(kept.key)), read_key(str(kept.next_key))

            def describe(channel: Channel) -> Call:
                signature = new.sign(rotate_message(channel.binding, old, public_key(new)))
                return _calls.change_key(b64(public_key(new)), b64(signature))

            paired = Paired((await self._once(kept, describe)).json())
            await self._keep(replace(kept, key=str(kept.next_key), next_key=None), paired)
            return paired.device

    async def _mend_key(self, used: State, error: DeviceKeyReplaced) -> None:
        kept = self._kept()
        if kept.key != used.key:
            self.state, self._due = kept, None
        elif kept.next_key is not None:
            await self._change_key_once()
        else:
            raise error

    async def _keep(self, state: State, tokens: Tokens) -> None:
        await self._write(replace(state, access_token=tokens.access_token, refresh_token=tokens.refresh_token))
        self._due = self._clock() + _DUE * tokens.expires_in

    async def _write(self, state: State) -> None:
        # On the disk before anything in it is used.
        await self.wire.to_its_end(lambda: self._file.write(state))
        self.state = state

    def _kept(self) -> State:
        state = self._file.read()
        if state is None or not state.is_paired:
            raise NoDevice(f"{self._file.path} holds no paired device.", hint="Pair it first.")
        return state
