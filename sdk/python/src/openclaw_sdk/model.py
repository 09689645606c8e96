"""What answers are made of: attributes with types, and the JSON as it came underneath."""

from __future__ import annotations

import datetime
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, Literal, NoReturn, TypeVar

from openclaw_sdk.errors import AnswerNotUnderstood

Self = TypeVar("Self", bound="Model")


class Model(Mapping[str, Any]):
    """One thing of an answer.

    Its attributes have the types that the class says: times are `datetime`, things in it are models. By key it is the
    JSON object as it came, fields that this version does not know included: `r.get("code")`, `dict(r)`.

    Words such as a status are not checked: a newer platform may have more of them.
    """

    SECRET: ClassVar[frozenset[str]] = frozenset()
    """Fields that `repr` does not show."""

    etag: str | None
    """Which edition this is, to be sent back with a change; `None` where the platform does not say."""

    def __init__(self, json: Mapping[str, Any], *, etag: str | None = None) -> None:
        if not isinstance(json, Mapping):
            _mismatch("an object", json)
        fields = vars(self)
        fields["_json"] = json
        fields["etag"] = etag
        readers = _readers(type(self))
        needed = {name for name, (_, is_needed) in readers.items() if is_needed}
        missing = {name for name in needed if json.get(name) is None}
        if needed and missing == needed:
            raise AnswerNotUnderstood(f"The answer is no {type(self).__name__}.", hint=_NEWER)
        for name, (read, _) in readers.items():
            if name in missing:
                continue
            value = json.get(name)
            try:
                fields[name] = None if value is None else read(value)
            except AnswerNotUnderstood as error:
                raise AnswerNotUnderstood(f"In {type(self).__name__}.{name}: {error.message}", hint=_NEWER) from None

    @classmethod
    def read(cls: type[Self], json: Mapping[str, Any]) -> Self:
        """The model of this JSON."""
        return cls(json)

    def __getitem__(self, name: str) -> Any:
        return vars(self)["_json"][name]

    def __iter__(self) -> Iterator[str]:
        return iter(vars(self)["_json"])

    def __len__(self) -> int:
        return len(vars(self)["_json"])

    def __getattr__(self, name: str) -> NoReturn:
        # Only for what is not there: a platform that is older than this package may not have all of an answer's fields.
        if name in _readers(type(self)):
            raise AnswerNotUnderstood(
                f"The platform's {type(self).__name__} has no {name}.", hint="It is older than this package."
            )
        raise AttributeError(f"{type(self).__name__} has no {name}")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is what the platform answered and cannot be changed")

    def __hash__(self) -> int:
        return hash((type(self), self.get("id")))

    def __repr__(self) -> str:
        fields = ((name, vars(self)[name]) for name in _readers(type(self)) if name in vars(self))
        shown = (f"{name}={'***' if name in self.SECRET and value else repr(value)}" for name, value in fields)
        return f"{type(self).__name__}({', '.join(shown)})"


Read = Callable[[Any], Any]

_NEWER = "A newer version of this package may understand it."


@cache
def _readers(model: type[Model]) -> dict[str, tuple[Read, bool]]:
    """How to read each field, and whether it must be there."""
    readers = {}
    for name, hint in typing.get_type_hints(model).items():
        if name == "etag" or typing.get_origin(hint) is ClassVar:
            continue
        arms = typing.get_args(hint) if _is_union(hint) else (hint,)
        given = [arm for arm in arms if arm is not type(None)]
        (arm,) = given
        readers[name] = (_reader(arm), len(given) == len(arms))
    return readers


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def _reader(hint: Any) -> Read:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        item = _reader(arguments[0])
        return lambda value: [item(one) for one in _of(list, value)]
    if origin is dict:
        item = _reader(arguments[1])
        return lambda value: {name: item(one) for name, one in _of(dict, value).items()}
    if origin is Literal:
        return lambda value: _of(str, value)
    if hint is datetime.datetime:
        return read_time
    if hint is datetime.date:
        return _read_date
    if isinstance(hint, type) and issubclass(hint, Model):
        return hint.read
    return lambda value: _of(hint, value)


def _of(kind: type, value: Any) -> Any:
    # In Python a bool is an int; in JSON it is not.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        _mismatch(kind.__name__, value)
    return value


def _mismatch(wanted: str, value: object) -> NoReturn:
    raise AnswerNotUnderstood(f"{wanted} was expected and {type(value).__name__} came.", hint=_NEWER)


def read_time(value: Any) -> datetime.datetime:
    """Reads RFC 3339 as the platform writes it."""
    try:
        return datetime.datetime.fromisoformat(_of(str, value).replace("Z", "+00:00"))
    except ValueError:
        _mismatch("a time", value)


def write_time(time: datetime.datetime) -> str:
    """Writes a time as the platform reads it: in UTC, whole seconds."""
    if time.tzinfo is None:
        raise ValueError("a time without a zone could mean any; use datetime.now(timezone.utc), for example")
    return time.astimezone(datetime.timezone.utc).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _read_date(value: Any) -> datetime.date:
    try:
        return datetime.date.fromisoformat(_of(str, value))
    except ValueError:
        _mismatch("a date", value)
