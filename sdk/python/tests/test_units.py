"""What needs no platform: waits, errors, answers."""

from __future__ import annotations

import copy
import datetime
import pickle
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest

from openclaw_sdk import AnswerLost, AnswerNotUnderstood, OpenClawClient, Refusal, Retries, refusals
from openclaw_sdk._engine import SESSION_COOKIE
from openclaw_sdk.call import Call, minutes, path
from openclaw_sdk.credentials import ApiKey
from openclaw_sdk.device._calls import Tokens
from openclaw_sdk.device._pair import Secret
from openclaw_sdk.device._state import State
from openclaw_sdk.device.codes import PairingCode
from openclaw_sdk.model import write_time
from openclaw_sdk.models.api_keys import ApiKeyCreated
from openclaw_sdk.models.devices import DevicePage, DeviceSummary
from openclaw_sdk.models.events import Event, ResyncEvent
from openclaw_sdk.models.members import RecoveryCodes
from openclaw_sdk.models.pairings import PairingCodeCreated
from openclaw_sdk.refusals import refusal

SUMMARY = {"active": 1, "disabled": 0, "revoked": 0, "connected": 1}
Handler = Callable[[httpx.Request], httpx.Response]


def client(handler: Handler, waits: list[float], retries: Retries | None = None) -> OpenClawClient:
    transport = httpx.MockTransport(handler)
    chosen = retries or Retries(uniform=lambda: 0.5)
    return OpenClawClient("cpk_k", url="http://127.0.0.1:1", transport=transport, sleep=waits.append, retries=chosen)


def scripted(*answers: httpx.Response) -> Handler:
    left = list(answers)
    return lambda _: left.pop(0)


def refused(status: int, code: str, **headers: str) -> httpx.Response:
    body = {"code": code, "message": "No.", "hint": None}
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_waits_double_up_to_a_ceiling_and_lie_anywhere_below() -> None:
    half = Retries(attempts=9, uniform=lambda: 0.5)
    assert [half.wait(tried, None) for tried in range(1, 10)] == [0.25, 0.5, 1, 2, 4, 8, 15, 15, None]
    assert Retries(uniform=lambda: 0.0).wait(3, None) == 0
    assert Retries().jitter(10_000) <= 30


def test_what_the_platform_asks_for_is_the_least_and_too_much_ends_a_call_and_not_what_stays_open() -> None:
    retries = Retries(uniform=lambda: 0.5)
    assert retries.wait(1, 7) == 7.25
    assert retries.wait(1, 121) is None
    assert retries.pause(1, 7) == 7.25
    assert retries.pause(3, 86_400) == 121


def test_a_fault_is_tried_again_and_a_refusal_is_not() -> None:
    waits: list[float] = []
    handler = scripted(
        refused(503, "storage_unavailable", Retry_After="3"), refused(500, "internal"), httpx.Response(200, json=SUMMARY)
    )
    assert client(handler, waits).devices.summary().active == 1
    assert waits == [3.25, 0.5]
    waits.clear()
    with pytest.raises(refusals.AccessDenied):
        client(scripted(refused(403, "access_denied")), waits).devices.summary()
    assert waits == []


def test_tries_are_bounded_and_the_last_error_is_said() -> None:
    waits: list[float] = []
    with pytest.raises(refusals.RateLimited) as limited:
        client(lambda _: refused(429, "rate_limited", Retry_After="1"), waits).devices.summary()
    assert len(waits) == 4
    assert limited.value.retry_after == 1


def test_a_proxy_that_answers_itself_is_a_lost_answer_and_another_server_is_named() -> None:
    waits: list[float] = []
    with pytest.raises(AnswerLost, match="proxy"):
        client(lambda _: httpx.Response(502, text="bad gateway"), waits).devices.summary()
    assert len(waits) == 4
    with pytest.raises(AnswerNotUnderstood, match="404"):
        client(lambda _: httpx.Response(404, text="<html>"), waits).devices.summary()
    with pytest.raises(AnswerNotUnderstood, match="JSON"):
        client(lambda _: httpx.Response(200, text="<html>"), waits).devices.summary()


def test_the_idempotency_key_stays_the_same_over_all_tries() -> None:
    keys: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        return refused(500, "internal")

    waits: list[float] = []
    with pytest.raises(refusals.Internal):
        client(handler, waits).devices.generate_pairing_code(name="a", device_type="b", permissions=["c:read"])
    assert len(keys) == 5
    assert len(set(keys)) == 1


