"""Makes calls: sends them, tries again where that is safe, reads answers."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import Any, TypeVar

import httpx

from openclaw_sdk import credentials
from openclaw_sdk._failures import refused
from openclaw_sdk._net import Net, Streamed
from openclaw_sdk._patience import log, may_repeat, patiently
from openclaw_sdk.call import Call, Given
from openclaw_sdk.credentials import ApiKey
from openclaw_sdk.errors import AnswerNotUnderstood, OpenClawError
from openclaw_sdk.model import Model
from openclaw_sdk.models.events import Event
from openclaw_sdk.retry import Retries
from openclaw_sdk.secrets.reference import Reference

M = TypeVar("M", bound=Model)
P = TypeVar("P", bound=Model)
T = TypeVar("T")

SESSION_COOKIE = "__Host-clawpair"
_SILENCE = 60.0
"""Seconds after which an event stream is dead: the platform says something every 15."""


class Engine:
    """Makes calls over one network with one credential. A reference to a key is followed when the first call needs it."""

    def __init__(self, net: Net, let_in: ApiKey | Reference | None, retries: Retries) -> None:
        self._net = net
        self._let_in = let_in
        self._retries = retries

    def forget_session(self) -> None:
        """Calls by the key from now on, if there is one."""
        self._net.http.cookies.delete(SESSION_COOKIE)

    async def send(self, call: Call) -> httpx.Response:
        """The answer that was asked for, whole."""

        async def once() -> httpx.Response:
            response = await self._net.send(await self._request(call))
            if error := refused(response.status_code, response.headers, response.content):
                raise error
            return response

        return await self._patiently(call, once)

    async def model(self, call: Call, model: type[M]) -> M:
        """The answer as a model."""
        response = await self.send(call)
        return model(_json(response.json), etag=response.headers.get("ETag"))

    async def document(self, call: Call) -> dict[str, Any]:
        """The answer as the JSON object that it is."""
        response = await self.send(call)
        document = _json(response.json)
        if not isinstance(document, dict):
            raise _not_json()
        return document

    async def pages(self, call: Call, page: type[P], items: Callable[[P], list[T]]) -> AsyncGenerator[T, None]:
        """What is on this page and those behind it. A page may be empty and still have more behind it."""
        while True:
            found = await self.model(call, page)
            for item in items(found):
                yield item
            after: Given = found.get("next")
            if after is None:
                return
            call = _after(call, "after", after)

    async def chunks(self, call: Call) -> AsyncGenerator[bytes, None]:
        """The bytes of an answer as they come."""
        async with AsyncExitStack() as stack:
            streamed = await self._patiently(call, lambda: self._opened(stack, call))
            async for chunk in await stack.enter_async_context(aclosing(streamed.chunks())):
                yield chunk

    async def follow(self, call: Call, since: str | None) -> AsyncGenerator[Event, None]:
        """Events without an end. Once open, the stream is opened again wherever it breaks off, behind the last cursor."""
        cursor, failures, was_open = since, 0, False
        while True:
            asked = None
            try:
                async with AsyncExitStack() as stack:
                    streamed = await self._followed(stack, _after(call, "since", cursor), again=was_open)
                    was_open = True
                    frames = await stack.enter_async_context(aclosing(streamed.events()))
                    async for frame in frames:
                        failures, cursor = 0, frame.id or cursor
                        if frame.data:
                            yield _event(_json(frame.json), cursor)
                log.info("the platform ended the event stream; it is opened again")
            except OpenClawError as error:
                if not was_open or not may_repeat(error, repeatable=True):
                    raise
                log.info("the event stream broke off and is opened again: %s", error)
                asked = error.retry_after
            failures += 1
            await self._net.sleep(self._retries.pause(failures, asked))

    async def _followed(self, stack: AsyncExitStack, call: Call, *, again: bool) -> Streamed:
        # The first time nobody has seen that it works at all, so what fails for long is more likely a mistake.
        return await (self._opened(stack, call) if again else self._patiently(call, lambda: self._opened(stack, call)))

    async def _opened(self, stack: AsyncExitStack, call: Call) -> Streamed:
        streamed = await stack.enter_async_context(self._net.stream(await self._request(call, patience=_SILENCE)))
        if not streamed.response.is_success:
            await streamed.read()
            answer = streamed.response
            if error := refused(answer.status_code, answer.headers, answer.content):
                raise error
        return streamed

    async def _patiently(self, call: Call, once: Callable[[], Awaitable[T]]) -> T:
        what = f"{call.method} {call.path}"
        return await patiently(once, self._retries, self._net.sleep, what=what, repeatable=call.repeatable)

    async def _request(self, call: Call, patience: float | None = None) -> httpx.Request:
        # A session that was begun counts, and not the key: the platform looks at the key first.
        signed_in = any(cookie.name == SESSION_COOKIE for cookie in self._net.http.cookies.jar)
        key = None if signed_in else await self._key()
        credential = {} if key is None else {"Authorization": f"Bearer {key.secret}"}
        return call.request(self._net.http, patience, **credential)

    async def _key(self) -> ApiKey | None:
        let_in = self._let_in
        if let_in is None or isinstance(let_in, ApiKey):
            return let_in
        key = await self._net.aside(lambda: credentials.follow(let_in, os.environ))
        self._let_in = key
        return key


def _after(call: Call, name: str, cursor: Given) -> Call:
    return replace(call, query={**call.query, name: cursor})


def _event(json: Any, cursor: str | None) -> Event:
    event = Event.read(json)
    vars(event)["_cursor"] = cursor
    return event


def _json(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except ValueError as error:
        raise _not_json() from error


def _not_json() -> AnswerNotUnderstood:
    return AnswerNotUnderstood("The answer is not JSON.", hint="See that the URL is the platform's.")
