"""Networks that fail in a chosen way."""

from __future__ import annotations

import httpx

from openclaw_sdk import _tls
from openclaw_sdk.pin import Pin


class LosesAnswers(httpx.HTTPTransport):
    """Delivers every request and loses the first answers."""

    def __init__(self, pin: Pin, lost: int) -> None:
        super().__init__(verify=_tls.by_pin(pin))
        self.lost = lost

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if self.lost > 0:
            self.lost -= 1
            response.read()
            response.close()
            raise httpx.ReadError("the answer was lost", request=request)
        return response
