"""The contract's document beside what this package sends and reads."""

from __future__ import annotations

import datetime
import inspect
import json
import re
import types
import typing
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar
from urllib.parse import parse_qs

import httpx
from jsonschema import Draft202012Validator

from openclaw_sdk._both import Resource, call, iteration
from openclaw_sdk._engine import Engine
from openclaw_sdk._net import BlockingNet
from openclaw_sdk.call import Call
from openclaw_sdk.model import Model
from openclaw_sdk.models.events import EVENTS, Event
from openclaw_sdk.refusals import BY_CODE

DOCUMENT = Path(__file__).parents[3] / "crates/api/openapi.json"
HTTP = httpx.Client(base_url="http://localhost")
M = TypeVar("M", bound=Model)
T = TypeVar("T")


class Recorded(Exception):
    """What a method would have sent, and what it would have read the answer as."""

    def __init__(self, call: Call, answer: type[Model] | None) -> None:
        super().__init__(call.path)
        self.call, self.answer = call, answer


class Recorder(Engine):
    """Sends nothing."""

    def __init__(self) -> None:
        pass

    def forget_session(self) -> None:
        pass

    async def send(self, call: Call) -> httpx.Response:
        raise Recorded(call, None)

    async def model(self, call: Call, model: type[M]) -> M:
        raise Recorded(call, model)

    async def pages(self, call: Call, page: type[Model], items: Callable[[Any], list[T]]) -> AsyncGenerator[T, None]:
        raise Recorded(call, page)
        yield

    async def chunks(self, call: Call) -> AsyncGenerator[bytes, None]:
        raise Recorded(call, None)
        yield

    async def follow(self, call: Call, since: str | None) -> AsyncGenerator[Event, None]:
        raise Recorded(call, Event)
        yield


@dataclass
class Sent:
    """A request as it would leave, with what it is read as."""

    where: str
    method: str
    path: str
    query: dict[str, str]
    headers: set[str]
    json: Any
    form: dict[str, str] | None
    answer: type[Model] | None


def sent(where: str, made: Call, answer: type[Model] | None) -> Sent:
    """The request of a call."""
    request = made.request(HTTP)
    path, _, query = request.url.raw_path.decode().partition("?")
    form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()} if made.form else None
    return Sent(
        where,
        request.method,
        path,
        {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()},
        set(request.headers),
        json.loads(request.content) if made.body is not None else None,
        form,
        answer,
    )


def methods(resources: list[type[Resource[Any]]]) -> Iterator[tuple[str, Callable[..., Any], inspect.Signature]]:
    """Every method of these, ready to be called."""
    net = BlockingNet(HTTP, lambda _: None)
    for resource in resources:
        made = resource(Recorder(), net)
        for name, member in vars(resource).items():
            if isinstance(member, call | iteration):
                signature = inspect.signature(member.method, eval_str=True)
                yield f"{resource.__name__}.{name}", getattr(made, name), signature


def record(where: str, method: Callable[..., Any], arguments: Mapping[str, Any]) -> Sent:
    """What a method sends with these arguments."""
    try:
        outcome = method(**arguments)
        next(outcome)
    except Recorded as recorded:
        return sent(where, recorded.call, recorded.answer)
    raise AssertionError(f"{where} made no call")


@dataclass
class Contract:
    """The document."""

    document: dict[str, Any]
    operations: list[Operation] = field(default_factory=list)

    @classmethod
    def read(cls) -> Contract:
        """The document in the repository."""
        contract = cls(json.loads(DOCUMENT.read_text(encoding="utf-8")))
        for path, methods in contract.document["paths"].items():
            for method, operation in methods.items():
                contract.operations.append(Operation(contract, method.upper(), path, operation))
        return contract

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema without references at its top, and its parts put together."""
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if "allOf" in schema:
            parts = [self.resolve(part) for part in schema["allOf"]]
            properties = {name: value for part in parts for name, value in part["properties"].items()}
            return {"type": "object", "properties": properties, "required": [r for p in parts for r in p.get("required", [])]}
        return schema

    def faults(self, value: object, schema: dict[str, Any]) -> list[str]:
        """Why a value does not fit a schema."""
        whole = {"components": self.document["components"], **schema}
        return [error.message for error in Draft202012Validator(whole).iter_errors(value)]

    def of(self, sent: Sent) -> Operation:
        """The operation that a request is of. A path that is written out counts before one with an id in it."""
        fitting = [one for one in self.operations if one.method == sent.method and one.pattern.fullmatch(sent.path)]
        assert fitting, f"{sent.where}: the contract has no {sent.method} {sent.path}"
        return min(fitting, key=lambda one: one.path.count("{"))


@dataclass
class Operation:
    """One call of the contract."""

    contract: Contract
    method: str
    path: str
    described: dict[str, Any]

    @property
    def id(self) -> str:
        """Its name."""
        return str(self.described["operationId"])

    @property
    def pattern(self) -> re.Pattern[str]:
        """The paths that are of it."""
        return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(self.path)))

    def parameters(self, place: str) -> dict[str, dict[str, Any]]:
        """Parameters by their name."""
        return {one["name"]: one for one in self.described.get("parameters", []) if one["in"] == place}

    @property
    def body(self) -> tuple[str, dict[str, Any]] | None:
        """The media type and schema of what it takes."""
        content = self.described.get("requestBody", {}).get("content")
        return next(((kind, one["schema"]) for kind, one in content.items()), None) if content else None

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The JSON schemas of what it answers."""
        good = [one for status, one in self.described["responses"].items() if status.startswith("2")]
        kinds = [one.get("content", {}).get("application/json") for one in good]
        return [kind["schema"] for kind in kinds if kind]

    @property
    def fields(self) -> set[str]:
        """All fields that its body may have."""
        if self.body is None:
            return set()
        schema = self.contract.resolve(self.body[1])
        variants = [schema, *map(self.contract.resolve, schema.get("oneOf", []))]
        return {name for variant in variants for name in variant.get("properties", {})}


