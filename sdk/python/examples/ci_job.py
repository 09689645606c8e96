"""Pairs the service that a CI job deploys.

    ci_job.py make NAME LINK-FILE      before the deployment: makes a link, writes it where only this user can read it, and
                                       prints the pairing's id
    ci_job.py wait PAIRING-ID          after it: waits until the service has joined; status 1 if it has not

The key comes from CLAWPAIR_API_KEY, a secret of the CI. Give it the role Integrator and the scopes codes:create, codes:read and
devices:read, no more. A job that is repeated under the same CI_JOB_ID (GITHUB_RUN_ID) gets the same link and not a second one.
"""

from __future__ import annotations

import argparse
import os
import sys
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import anyio

from openclaw_sdk import AsyncOpenClawClient, OpenClawClient, OpenClawError
from openclaw_sdk.models.events import PairingEvent, ResyncEvent

UNDER_WAY = ("open", "waiting", "approved")


def make(name: str, link_file: Path) -> int:
    """Makes the link."""
    job = os.environ.get("CI_JOB_ID") or os.environ.get("GITHUB_RUN_ID") or str(uuid.uuid4())
    with OpenClawClient() as client:
        created = client.devices.generate_pairing_code(
            name=name,
            device_type="Service.Worker.Compute",
            permissions=["data:read", "telemetry:publish"],
            expiration=timedelta(minutes=15),
            typed=False,
            idempotency_key=f"ci-{job}-{uuid.uuid5(uuid.NAMESPACE_OID, name)}",
        )
    if created.link is None:
        raise SystemExit("The platform listens nowhere, so no service can reach it.")
    link_file.unlink(missing_ok=True)
    with os.fdopen(os.open(link_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(created.link)
    print(created.pairing_id)
    return 0


async def wait(pairing_id: str) -> int:
    """Waits for the service, as long as its code works."""
    async with AsyncOpenClawClient() as client:
        # The cursor first, so that nothing falls between looking and listening.
        cursor = (await client.changes.page()).cursor
        pairing = await client.pairing_codes.show(pairing_id)
        left = (pairing.expires_at - datetime.now(timezone.utc)).total_seconds()
        events = client.events.follow(since=cursor)
        with anyio.move_on_after(max(left, 0)):
            while pairing.status in UNDER_WAY:
                event = await anext(events)
                if isinstance(event, PairingEvent) and event.pairing.id == pairing_id:
                    pairing = event.pairing
                elif isinstance(event, ResyncEvent):
                    pairing = await client.pairing_codes.show(pairing_id)
        await events.aclose()
    print(f"{pairing.name}: {pairing.status}", file=sys.stderr)
    return 0 if pairing.status == "completed" else 1


def main() -> int:
    """Does what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("name")
    making.add_argument("link_file", type=Path)
    waiting = commands.add_parser("wait")
    waiting.add_argument("pairing_id")
    given = parser.parse_args()
    if given.command == "make":
        return make(given.name, given.link_file)
    return anyio.run(wait, given.pairing_id)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OpenClawError as error:
        sys.exit(str(error))
