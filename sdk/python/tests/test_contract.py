"""The package and the contract's document say the same: calls, parameters, bodies, answers, error codes, both ways."""

from __future__ import annotations

import datetime
import inspect
import typing
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from drift import Contract, Difference, Operation, Sent, methods, record, sent
from openclaw_sdk._both import Resource
from openclaw_sdk.call import Call
from openclaw_sdk.client import OpenClawClient
from openclaw_sdk.device import _calls
from openclaw_sdk.model import Model
from openclaw_sdk.models.devices import Device
from openclaw_sdk.models.events import Event
from openclaw_sdk.models.pairings import Request
from openclaw_sdk.refusals import BY_CODE

Everything = list[tuple[Operation, Sent]]

KEY = "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw"
UUID = "018c2f6e-5b1c-7d2a-9c3e-0123456789ab"
TIME = datetime.datetime(2026, 10, 27, 10, 30, tzinfo=datetime.timezone.utc)
# What is read by people and browsers, and not by programs.
PAGES = {"platform.docs", "platform.docs_style", "platform.confirm_page", "platform.join_page", "platform.link_script"}
RENAMED = {"since": "from", "until": "to", "file_format": "format"}
SAMPLES: dict[str, Any] = {
    "device_id": f"dev-{UUID}",
    "device_ids": [f"dev-{UUID}"],
    "pairing_id": f"pair-{UUID}",
    "request_id": f"pair-{UUID}",
    "key_id": f"key-{UUID}",
    "alert_id": f"alert-{UUID}",
    "member_id": f"member-{UUID}",
    "invitation_id": f"invitation-{UUID}",
    "session_id": f"session-{UUID}",
    "permissions": ["sensor:read"],
    "permission": "sensor:read",
    "addresses": ["192.168.1.20:21327"],
    "tags": ["roof"],
    "scopes": ["codes:create"],
    "expiration": datetime.timedelta(hours=2),
    "overlap": datetime.timedelta(minutes=5),
    "email": "ada@example.org",
    "actor": f"key-{UUID}",
    "subject": f"dev-{UUID}",
    "parameters": {"failures": 5},
    "limit": 10,
    "expires_in_days": 30,
    "if_match": '"3"',
    "password": "correct horse battery staple",
    "new_password": "incorrect horse battery staple",
}
REQUEST = Request(
    {
        "id": f"pair-{UUID}",
        "public_key": KEY,
        "permissions": ["sensor:read"],
        "asked_at": "2026-10-27T10:30:00Z",
        "expires_at": "2026-10-27T10:30:00Z",
        "comparison": "123 456",
        "device_type": "IoT",
        "key_fingerprint": "ZT0J-R4QK-ND6E",
        "name": "hub",
        "other_keys": 0,
        "seconds_left": 1,
        "status": "waiting",
    }
)


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract.read()


def example(contract: Contract, name: str) -> Any:
    """The document's own example of a type."""
    return contract.document["components"]["schemas"][name]["examples"][0]


def sample(contract: Contract, where: str, name: str, annotation: Any) -> Any:
    """A value that a parameter takes."""
    arms = [arm for arm in typing.get_args(annotation) if arm is not type(None)] or [annotation]
    if typing.get_origin(annotation) is Literal:
        return typing.get_args(annotation)[0]
    if typing.get_origin(arms[0]) is Literal:
        return typing.get_args(arms[0])[0]
    if annotation is Request:
        return REQUEST
    if name in SAMPLES:
        return SAMPLES[name]
    if name == "status":
        return ["open", "waiting"]
    if name == "after":
        return 7 if int in arms else f"{'alert' if where.startswith('Alerts') else 'pair'}-{UUID}"
    if name == "since" and str in arms:
        return "0" * 32
    if name == "recovery_code":
        return example(contract, "RecoveryCode")
    if name == "token":
        return example(contract, "AddressToken" if where.endswith("confirm_email") else "InvitationToken")
    for kind, value in ((bool, True), (datetime.datetime, TIME), (int, 30)):
        if kind in arms:
            return value
    return name


def resources() -> list[type[Resource[Any]]]:
    with OpenClawClient("cpk_k", url="http://localhost") as client:
        return [type(part) for part in vars(client).values() if isinstance(part, Resource)]


def managers(contract: Contract) -> Iterator[tuple[Sent, dict[str, Any]]]:
    """What each method sends with everything that it takes, and with only what it must be given."""
    for where, method, signature in methods(resources()):
        parameters = [one for name, one in signature.parameters.items() if name != "self"]
        needed = [one for one in parameters if one.default is inspect.Parameter.empty]
        for chosen in (parameters, needed):
            arguments = {one.name: sample(contract, where, one.name, one.annotation) for one in chosen}
            if where == "Sessions.sign_in" and chosen is needed:
                arguments["name"] = "Ada"
            if where == "Sessions.sign_in" and chosen is parameters:
                for left_out in (("email", "totp"), ("name", "recovery_code")):
                    fewer = {name: value for name, value in arguments.items() if name not in left_out}
                    yield record(where, method, fewer), fewer
                continue
            yield record(where, method, arguments), {one.name: one.annotation for one in chosen}


