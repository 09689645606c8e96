"""Makes pairing codes for a list of devices: batch.py LIST.csv CODES.jsonl [--typed] [--minutes N].

LIST.csv has the columns name, device_type and permissions, the last with spaces in between. CODES.jsonl gets one line for
each row, in its order, and can be read by its owner alone: it holds secrets.

Broken off anywhere, the same command goes on where it was and makes nothing twice, within a day.

Codes are for links and programs that know the platform's pin, of which there may be any number. With --typed people can type
them; of those the platform has 51 open at once, so that guessing stays hopeless. The command then stops with status 3, and goes
on when it is called again after some were used.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from openclaw_sdk import OpenClawClient, OpenClawError, refusals

MORE_TO_DO = 3


@dataclass(frozen=True)
class Row:
    """A device that is to come."""

    number: int
    name: str
    device_type: str
    permissions: list[str]


def read_list(path: Path) -> list[Row]:
    """All rows, before anything is made."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    try:
        return [Row(n, row["name"], row["device_type"], row["permissions"].split()) for n, row in enumerate(rows, start=1)]
    except (KeyError, AttributeError):
        raise SystemExit(f"{path} needs the columns name, device_type and permissions, filled in each row.") from None


def batch_id(path: Path) -> uuid.UUID:
    """What this batch is called for as long as it is not done; the keys of its requests follow from it."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(str(uuid.uuid4()))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    return uuid.UUID(path.read_text().strip())


def done(codes: IO[bytes]) -> int:
    """How many rows have their line. One that was cut off while it was written is taken away."""
    whole = codes.read()
    whole = whole[: whole.rfind(b"\n") + 1]
    codes.truncate(len(whole))
    codes.seek(len(whole))
    return whole.count(b"\n")


def make(client: OpenClawClient, rows: list[Row], batch: uuid.UUID, lifetime: timedelta, *, typed: bool) -> Iterator[bytes]:
    """A line for each row."""
    for row in rows:
        created = client.devices.generate_pairing_code(
            name=row.name,
            device_type=row.device_type,
            permissions=row.permissions,
            expiration=lifetime,
            typed=typed,
            idempotency_key=str(uuid.uuid5(batch, str(row.number))),
        )
        yield json.dumps({"row": row.number, "name": row.name, **created}, ensure_ascii=False).encode() + b"\n"


def main() -> int:
    """Makes what is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("list", type=Path)
    parser.add_argument("codes", type=Path)
    parser.add_argument("--typed", action="store_true", help="people can type the codes")
    parser.add_argument("--minutes", type=int, default=60, help="how long a code works")
    given = parser.parse_args()
    rows = read_list(given.list)
    unfinished = given.codes.with_name(given.codes.name + ".unfinished")
    if given.codes.exists() and not unfinished.exists():
        raise SystemExit(f"{given.codes} is complete. Move it away to make codes anew.")
    batch = batch_id(unfinished)
    with (
        OpenClawClient() as client,
        os.fdopen(os.open(given.codes, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as codes,
    ):
        made = done(codes)
        try:
            for line in make(client, rows[made:], batch, timedelta(minutes=given.minutes), typed=given.typed):
                codes.write(line)
                codes.flush()
                os.fsync(codes.fileno())
                made += 1
                print(f"\r{made} of {len(rows)}", end="", file=sys.stderr, flush=True)
        except refusals.GuessBudgetSpent as error:
            print(f"\n{error.message} Call this again when some were used.", file=sys.stderr)
            return MORE_TO_DO
    unfinished.unlink()
    print(file=sys.stderr)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OpenClawError as error:
        sys.exit(f"\n{error}")
