"""Members, invitations, sessions and what belongs to an account."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from openclaw_sdk.model import Model
from openclaw_sdk.models.access import Role

MemberStatus = Literal["active", "disabled", "removed"]
"""Whether a member may sign in."""


InvitationStatus = Literal["open", "accepted", "withdrawn", "expired"]
"""What became of an invitation."""


MailStatus = Literal["waiting", "sent", "not_sent"]
"""Whether a mail was sent."""


EmailChangeStatus = Literal["open", "confirmed", "replaced", "expired"]
"""What became of a wish for another address."""


class EmailVerified(Model):
    """How a member's address was verified."""

    at: datetime
    """When."""
    by: str
    """`invitation`: they accepted by the link mailed there; `confirmation`: they opened the link of a mail sent for that."""


class Member(Model):
    """Somebody with an account."""

    email: str | None
    """Where they get mail."""
    email_verified: EmailVerified | None
    has_second_factor: bool
    """Whether signing in takes a second factor."""
    id: str
    """`mem-<uuid>`."""
    joined_at: datetime
    """When they accepted their invitation."""
    name: str
    """What people call them."""
    role: Role
    """What they are."""
    signed_in_at: datetime | None
    """When they last signed in."""
    status: MemberStatus
    """Whether they may sign in."""


class MemberList(Model):
    """All members that were not removed, newest first."""

    members: list[Member]
    """The members."""


class MailDelivery(Model):
    """What became of a mail."""

    attempts: int
    """How often sending it has failed, or is under way."""
    reason: str | None
    """Why it was not sent, or not yet; for people."""
    sent_at: datetime | None
    """When it was sent."""
    status: MailStatus
    """Whether it was sent."""


class Invitation(Model):
    """An invitation without its token."""

    created_at: datetime
    """When it was made."""
    email: str | None
    """Where they get mail."""
    expires_at: datetime
    """From when on it is worthless."""
    id: str
    """`inv-<uuid>`."""
    invited_by: str
    """Who asked them: `owner`, `operator`, or an API key's or member's id."""
    mail: MailDelivery | None
    member_id: str | None
    """The member that came of it."""
    name: str
    """What the member will be called."""
    role: Role
    """What they will be."""
    status: InvitationStatus
    """What became of it."""


class InvitationCreated(Model):
    """The only answer that ever holds an invitation's token."""

    SECRET = frozenset({"token", "link"})

    invitation: Invitation
    """What the platform keeps of it."""
    link: str | None
    """The same as a link to a page where it is accepted; null where the platform knows no address of its own."""
    token: str
    """`cpi_…`: shown once; whoever has it can become this member. The mailed one is another."""


class InvitationList(Model):
    """All invitations, newest first."""

    invitations: list[Invitation]
    """The invitations."""


class Session(Model):
    """One sign-in."""

    address: str | None
    """The IP address it began at."""
    created_at: datetime
    """When it began."""
    current: bool
    """Whether it is the one that asks."""
    ends_at: datetime
    """From when on it is worthless if nobody uses it again."""
    id: str
    """`ses-<uuid>`."""
    seen_at: datetime
    """When it was last used, to the minute."""


class SessionList(Model):
    """The caller's sessions, newest first."""

    sessions: list[Session]
    """The sessions."""


class SignedIn(Model):
    """Who is signed in. The session's token is in the cookie `__Host-clawpair` alone."""

    member: Member
    """The member."""
    session: Session
    """The session."""


class EmailChange(Model):
    """A wish for another address. Until its mail's link is opened, the old address counts."""

    asked_at: datetime
    """When they asked."""
    email: str
    """Where the caller wants mail."""
    expires_at: datetime
    """From when on the link is worthless."""
    mail: MailDelivery
    """What became of the mail."""
    status: EmailChangeStatus
    """What became of it."""


class MyEmail(Model):
    """`GET /api/v1/me/email`."""

    change: EmailChange | None
    member: Member
    """The caller, with the address that counts."""


class EmailConfirmed(Model):
    """An address counts."""

    email: str
    """Which."""


class TotpProposal(Model):
    """A secret for an authenticator app; nothing is kept of it before it comes back with a code."""

    SECRET = frozenset({"secret", "uri"})

    secret: str
    """160 bits in base32 (RFC 4648)."""
    uri: str
    """The same as a link that apps read from a QR picture."""


class RecoveryCodes(Model):
    """The only answer that ever holds recovery codes."""

    SECRET = frozenset({"recovery_codes"})

    recovery_codes: list[str]
    """Ten, each for one sign-in without the second factor."""
