"""What the platform refuses, by its stable codes (docs/REST.md, Errors).

Catch a family, such as `NotAuthenticated`, or one code, such as `ApiKeyExpired`. Texts are for people and change.
"""

from __future__ import annotations

from openclaw_sdk.errors import Refusal


class InvalidCall(Refusal):
    """A family: the call itself is wrong: a fault of the program, or of what it was given."""


class InvalidRequest(InvalidCall):
    """The body or a parameter is not as the contract says."""

    CODE = "invalid_request"


class BodyTooLarge(InvalidCall):
    """The body is larger than any valid one."""

    CODE = "body_too_large"


class UnsupportedMediaType(InvalidCall):
    """The body is not declared as JSON."""

    CODE = "unsupported_media_type"


class NotFound(InvalidCall):
    """No such path."""

    CODE = "not_found"


class MethodNotAllowed(InvalidCall):
    """The path exists and not for this method."""

    CODE = "method_not_allowed"


class TlsRequired(InvalidCall):
    """Claims work over the platform's own TLS only."""

    CODE = "tls_required"


class IdempotencyKeyReused(InvalidCall):
    """The Idempotency-Key was used for another request."""

    CODE = "idempotency_key_reused"


class PasswordUnfit(InvalidCall):
    """The password is too short, too long or too easy to guess."""

    CODE = "password_unfit"


class CodeMalformed(InvalidCall):
    """Not of a code's or link's form: mistyped or cut off. Costs no attempt."""

    CODE = "code_malformed"


class UnsupportedGrantType(InvalidCall):
    """The token endpoint takes refresh tokens only."""

    CODE = "unsupported_grant_type"


class NotAuthenticated(Refusal):
    """A family: no credential, or none that is good."""


class Unauthenticated(NotAuthenticated):
    """No credential was sent."""

    CODE = "unauthenticated"


class WrongAuthMethod(NotAuthenticated):
    """A credential of another kind than this path takes."""

    CODE = "wrong_auth_method"


class ApiKeyInvalid(NotAuthenticated):
    """The API key is malformed or unknown."""

    CODE = "api_key_invalid"


class ApiKeyExpired(NotAuthenticated):
    """The API key is too old."""

    CODE = "api_key_expired"


class ApiKeyRevoked(NotAuthenticated):
    """The API key was revoked."""

    CODE = "api_key_revoked"


class SignInFailed(NotAuthenticated):
    """Name, password or second factor are not right, or the member may not sign in."""

    CODE = "sign_in_failed"


class SecondFactorRequired(NotAuthenticated):
    """The password is right and the account has a second factor."""

    CODE = "second_factor_required"


class SessionEnded(NotAuthenticated):
    """The session was ended, or nobody used it for too long."""

    CODE = "session_ended"


class NotAllowed(Refusal):
    """A family: the caller is known and may not."""


class AccessDenied(NotAllowed):
    """The caller is known and lacks the right."""

    CODE = "access_denied"


class OriginNotAllowed(NotAllowed):
    """The request comes from a web page, or names a host that is not this platform."""

    CODE = "origin_not_allowed"


class Conflict(Refusal):
    """A family: how things stand does not admit it."""


class ApiKeyEnded(Conflict):
    """A key to be rotated was revoked or has expired."""

    CODE = "api_key_ended"


class NoMail(Conflict):
    """The platform is not set up to send mail."""

    CODE = "no_mail"


class NameTaken(Conflict):
    """Another member has this name or e-mail address."""

    CODE = "name_taken"


class LastAdmin(Conflict):
    """Nobody could manage the platform afterwards."""

    CODE = "last_admin"


class GuessBudgetSpent(Conflict):
    """As many codes may be typed as the guess budget allows."""

    CODE = "guess_budget_spent"


class RequestChanged(Conflict):
    """Key or permissions are not those that the request has."""

    CODE = "request_changed"


class RequestDecided(Conflict):
    """Decided otherwise before, or the code was taken back."""

    CODE = "request_decided"


