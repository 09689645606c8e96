"""The blocking client at the real server."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from openclaw_sdk import NEVER, AnswerLost, OpenClawClient, Stranger, Unreachable, refusals
from openclaw_sdk.models.events import AlertEvent, PairingEvent
from openclaw_sdk.pin import Pin
from server import Server
from transports import LosesAnswers


def make(client: OpenClawClient, name: str = "Sensor", idempotency_key: str | None = None) -> str:
    created = client.devices.generate_pairing_code(
        name=name, device_type="IoT Sensor", permissions=["sensor:read"], typed=False, idempotency_key=idempotency_key
    )
    return created.pairing_id


def test_everything_that_can_be_read_is_understood(client: OpenClawClient, key: str) -> None:
    make(client)
    me = client.me.show()
    assert me.role == "admin"
    assert client.devices.page().devices == list(client.devices.iterate())
    assert client.devices.summary().active == len(list(client.devices.iterate(status="active")))
    assert client.pairing_codes.summary().open > 0
    assert client.requests.page(status="waiting").requests == list(client.requests.iterate(status="waiting"))
    assert me.id in [one.id for one in client.api_keys.all()]
    assert client.api_keys.show(me.id).api_key.name == "check"
    assert client.alerts.page().alerts == list(client.alerts.iterate())
    assert {rule.id for rule in client.alert_rules.all()} >= {"many_failures", "unusual_hour"}
    invitation = client.invitations.create(name="Nobody", role="viewer").invitation
    assert invitation in client.invitations.all()
    assert client.invitations.withdraw(invitation.id).status == "withdrawn"
    assert isinstance(client.members.all(), list)
    assert client.platform.roles().roles[0].role == "admin"
    assert client.platform.permissions().presets
    assert client.platform.health() == "ok"
    assert client.platform.ready() == "ready"
    assert "clawpair_requests_total" in client.platform.metrics()
    assert client.platform.openapi()["info"]["title"] == "Clawpair"
    assert client.tokens.metadata().token_endpoint.endswith("/api/v1/oauth/token")
    assert not client.tokens.introspect("nothing").active
    assert key not in repr(client)


def test_a_code_is_shown_by_asking_and_not_by_accident(client: OpenClawClient) -> None:
    created = client.devices.generate_pairing_code(
        name="Lamp", device_type="Lamp", permissions=["lights:read"], expiration=timedelta(minutes=60)
    )
    assert created.code not in repr(created)
    assert str(created.link) not in repr(created)
    assert created.get("code") == created.code
    assert json.loads(json.dumps(dict(created)))["pairing_id"] == created.pairing_id
    left = created.expires_at - datetime.now(timezone.utc)
    assert timedelta(minutes=58) < left <= timedelta(minutes=60)


def test_lists_are_read_page_by_page_to_their_end(client: OpenClawClient) -> None:
    name = f"page {uuid.uuid4().hex}"
    made = [make(client, name) for _ in range(3)]
    first = client.pairing_codes.page(q=name, limit=2)
    assert first.next is not None
    rest = client.pairing_codes.page(q=name, after=first.next)
    assert [one.id for one in first.pairings + rest.pairings] == made[::-1]
    assert [one.id for one in client.pairing_codes.iterate(q=name, status=["open", "waiting"])] == made[::-1]
    entries = client.activity.iterate(subject=made[0])
    assert [entry.action for entry in entries] == ["pairing_opened"]


def test_the_activity_log_is_exported_as_it_comes(client: OpenClawClient) -> None:
    make(client)
    lines = b"".join(client.activity.export("jsonl")).splitlines()
    assert json.loads(lines[-1])["action"] == client.activity.page(limit=1).entries[0].action
    assert b"".join(client.activity.export("csv")).startswith(b"number")


def test_refusals_have_a_class_a_hint_and_the_requests_name(client: OpenClawClient, server: Server) -> None:
    with pytest.raises(refusals.NotFound) as missing:
        client.devices.show(f"dev-{uuid.uuid4()}")
    assert missing.value.status == 404
    assert uuid.UUID(str(missing.value.request_id))
    with (
        OpenClawClient(server.make_key("viewer"), url=server.url, pin=server.pin) as viewer,
        pytest.raises(refusals.AccessDenied) as denied,
    ):
        make(viewer)
    assert isinstance(denied.value, refusals.NotAllowed)
    assert denied.value.code == "access_denied"
    with (
        OpenClawClient("cpk_nothing", url=server.url, pin=server.pin) as stranger,
        pytest.raises(refusals.ApiKeyInvalid),
    ):
        stranger.me.show()
    with OpenClawClient(url=server.url, pin=server.pin) as nobody, pytest.raises(refusals.Unauthenticated):
        nobody.me.show()


def test_a_change_that_somebody_else_made_is_not_overwritten(client: OpenClawClient) -> None:
    seen = client.settings.retention()
    assert seen.activity_days == 365
    days = {"pairing_days": 30, "alert_days": None, "sign_in_days": 30}
    changed = client.settings.set_retention(activity_days=400, if_match=seen.etag, **days)
    assert (changed.activity_days, changed.alert_days) == (400, None)
    with pytest.raises(refusals.ChangedMeanwhile):
        client.settings.set_retention(activity_days=10, if_match=seen.etag, **days)
    with pytest.raises(AttributeError):
        changed.activity_days = 1


def test_keys_are_made_rotated_and_revoked(client: OpenClawClient, server: Server) -> None:
    created = client.api_keys.create(name="CI", role="integrator", scopes=["codes:create"], expires_in_days=1)
    assert created.key not in repr(created)
    rotated = client.api_keys.rotate(created.api_key.id, overlap=timedelta(minutes=1))
    for secret in (created.key, rotated.key):
        with OpenClawClient(secret, url=server.url, pin=server.curl_pin) as other:
            assert other.me.show().scopes == ["codes:create"]
    assert client.api_keys.revoke(created.api_key.id).revoked_at is not None


def test_a_member_signs_in_and_calls_by_session(client: OpenClawClient, server: Server) -> None:
    password = "four random words suffice"
    invitation = client.invitations.create(name="Ada", role="viewer", expiration=timedelta(hours=2))
    with OpenClawClient(url=server.url, pin=server.pin) as anybody:
        ada = anybody.members.accept(token=invitation.token, password=password)
        with pytest.raises(refusals.SignInFailed):
            anybody.session.sign_in(name="Ada", password="something else altogether")
        assert anybody.session.sign_in(name="Ada", password=password).member.id == ada.id
        assert anybody.me.show().id == ada.id
        assert [one.current for one in anybody.me.sessions()] == [True]
        assert client.members.set_role(ada.id, "developer").role == "developer"
        assert anybody.me.show().role == "developer"
        anybody.session.sign_out()
        with pytest.raises(refusals.Unauthenticated):
            anybody.me.show()
    assert client.members.disable(ada.id).status == "disabled"
    assert client.members.remove(ada.id).status == "removed"


def test_a_key_gives_way_to_a_session(client: OpenClawClient, server: Server, key: str) -> None:
    password = "four other random words"
    invitation = client.invitations.create(name="Grace", role="viewer")
    with OpenClawClient(key, url=server.url, pin=server.pin) as both:
        member = both.members.accept(token=invitation.token, password=password)
        both.session.sign_in(name="Grace", password=password)
        assert both.me.show().id == member.id
        both.session.sign_out()
        assert both.me.show().role == "admin"
    client.members.remove(member.id)


def test_a_lost_answer_is_asked_for_again_and_makes_nothing_twice(server: Server, key: str) -> None:
    waits: list[float] = []
    name = f"lost {uuid.uuid4().hex}"
    transport = LosesAnswers(Pin.read(server.pin), lost=2)
    with OpenClawClient(key, url=server.url, pin=server.pin, transport=transport, sleep=waits.append) as client:
        made = make(client, name)
        assert len(waits) == 2
        assert [one.id for one in client.pairing_codes.iterate(q=name)] == [made]


def test_a_lost_answer_is_an_error_where_repeating_could_do_harm(server: Server, key: str) -> None:
    waits: list[float] = []
    transport = LosesAnswers(Pin.read(server.pin), lost=1)
    with (
        OpenClawClient(key, url=server.url, pin=server.pin, transport=transport, sleep=waits.append) as client,
        pytest.raises(AnswerLost),
    ):
        client.me.change_password(password="one of the passwords", new_password="another of the passwords")
    assert waits == []


def test_one_key_makes_one_code_across_programs(client: OpenClawClient) -> None:
    key = str(uuid.uuid4())
    assert make(client, "Once", idempotency_key=key) == make(client, "Once", idempotency_key=key)
    with pytest.raises(refusals.IdempotencyKeyReused):
        make(client, "Twice", idempotency_key=key)


def test_the_rate_limit_is_waited_out_as_long_as_the_platform_says(program: str, tmp_path: Path) -> None:
    with Server(program, tmp_path, "--calls-per-second", "1", "--calls-at-once", "2") as server:
        waits: list[float] = []

        def wait(seconds: float) -> None:
            # A server that has just started owes nobody a wait.
            waits.append(seconds)
            server.restart()

        with OpenClawClient(server.make_key(), url=server.url, pin=server.pin, sleep=wait) as client:
            for _ in range(3):
                client.me.show()
        assert waits
        assert all(seconds >= 1 for seconds in waits)
        with OpenClawClient(server.make_key(), url=server.url, pin=server.pin, retries=NEVER) as client:
            client.me.show()
            client.me.show()
            with pytest.raises(refusals.RateLimited) as limited:
                client.me.show()
            assert limited.value.retry_after == 1


def test_events_go_on_behind_the_last_one_after_a_break(program: str, tmp_path: Path) -> None:
    with Server(program, tmp_path) as server:
        key = server.make_key()
        with (
            OpenClawClient(key, url=server.url, pin=server.pin) as other,
            OpenClawClient(key, url=server.url, pin=server.pin, sleep=lambda _: None) as client,
        ):
            start = other.changes.page().cursor
            first = make(other, "first")
            events = client.events.follow(since=start)
            heard = next(events)
            assert isinstance(heard, PairingEvent)
            assert heard.pairing.id == first
            assert heard.cursor is not None
            server.restart()
            second = make(other, "second")
            # Others may come in between, and this one again.
            pairings = (event.pairing for event in events if isinstance(event, PairingEvent))
            assert next(pairing for pairing in pairings if pairing.id != first).id == second
            events.close()
            changes = other.changes.page(since=heard.cursor)
            assert [one.pairing.id for one in changes.changes if isinstance(one, PairingEvent)] == [second]


def test_a_cursor_of_another_platform_is_refused_at_once(client: OpenClawClient) -> None:
    with pytest.raises(refusals.CursorUnknown):
        next(client.events.follow(since="0" * 32))


def test_a_platform_with_another_key_hears_nothing(server: Server, key: str) -> None:
    with (
        OpenClawClient(key, url=server.url, pin="1G64S36D1N6RVKGEB1C9HP8SB6", sleep=_never) as client,
        pytest.raises(Stranger, match="another key"),
    ):
        client.me.show()


def test_nobody_at_the_address_is_tried_again_and_said(server: Server, key: str) -> None:
    waits: list[float] = []
    with (
        # Nobody listens on port 9 of this address.
        OpenClawClient(key, url="https://127.0.0.2:9", pin=server.pin, sleep=waits.append) as client,
        pytest.raises(Unreachable),
    ):
        client.me.show()
    assert len(waits) == 4


def test_rules_are_set_and_alerts_acknowledged(program: str, tmp_path: Path) -> None:
    with Server(program, tmp_path) as server, OpenClawClient(server.make_key(), url=server.url, pin=server.pin) as client:
        rule = client.alert_rules.set("many_failures", enabled=True, action="alert", parameters={"from_one_address": 3})
        assert rule.parameters["from_one_address"] == 3
        events = client.events.follow(since=client.changes.page().cursor)
        # An alert is told to those who listen, and they do from here on.
        make(client)
        next(events)
        with OpenClawClient("cpk_7F3K9QWZ_4JN2B0CD7F3K9QWZ4JN2B0CD7F", url=server.url, pin=server.pin) as guesser:
            for _ in range(3):
                with pytest.raises(refusals.ApiKeyInvalid):
                    guesser.me.show()
        alert = next(event.alert for event in events if isinstance(event, AlertEvent))
        events.close()
        assert alert.rule == "many_failures"
        assert client.alerts.acknowledge(alert.id, note="a test").status == "acknowledged"
        assert [one.note for one in client.alerts.iterate(status="acknowledged")] == ["a test"]


def test_many_devices_are_changed_in_one_call(client: OpenClawClient) -> None:
    unknown = f"dev-{uuid.uuid4()}"
    outcomes = client.devices.revoke_all([unknown], reason="gone")
    assert [(one.device_id, one.outcome) for one in outcomes] == [(unknown, "refused")]
    assert outcomes[0].error is not None
    assert outcomes[0].error.code == "not_found"


def _never(seconds: float) -> None:
    raise AssertionError(f"nothing is to be waited for, and not {seconds} s")
