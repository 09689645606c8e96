"""The clients."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypedDict

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

    The platform is `url`, else `CLAWPAIR_URL`, else the one inside the desktop program on this computer. A name that `clawpair
    platforms add` gave will do, too. It is known by its `pin` (else `CLAWPAIR_PIN`, else what that command or the desktop
    program says), as devices or curl take it, or where there is none by a certificate of an authority. Plain http works for
    this computer alone. The key is `api_key`, else `CLAWPAIR_API_KEY`, else what `clawpair login` or `clawpair configure`
    kept; a few calls need none.

    `CLAWPAIR_PIN` and `CLAWPAIR_API_KEY` are of the platform that `CLAWPAIR_URL` names, where it names one, and are not looked
    at for another.

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
        platform, key, options = _prepared(api_key, url, pin, timeout)
        self._http = httpx.Client(transport=transport, **options)
        net = BlockingNet(self._http, sleep)
        super().__init__(Engine(net, key, retries), net, platform)

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
        platform, key, options = _prepared(api_key, url, pin, timeout)
        self._http = httpx.AsyncClient(transport=transport, **options)
        net = AwaitingNet(self._http)
        super().__init__(Engine(net, key, retries), net, platform)

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> AsyncOpenClawClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class _Options(TypedDict):
    """What an HTTP client is made of."""

    base_url: str
    verify: ssl.SSLContext | bool
    timeout: float
    trust_env: bool
    headers: dict[str, str]
    cookies: dict[str, str]


def _prepared(
    api_key: str | None, url: str | None, pin: str | None, timeout: float
) -> tuple[PlatformAddress, ApiKey | Reference | None, _Options]:
    """Whom to call, the key to call with or where it is, and what the HTTP client is made of."""
    platform = PlatformAddress.choose(url, pin, os.environ)
    of_environment = platform.is_of_environment
    credential = credentials.find(api_key, platform.known_as, os.environ, is_of_environment=of_environment)
    options = _Options(
        base_url=platform.url,
        verify=platform.verification(),
        timeout=timeout,
        # What a proxy of the environment is for is never on this computer.
        trust_env=not platform.is_local,
        # With a session, the platform asks for a header that no other web page could send.
        headers={"User-Agent": "openclaw-sdk-python", "X-Clawpair-Request": "sdk"},
        cookies={},
    )
    if not isinstance(credential, SessionToken):
        return platform, credential, options
    # A session that was kept goes where one that is begun here goes, too.
    options["cookies"][SESSION_COOKIE] = credential.secret
    return platform, None, options