class AlreadyRevoked(Conflict):
    """The device to be changed was revoked, which is final."""

    CODE = "already_revoked"


class ChangedMeanwhile(Conflict):
    """It is no longer at the revision that ``If-Match`` names."""

    CODE = "changed_meanwhile"


class CursorUnknown(Conflict):
    """The cursor is of another database, or of this one before it was restored; start from the beginning."""

    CODE = "cursor_unknown"


class InvitationOver(Conflict):
    """The invitation was used, withdrawn or has expired, or there never was one."""

    CODE = "invitation_over"


class ConfirmationOver(Conflict):
    """The link of a mail was replaced by a later one or has expired, or there never was one."""

    CODE = "confirmation_over"


class CodeRefused(Refusal):
    """A family: a device does not get in with this code or link."""


class CodeUnknown(CodeRefused):
    """No pairing has this secret."""

    CODE = "code_unknown"


class CodeExpired(CodeRefused):
    """The code is too old."""

    CODE = "code_expired"


class CodeUsed(CodeRefused):
    """Another device joined with it."""

    CODE = "code_used"


class CodeCancelled(CodeRefused):
    """The code was taken back."""

    CODE = "code_cancelled"


class CodeEntryBurnt(CodeRefused):
    """Too many wrong guesses; the link still works."""

    CODE = "code_entry_burnt"


class PairingDenied(CodeRefused):
    """A person has not let this device in."""

    CODE = "pairing_denied"


class RequestExpired(CodeRefused):
    """Nobody decided within ten minutes, or the device came back too late."""

    CODE = "request_expired"


class SignatureInvalid(CodeRefused):
    """The claim's signature does not fit."""

    CODE = "signature_invalid"


class DeviceRefused(Refusal):
    """A family: a device does not get further with these tokens or this key."""


class DeviceTokenInvalid(DeviceRefused):
    """The token is unknown, was revoked, or belongs to another key."""

    CODE = "device_token_invalid"


class DeviceKeyReplaced(DeviceRefused):
    """The key was this device's and has been replaced."""

    CODE = "device_key_replaced"


class TokenExpired(DeviceRefused):
    """The access token is too old, or a newer one has been used."""

    CODE = "token_expired"


class RefreshTokenReuse(DeviceRefused):
    """A refresh token came back after its successor was used; the device's tokens were revoked."""

    CODE = "refresh_token_reuse"


class DeviceDisabled(DeviceRefused):
    """The device is disabled."""

    CODE = "device_disabled"


class DeviceRevoked(DeviceRefused):
    """The device was revoked."""

    CODE = "device_revoked"


class InvalidDpopProof(DeviceRefused):
    """The proof of possession is missing or wrong."""

    CODE = "invalid_dpop_proof"


class UseDpopNonce(DeviceRefused):
    """The proof needs the nonce of this answer (RFC 9449)."""

    CODE = "use_dpop_nonce"


class TryLater(Refusal):
    """A family: it may work later."""


class RateLimited(TryLater):
    """Too many requests."""

    CODE = "rate_limited"


class StorageUnavailable(TryLater):
    """The database cannot be used."""

    CODE = "storage_unavailable"


class Internal(TryLater):
    """A fault of the platform."""

    CODE = "internal"


def _coded(family: type[Refusal]) -> dict[str, type[Refusal]]:
    found = {family.CODE: family} if "CODE" in vars(family) else {}
    for narrower in family.__subclasses__():
        found |= _coded(narrower)
    return found


BY_CODE = _coded(Refusal)
"""The class of each code."""


def refusal(
    code: str,
    message: str,
    hint: str | None,
    status: int,
    request_id: str | None = None,
    retry_after: float | None = None,
) -> Refusal:
    """The error of a code; a plain `Refusal` for one that this version does not know."""
    kind = BY_CODE.get(code, Refusal)
    return kind(code, message, hint, status, request_id, retry_after)
