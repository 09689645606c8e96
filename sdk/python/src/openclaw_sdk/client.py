"""The clients."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Generic

import httpx

from openclaw_sdk import credentials
from openclaw_sdk._both import N
from openclaw_sdk._engine import SESSION_COOKIE, Engine
from openclaw_sdk._net import AwaitingNet, BlockingNet
from openclaw_sdk._ways import Awaiting, Blocking
from openclaw_sdk.credentials import ApiKey, SessionToken
from openclaw_sdk.platform_address import PlatformAddress
from openclaw_sdk.resources.account import Account, Sessions
from openclaw_sdk.resources.activity import Activity
from openclaw_sdk.resources.alerts import AlertRules, Alerts
from openclaw_sdk.resources.api_keys import ApiKeys
from openclaw_sdk.resources.devices import Devices
from openclaw_sdk.resources.events import Changes, Events
from openclaw_sdk.resources.members import Invitations, Members
from openclaw_sdk.resources.pairings import PairingCodes, Requests
from openclaw_sdk.resources.platform import Platform, Settings, Tokens
from openclaw_sdk.retry import Retries
from openclaw_sdk.secrets.reference import Reference

TIMEOUT = 10.0
"""Seconds: for connecting, and of silence while an answer is awaited."""

RETRIES = Retries()
"""How calls are tried again unless something else is said."""


class Client(Generic[N]):
    """All parts of the contract over one network."""

    def __init__(self, engine: Engine, net: N, platform: PlatformAddress) -> None:
        self.platform_address = platform
        """Whom this client calls."""
        self.devices: Devices[N] = Devices(engine, net)
        self.pairing_codes: PairingCodes[N] = PairingCodes(engine, net)
        self.requests: Requests[N] = Requests(engine, net)
        self.api_keys: ApiKeys[N] = ApiKeys(engine, net)
        self.alerts: Alerts[N] = Alerts(engine, net)
        self.alert_rules: AlertRules[N] = AlertRules(engine, net)
        self.activity: Activity[N] = Activity(engine, net)
        self.members: Members[N] = Members(engine, net)
        self.invitations: Invitations[N] = Invitations(engine, net)
        self.session: Sessions[N] = Sessions(engine, net)
        self.me: Account[N] = Account(engine, net)
        self.settings: Settings[N] = Settings(engine, net)
        self.tokens: Tokens[N] = Tokens(engine, net)
        self.platform: Platform[N] = Platform(engine, net)
        self.changes: Changes[N] = Changes(engine, net)
        self.events: Events[N] = Events(engine, net)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.platform_address.url!r})"


class OpenClawClient(Client[Blocking]):
    """Calls a platform, and waits for the answers.

    The platform is `url`, else `CLAWPAIR_URL`, else the one inside the desktop program on this computer. It is known by its
    `pin` (else `CLAWPAIR_PIN`, else what the desktop program says), as devices or curl take it, or where there is none by a
    certificate of an authority. Plain http works for this computer alone. The key is `api_key`, else `CLAWPAIR_API_KEY`, else
    what `clawpair login` or `clawpair configure` kept; a few calls need none.

    May be shared by threads, except for signing in and out. Close it, or use it in a `with`.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        url: str | None = None,
        pin: str | None = None,
        timeout: float = TIMEOUT,
        retries: Retries = RETRIES,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        platform = PlatformAddress.choose(url, pin, os.environ)
        self._http = httpx.Client(transport=transport, **_http(platform, timeout))
        net = BlockingNet(self._http, sleep)
        super().__init__(Engine(net, _let_in(self._http, platform, api_key), retries), net, platform)

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def __enter__(self) -> OpenClawClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class AsyncOpenClawClient(Client[Awaiting]):
    """The same for programs with an event loop, asyncio's or trio's: each call is awaited, each iteration an `async for`."""

    def __init__(
        self,
        api_key: str | None = None,
        *,
        url: str | None = None,
        pin: str | None = None,
        timeout: float = TIMEOUT,
        retries: Retries = RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        platform = PlatformAddress.choose(url, pin, os.environ)
        self._http = httpx.AsyncClient(transport=transport, **_http(platform, timeout))
        net = AwaitingNet(self._http)
        super().__init__(Engine(net, _let_in(self._http, platform, api_key), retries), net, platform)

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> AsyncOpenClawClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _http(platform: PlatformAddress, timeout: float) -> Mapping[str, Any]:
    return {
        "base_url": platform.url,
        "verify": platform.verification(),
        "timeout": timeout,
        # What a proxy of the environment is for is never on this computer.
        "trust_env": not platform.is_local,
        # With a session, the platform asks for a header that no other web page could send.
        "headers": {"User-Agent": "openclaw-sdk-python", "X-Clawpair-Request": "sdk"},
    }


def _let_in(http: httpx.Client | httpx.AsyncClient, platform: PlatformAddress, given: str | None) -> ApiKey | Reference | None:
    """The key to call with, or where it is. A session goes where one that was begun here goes, too."""
    credential = credentials.find(given, platform.known_as, os.environ)
    if isinstance(credential, SessionToken):
        http.cookies.set(SESSION_COOKIE, credential.secret)
        return None
    return credential