class Difference(list[str]):
    """How models differ from schemas."""

    seen: ClassVar[set[tuple[str, str]]] = set()

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        self.contract = contract

    def compare(self, where: str, hint: Any, schema: dict[str, Any], *, needed: bool = True) -> None:
        """Notes each difference between a type and a schema."""
        arms = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
        may_miss = type(None) in arms
        (hint,) = (arm for arm in arms if arm is not type(None))
        schema, nullable = self._without_null(schema)
        if may_miss == (needed and not nullable):
            self.append(
                f"{where}: may {'not ' if not may_miss else ''}be missing here, and the other way round in the contract"
            )
        self._same(where, hint, schema)

    def _without_null(self, schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        schema = self.contract.resolve(schema)
        if "oneOf" in schema:
            arms = [arm for arm in schema["oneOf"] if arm.get("type") != "null"]
            if len(arms) == 1:
                return self.contract.resolve(arms[0]), True
        kind = schema.get("type")
        if isinstance(kind, list):
            (kind,) = (one for one in kind if one != "null")
            return {**schema, "type": kind}, True
        return schema, False

    def _same(self, where: str, hint: Any, schema: dict[str, Any]) -> None:
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin is list:
            self._expect(where, schema, "array")
            self.compare(f"{where}[]", arguments[0], schema.get("items", {}))
        elif origin is dict:
            self._expect(where, schema, "object")
            self.compare(f"{where}{{}}", arguments[1], schema.get("additionalProperties", {}))
        elif origin is Literal:
            if set(arguments) != set(schema.get("enum", [schema.get("const")])):
                self.append(f"{where}: {sorted(arguments)} and {schema.get('enum')}")
        elif hint is Event:
            self._same_events(where, schema)
        elif isinstance(hint, type) and issubclass(hint, Model):
            self._same_fields(where, hint, schema)
        elif hint in (datetime.datetime, datetime.date):
            self._expect(where, schema, "string")
        else:
            self._expect(where, schema, {str: "string", int: "integer", bool: "boolean"}[hint])
            # Codes of refusals have classes instead, which another test compares.
            is_code = set(schema.get("enum", ())) == BY_CODE.keys()
            if ("enum" in schema and not is_code) or schema.get("format") == "date-time":
                self.append(f"{where}: {hint.__name__}, and the contract says more of it")

    def _expect(self, where: str, schema: dict[str, Any], kind: str) -> None:
        if schema.get("type") != kind:
            self.append(f"{where}: {kind}, and {schema.get('type')} in the contract")

    def _same_events(self, where: str, schema: dict[str, Any]) -> None:
        variants = {
            variant["properties"]["type"]["enum"][0]: variant for variant in map(self.contract.resolve, schema["oneOf"])
        }
        if variants.keys() != EVENTS.keys():
            self.append(f"{where}: {sorted(EVENTS)} and {sorted(variants)}")
        for name in variants.keys() & EVENTS.keys():
            self._same_fields(f"{where}({name})", EVENTS[name], variants[name])

    def _same_fields(self, where: str, model: type[Model], schema: dict[str, Any]) -> None:
        if "oneOf" in schema:
            schema = self._any_of(schema)
        if (model.__name__, json.dumps(schema)) in self.seen:
            return
        self.seen.add((model.__name__, json.dumps(schema)))
        hints = {name: hint for name, hint in typing.get_type_hints(model).items() if name != "etag"}
        hints = {name: hint for name, hint in hints.items() if typing.get_origin(hint) is not ClassVar}
        if hints.keys() != schema["properties"].keys():
            self.append(f"{where}: only here or only there: {sorted(hints.keys() ^ schema['properties'].keys())}")
        for name in hints.keys() & schema["properties"].keys():
            needed = name in schema.get("required", [])
            self.compare(f"{where}.{name}", hints[name], schema["properties"][name], needed=needed)

    def _any_of(self, schema: dict[str, Any]) -> dict[str, Any]:
        """One object for several: what all require is required."""
        variants = list(map(self.contract.resolve, schema["oneOf"]))
        required = set.intersection(*(set(variant.get("required", [])) for variant in variants))
        properties = {name: value for variant in reversed(variants) for name, value in variant["properties"].items()}
        return {"properties": properties, "required": sorted(required)}
