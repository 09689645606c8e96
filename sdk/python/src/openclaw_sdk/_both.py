"""Methods that are written once and called in two ways.

A method is a coroutine. Looked up on something of the blocking way it is an ordinary function, on something of the awaiting
way it is what it says; type checkers see the same.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from openclaw_sdk._engine import Engine
from openclaw_sdk._ways import Awaiting, Blocking

N = TypeVar("N", Blocking, Awaiting)
P = ParamSpec("P")
T = TypeVar("T")


class Both(Generic[N]):
    """What has such methods."""

    _way: N


class Resource(Both[N]):
    """A part of the contract."""

    def __init__(self, engine: Engine, way: N) -> None:
        self._engine = engine
        self._way = way


class call(Generic[P, T]):  # noqa: N801 - read as a decorator
    """A method that makes one call."""

    def __init__(self, method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]) -> None:
        self.method = method
        self.__doc__ = method.__doc__

    @overload
    def __get__(self, one: None, owner: type) -> call[P, T]: ...
    @overload
    def __get__(self, one: Both[Blocking], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, one: Both[Awaiting], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, one: Both[Any] | None, owner: type) -> object:
        """The method in its way."""
        if one is None:
            return self
        return _bound(self.method, one, one._way.run)


class iteration(Generic[P, T]):  # noqa: N801 - read as a decorator
    """A method that makes as many calls as its reader wants to hear of."""

    def __init__(self, method: Callable[Concatenate[Any, P], AsyncGenerator[T, None]]) -> None:
        self.method = method
        self.__doc__ = method.__doc__

    @overload
    def __get__(self, one: None, owner: type) -> iteration[P, T]: ...
    @overload
    def __get__(self, one: Both[Blocking], owner: type) -> Callable[P, Generator[T, None, None]]: ...
    @overload
    def __get__(self, one: Both[Awaiting], owner: type) -> Callable[P, AsyncGenerator[T, None]]: ...

    def __get__(self, one: Both[Any] | None, owner: type) -> object:
        """The method in its way."""
        if one is None:
            return self
        return _bound(self.method, one, one._way.iterate)


def _bound(method: Callable[..., Any], one: Both[Any], done_by: Callable[[Any], Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def bound(*arguments: Any, **named: Any) -> Any:
        return done_by(method(one, *arguments, **named))

    return bound
