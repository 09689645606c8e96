"""What is not of the contract is said to be so, wherever it comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from openclaw_sdk import AnswerNotUnderstood, AsyncOpenClawClient, OpenClawClient
from openclaw_sdk.model import Model
from openclaw_sdk.models.events import ChangeList, Event
from openclaw_sdk.pin import Pin

URL = "http://127.0.0.1:1"
STREAM = {"Content-Type": "text/event-stream"}


def answering(answer: httpx.Response) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: answer)


def no_wait(seconds: float) -> None:
    raise AssertionError("what is not understood is not asked for again")


STRANGE = [
    httpx.Response(200, text="<html>", headers={"Content-Type": "text/html"}),
    httpx.Response(200, text="data: {\n\n", headers=STREAM),
    httpx.Response(200, text="data: [1]\n\n", headers=STREAM),
]


@pytest.mark.parametrize("answer", STRANGE)
def test_a_stream_of_something_else_is_not_opened_again_for_ever(answer: httpx.Response) -> None:
    with (
        OpenClawClient("cpk_k", url=URL, transport=answering(answer), sleep=no_wait) as client,
        pytest.raises(AnswerNotUnderstood),
    ):
        next(client.events.follow())


@pytest.mark.anyio
async def test_nor_with_an_event_loop() -> None:
    stream = httpx.Response(200, stream=httpx.ByteStream(b"<html>"), headers={"Content-Type": "text/html"})
    async with AsyncOpenClawClient("cpk_k", url=URL, transport=answering(stream)) as client:
        events = client.events.follow()
        with pytest.raises(AnswerNotUnderstood, match="event stream"):
            await anext(events)
        await events.aclose()


@pytest.mark.parametrize("text", ["<html>", "[]", "1"])
def test_a_document_that_is_none_is_not_understood(text: str) -> None:
    transport = answering(httpx.Response(200, text=text))
    with OpenClawClient("cpk_k", url=URL, transport=transport) as client, pytest.raises(AnswerNotUnderstood):
        client.platform.openapi()


@pytest.mark.parametrize("strange", [None, [], "device", {"changes": [1], "cursor": "c", "more": False}])
def test_events_that_are_none_are_not_understood(strange: object) -> None:
    read: Callable[[Any], Model] = ChangeList.read if isinstance(strange, dict) else Event.read
    with pytest.raises(AnswerNotUnderstood):
        read(strange)


def test_a_certificate_that_cannot_be_read_has_no_pinned_key() -> None:
    assert not Pin(b"0123456789abcdef").fits(b"no certificate")
