"""One call of the contract, described and not yet made."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from openclaw_sdk.model import write_time

Given = str | int | bool | datetime.datetime | Sequence[str] | None
"""What a parameter may be; `None` leaves it out."""

JSON = Mapping[str, object]


@dataclass(frozen=True)
class Call:
    """What is sent."""

    method: str
    path: str
    query: Mapping[str, Given] = field(default_factory=dict)
    # Bodies hold passwords, tokens and codes.
    body: JSON | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    repeatable: bool = True
    """Whether a second one, sent because the answer to the first was lost, does no harm."""

    def request(self, http: httpx.Client | httpx.AsyncClient, patience: float | None = None, **more: str) -> httpx.Request:
        """The request for an HTTP client; with how many seconds of silence are borne, where those are not the client's."""
        headers = {name: value for name, value in self.headers.items() if value is not None} | more
        return http.build_request(
            self.method,
            self.path,
            params={name: _parameter(value) for name, value in self.query.items() if value is not None},
            json=self.body,
            data=self.form,
            headers=headers,
            timeout=http.timeout if patience is None else httpx.Timeout(**http.timeout.as_dict() | {"read": patience}),
        )


def path(template: str, **ids: str) -> str:
    """A path with its ids filled in; what stands in an id cannot lead elsewhere."""
    for name, value in ids.items():
        if not value or value.strip(".") == "":
            raise ValueError(f"{value!r} is no {name}")
    return template.format(**{name: quote(value, safe="") for name, value in ids.items()})


def given(**fields: object) -> dict[str, object]:
    """A body of the fields that were given; the platform reads one that is left out as its default."""
    return {name: value for name, value in fields.items() if value is not None}


def minutes(lifetime: datetime.timedelta | int) -> int:
    """A time span in whole minutes, of which a part counts as one. A number is of minutes."""
    if isinstance(lifetime, int):
        return lifetime
    return -(-lifetime // datetime.timedelta(minutes=1))


def _parameter(value: Given) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return write_time(value)
    if isinstance(value, str) or not isinstance(value, Sequence):
        return str(value)
    return ",".join(value)