CHANGES: list[Callable[[OpenClawClient], object]] = [
    lambda client: client.devices.edit("dev-1", name="Hall", if_match='"1"'),
    lambda client: client.devices.grant("dev-1", ["sensor:read"], if_match='"1"'),
    lambda client: client.devices.disable("dev-1", if_match='"1"'),
    lambda client: client.devices.enable("dev-1", if_match='"1"'),
    lambda client: client.devices.revoke("dev-1"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_a_device_whose_answer_was_lost_is_asked_for_again_under_the_same_key(
    change: Callable[[OpenClawClient], object],
) -> None:
    asked: list[tuple[str, str | None]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append((request.headers["Idempotency-Key"], request.headers.get("If-Match")))
        return httpx.Response(502)

    with pytest.raises(AnswerLost):
        change(client(handler, []))
    assert len(asked) == 5
    assert len(set(asked)) == 1


def test_a_lost_answer_to_a_guarded_change_is_said_and_not_taken_for_somebody_elses_change() -> None:
    def change(client: OpenClawClient, etag: str | None) -> object:
        return client.settings.set_retention(
            activity_days=None, pairing_days=None, alert_days=None, sign_in_days=None, if_match=etag
        )

    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("If-Match", ""))
        # The first try was done, so that the thing is no longer as it was.
        return httpx.Response(502) if len(asked) == 1 else refused(412, "changed_meanwhile")

    with pytest.raises(AnswerLost):
        change(client(handler, []), '"1"')
    assert asked == ['"1"']
    # Without the guard a second try leads to the same state as the first.
    waits: list[float] = []
    with pytest.raises(AnswerLost):
        change(client(lambda _: httpx.Response(502), waits), None)
    assert len(waits) == 4


def test_a_session_that_a_lost_try_has_ended_is_over() -> None:
    credentials: list[bool] = []
    answers = [httpx.Response(502), refused(401, "session_ended"), httpx.Response(200, json=SUMMARY)]

    def handler(request: httpx.Request) -> httpx.Response:
        credentials.append("Authorization" in request.headers)
        return answers.pop(0)

    one = client(handler, [])
    one._http.cookies.set(SESSION_COOKIE, "t")
    one.session.sign_out()
    assert one.devices.summary().active == 1
    assert credentials == [False, False, True]


def test_errors_survive_pickling_and_unknown_codes_are_plain() -> None:
    error = refusal("api_key_expired", "The key is too old.", "Make a new one.", 401, "id", 2.0)
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - its own
        assert type(again) is refusals.ApiKeyExpired
        assert (again.code, again.hint, again.request_id, again.retry_after) == (
            "api_key_expired",
            "Make a new one.",
            "id",
            2.0,
        )
    assert str(error) == "The key is too old. Make a new one. (api_key_expired, request id)"
    assert type(refusal("quite_new", "No.", None, 418)) is Refusal


def test_answers_keep_fields_that_this_version_does_not_know() -> None:
    summary = DeviceSummary({**SUMMARY, "newer": [1]})
    assert summary["newer"] == [1]
    assert dict(summary) == {**SUMMARY, "newer": [1]}
    assert summary == DeviceSummary({**SUMMARY, "newer": [1]})
    assert pickle.loads(pickle.dumps(summary)) == summary  # noqa: S301 - its own


def test_a_field_that_an_older_platform_lacks_is_named_when_it_is_asked_for() -> None:
    older = DeviceSummary({"active": 1, "disabled": 0})
    assert older.active == 1
    assert repr(older) == "DeviceSummary(active=1, disabled=0)"
    with pytest.raises(AnswerNotUnderstood, match="no connected"):
        _ = older.connected
    with pytest.raises(AttributeError):
        _ = older.nonsense


@pytest.mark.parametrize("wrong", [{}, {**SUMMARY, "active": True}, {**SUMMARY, "active": "1"}, []])
def test_an_answer_of_another_shape_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(AnswerNotUnderstood):
        DeviceSummary(wrong)
    with pytest.raises(AnswerNotUnderstood, match=r"DevicePage\.devices"):
        DevicePage({"devices": [wrong]})


def test_what_is_secret_is_in_no_repr() -> None:
    secret = "OCL-J4K2T8P7N1RG"
    created = PairingCodeCreated(
        {"code": secret, "link": secret, "device_id": "dev-1", "pairing_id": "pair-1", "expires_at": "2026-10-27T10:30:00Z"}
    )
    shown: list[object] = [
        created,
        Call("POST", "/api/v1/session", body={"password": secret}),
        Call("POST", "/api/v1/oauth/revoke", form={"token": secret}),
        Secret.read(secret, "192.168.1.20", None),
        PairingCode.read(secret),
        ApiKey.read(f"cpk_{secret}"),
        OpenClawClient(f"cpk_{secret}", url="http://localhost"),
        RecoveryCodes({"recovery_codes": [secret]}),
        ApiKeyCreated({"key": secret}),
        Tokens({"access_token": secret, "refresh_token": secret, "expires_in": 900}),
        State((), "", secret, "", secret, access_token=secret, refresh_token=secret, next_key=secret),
    ]
    for thing in shown:
        assert "J4K2T8P7N1R" not in repr(thing), type(thing)
        assert type(thing).__name__ in repr(thing)


def test_an_event_of_an_unknown_kind_asks_to_load_anew() -> None:
    assert isinstance(Event.read({"type": "quite_new"}), ResyncEvent)


def test_times_are_written_in_utc_with_whole_seconds() -> None:
    east = datetime.timezone(datetime.timedelta(hours=2))
    assert write_time(datetime.datetime(2026, 10, 27, 12, 30, 0, 999, tzinfo=east)) == "2026-10-27T10:30:00Z"
    with pytest.raises(ValueError, match="zone"):
        write_time(datetime.datetime(2026, 10, 27))


def test_a_part_of_a_minute_counts_as_one() -> None:
    assert minutes(datetime.timedelta(seconds=61)) == 2
    assert minutes(45) == 45


@pytest.mark.parametrize("bad", ["", ".", ".."])
def test_an_id_cannot_lead_elsewhere(bad: str) -> None:
    with pytest.raises(ValueError, match="id"):
        path("/api/v1/devices/{id}", id=bad)
    assert path("/api/v1/devices/{id}", id="a/../b?c") == "/api/v1/devices/a%2F..%2Fb%3Fc"


@pytest.mark.parametrize("package", ["h11", "OpenSSL", "rbcl", "websockets"])
def test_a_program_without_what_devices_need_is_told_the_extra(package: str) -> None:
    program = f"import sys; sys.modules[{package!r}] = None; import openclaw_sdk; print('here'); import openclaw_sdk.device"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout == "here\n"
    assert "pip install 'clawpair-sdk[device]'" in ran.stderr