def devices() -> Iterator[Sent]:
    """What a device sends."""
    description = {"name": "hub", "device_type": "IoT", "platform": "linux", "version": "1"}
    link = _calls.claim("link", "3MD1JJ0V39DSNJ0WV5CDS6AX11", KEY, description, UUID, "A" * 86)
    code = _calls.claim("code", "J4K2T8P7N1RG", KEY, description, UUID, "A" * 86)
    for claim in (link, code):
        yield sent("claim", claim, _calls.Paired)
    yield sent("opaque_start", _calls.opaque_start("J4K", "A" * 128), _calls.OpaqueStarted)
    yield sent("opaque_finish", _calls.opaque_finish("A" * 86), _calls.OpaqueFinished)
    yield sent("refresh", _calls.refresh("token"), _calls.Tokens)
    yield sent("change_key", _calls.change_key(KEY, "A" * 86), _calls.Paired)
    yield sent("self", _calls.SELF, Device)
    yield sent("live", _calls.LIVE, None)
    yield sent("end_tokens", _calls.end_tokens("token"), None)


@pytest.fixture(scope="module")
def everything(contract: Contract) -> list[tuple[Operation, Sent]]:
    """Every request, with the operation that it is of."""
    made = [sent for sent, _ in managers(contract)] + list(devices())
    return [(contract.of(sent), sent) for sent in made]


def test_every_call_of_the_contract_has_a_method_and_every_method_is_of_the_contract(
    contract: Contract, everything: Everything
) -> None:
    here = {operation.id for operation, _ in everything}
    there = {operation.id for operation in contract.operations}
    assert here | PAGES == there
    assert not here & PAGES


def test_requests_have_the_contracts_parameters_and_headers(contract: Contract, everything: Everything) -> None:
    queries: dict[str, set[str]] = {}
    headers: dict[str, set[str]] = {}
    for operation, made in everything:
        known = operation.parameters("query")
        assert made.query.keys() <= known.keys(), made.where
        assert {name for name, one in known.items() if one.get("required")} <= made.query.keys(), made.where
        queries.setdefault(operation.id, set()).update(made.query)
        headers.setdefault(operation.id, set()).update(made.headers)
        for name, value in made.query.items():
            schema = contract.resolve(known[name]["schema"])
            if schema.get("type") == "string":
                assert not contract.faults(value, schema), (made.where, name, value)
    for operation in contract.operations:
        if operation.id in PAGES:
            continue
        assert queries[operation.id] == operation.parameters("query").keys(), operation.id
        for header in ("Idempotency-Key", "If-Match"):
            sends, takes = header.lower() in headers[operation.id], header in operation.parameters("header")
            assert sends == takes, (operation.id, header)
        assert operation.parameters("header").keys() <= {"Idempotency-Key", "If-Match"}, operation.id


def test_words_that_parameters_take_are_the_contracts(contract: Contract) -> None:
    for made, hints in managers(contract):
        known = contract.of(made).parameters("query")
        for name, annotation in hints.items():
            name = RENAMED.get(name, name) if RENAMED.get(name, name) in known else name
            if name not in known:
                continue
            schema = contract.resolve(known[name]["schema"])
            enum = schema.get("enum") or contract.resolve(schema.get("items", {})).get("enum")
            assert words(annotation) == (set(enum) if enum else set()), (made.where, name)


def words(annotation: Any) -> set[str]:
    """The words of a type, however deep they are in it."""
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is Literal:
        return set(arguments)
    return {word for argument in arguments for word in words(argument)}


def test_pages_can_be_turned(contract: Contract) -> None:
    for made, hints in managers(contract):
        if "after" in contract.of(made).parameters("query") and made.where.endswith(".page"):
            assert {"after", "limit"} <= hints.keys() or not hints, made.where


def test_bodies_fit_the_contract_and_have_all_of_its_fields(contract: Contract, everything: Everything) -> None:
    fields: dict[str, set[str]] = {}
    for operation, made in everything:
        if operation.body is None:
            assert made.json is None, made.where
            assert made.form is None, made.where
            continue
        kind, schema = operation.body
        body = made.form if kind == "application/x-www-form-urlencoded" else made.json
        assert body is not None, made.where
        assert not contract.faults(body, schema), (made.where, body, contract.faults(body, schema))
        fields.setdefault(operation.id, set()).update(body)
    for operation in contract.operations:
        assert fields.get(operation.id, set()) == operation.fields, operation.id


def test_answers_are_read_as_the_contract_writes_them(contract: Contract, everything: Everything) -> None:
    difference = Difference(contract)
    for operation, made in everything:
        if operation.id in ("events.follow", "tokens.revoke", "platform.openapi"):
            continue
        assert (made.answer is None) == (not operation.answers), made.where
        for schema, model in zip(operation.answers, (made.answer, _calls.Waiting), strict=False):
            assert model is not None
            difference.compare(f"{made.where}: {model.__name__}", model, schema)
    assert not difference, "\n".join(difference)


def test_events_are_the_contracts(contract: Contract) -> None:
    difference = Difference(contract)
    difference.compare("Event", Event, {"$ref": "#/components/schemas/Event"})
    assert not difference, "\n".join(difference)


def test_every_error_code_has_a_class_and_every_class_a_code(contract: Contract) -> None:
    assert BY_CODE.keys() == set(contract.document["components"]["schemas"]["ErrorWord"]["enum"])


def test_a_call_that_the_contract_lacks_is_noticed(contract: Contract) -> None:
    with pytest.raises(AssertionError, match="the contract has no"):
        contract.of(sent("made up", Call("GET", "/api/v1/made-up"), None))


class Renamed(Model):
    """A device page that is not the contract's."""

    device: list[Device]
    next: str


def test_an_answer_that_the_contract_writes_otherwise_is_noticed(contract: Contract) -> None:
    difference = Difference(contract)
    difference.compare("page", Renamed, {"$ref": "#/components/schemas/DevicePage"})
    assert len(difference) == 2, difference
