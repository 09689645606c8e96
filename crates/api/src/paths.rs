//! Where everything is.

/// `POST` makes a pairing code, `GET` lists pairings.
pub const PAIRING_CODES: &str = "/api/v1/devices/pairing-codes";
/// `GET` how many pairings are under way.
pub const PAIRING_CODES_SUMMARY: &str = "/api/v1/devices/pairing-codes/summary";
/// `GET` one pairing, `DELETE` cancels it.
pub const PAIRING_CODE: &str = "/api/v1/devices/pairing-codes/{id}";
/// `GET` lists who asks to be let in.
pub const REQUESTS: &str = "/api/v1/requests";
/// `GET` one who asks.
pub const REQUEST: &str = "/api/v1/requests/{id}";
/// `POST` lets in who asks.
pub const REQUEST_APPROVE: &str = "/api/v1/requests/{id}/approve";
/// `POST` does not.
pub const REQUEST_DENY: &str = "/api/v1/requests/{id}/deny";
/// `GET` lists devices.
pub const DEVICES: &str = "/api/v1/devices";
/// `GET` one device, `PATCH` edits it, `DELETE` revokes it.
pub const DEVICE: &str = "/api/v1/devices/{id}";
/// `PUT` changes what a device may do.
pub const DEVICE_PERMISSIONS: &str = "/api/v1/devices/{id}/permissions";
/// `GET` how many devices there are.
pub const DEVICES_SUMMARY: &str = "/api/v1/devices/summary";
/// `POST` changes many devices at once.
pub const DEVICES_BULK: &str = "/api/v1/devices/bulk";
/// `GET` the permissions and presets that forms offer.
pub const PERMISSIONS: &str = "/api/v1/permissions";
/// `POST` shuts a device out for a while.
pub const DEVICE_DISABLE: &str = "/api/v1/devices/{id}/disable";
/// `POST` lets a disabled device in again.
pub const DEVICE_ENABLE: &str = "/api/v1/devices/{id}/enable";
/// `GET` lists API keys, `POST` makes one.
pub const API_KEYS: &str = "/api/v1/api-keys";
/// `GET` one with its use, `DELETE` revokes it.
pub const API_KEY: &str = "/api/v1/api-keys/{id}";
/// `POST` gives it a new secret.
pub const API_KEY_ROTATE: &str = "/api/v1/api-keys/{id}/rotate";
/// `GET` who may do what.
pub const ROLES: &str = "/api/v1/roles";
/// `GET` who is calling, and what they may do.
pub const ME: &str = "/api/v1/me";
/// `GET` lists what has happened.
pub const ACTIVITY: &str = "/api/v1/activity";
/// `GET` is the activity log as a file.
pub const ACTIVITY_EXPORT: &str = "/api/v1/activity/export";
/// `GET` lists the caller's sessions.
pub const MY_SESSIONS: &str = "/api/v1/me/sessions";
/// `DELETE` ends one.
pub const MY_SESSION: &str = "/api/v1/me/sessions/{id}";
/// `POST` changes the caller's password.
pub const MY_PASSWORD: &str = "/api/v1/me/password";
/// `POST` sets the caller's second factor.
pub const MY_TOTP: &str = "/api/v1/me/totp";
/// `POST` proposes a secret for it.
pub const MY_TOTP_PROPOSAL: &str = "/api/v1/me/totp/proposal";
/// `POST` takes it away.
pub const MY_TOTP_REMOVE: &str = "/api/v1/me/totp/remove";
/// `POST` replaces the caller's recovery codes.
pub const MY_RECOVERY_CODES: &str = "/api/v1/me/recovery-codes";
/// `GET` the caller's e-mail address, `POST` asks for another one.
pub const MY_EMAIL: &str = "/api/v1/me/email";
/// `POST` makes the address count that a mail was sent to.
pub const CONFIRM_EMAIL: &str = "/api/v1/members/confirm-email";
/// `GET` the page that the link of an invitation leads to.
pub const JOIN_PAGE: &str = "/join";
/// `GET` the page that the link of a mail leads to which confirms an address.
pub const CONFIRM_PAGE: &str = "/confirm-email";
/// `GET` what those pages do.
pub const LINK_SCRIPT: &str = "/link.js";
/// `POST` signs in, `DELETE` signs out.
pub const SESSION: &str = "/api/v1/session";
/// `GET` lists members.
pub const MEMBERS: &str = "/api/v1/members";
/// `GET` one member, `PATCH` changes them, `DELETE` removes them.
pub const MEMBER: &str = "/api/v1/members/{id}";
/// `GET` lists invitations, `POST` makes one.
pub const INVITATIONS: &str = "/api/v1/members/invitations";
/// `DELETE` takes one back.
pub const INVITATION: &str = "/api/v1/members/invitations/{id}";
/// `POST` makes a member of an invitation; for whoever has it.
pub const ACCEPT_INVITATION: &str = "/api/v1/members/accept";
/// `GET` lists alerts.
pub const ALERTS: &str = "/api/v1/alerts";
/// `GET` one alert.
pub const ALERT: &str = "/api/v1/alerts/{id}";
/// `POST` notes that somebody has looked.
pub const ALERT_ACKNOWLEDGE: &str = "/api/v1/alerts/{id}/acknowledge";
/// `GET` lists the alert rules.
pub const ALERT_RULES: &str = "/api/v1/alert-rules";
/// `PUT` sets one.
pub const ALERT_RULE: &str = "/api/v1/alert-rules/{id}";
/// `GET` how long things are kept, `PUT` sets that.
pub const RETENTION: &str = "/api/v1/settings/retention";
/// `GET` what has changed since a cursor.
pub const CHANGES: &str = "/api/v1/changes";
/// `GET` is a stream of server-sent events.
pub const EVENTS: &str = "/api/v1/events";
/// `POST` claims a pairing; for devices.
pub const CLAIM: &str = "/api/v1/pair/claim";
/// `POST` gets a device's next tokens for its refresh token (RFC 6749 §6).
pub const TOKEN: &str = "/api/v1/oauth/token";
/// `POST` asks whether an access token is good (RFC 7662).
pub const INTROSPECT: &str = "/api/v1/oauth/introspect";
/// `POST` ends a device's tokens (RFC 7009).
pub const REVOKE: &str = "/api/v1/oauth/revoke";
/// `GET` where all this is (RFC 8414).
pub const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
/// `POST` begins to prove that both sides know a code; for devices.
pub const OPAQUE_START: &str = "/api/v1/pair/opaque/start";
/// `POST` ends it, over the same connection.
pub const OPAQUE_FINISH: &str = "/api/v1/pair/opaque/finish";
/// `GET` what the platform knows of the calling device.
pub const DEVICE_SELF: &str = "/api/v1/device/self";
/// `POST` puts a new key in the place of the calling device's.
pub const DEVICE_KEY: &str = "/api/v1/device/key";
/// `GET` upgrades to the live channel of the calling device.
pub const DEVICE_LIVE: &str = "/api/v1/device/live";
/// `GET` whether the platform answers.
pub const HEALTH: &str = "/api/v1/health";
/// `GET` whether it can do its work.
pub const READY: &str = "/api/v1/ready";
/// `GET` what it has counted.
pub const METRICS: &str = "/api/v1/metrics";
/// `GET` the contract as an `OpenAPI` document.
pub const OPENAPI: &str = "/api/v1/openapi.json";
/// `GET` the contract as a page to read.
pub const DOCS: &str = "/api/v1/docs";
/// `GET` how that page looks.
pub const DOCS_STYLE: &str = "/api/v1/docs/style.css";
