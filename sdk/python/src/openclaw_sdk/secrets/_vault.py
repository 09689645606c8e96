"""HashiCorp Vault, KV secrets engine version 2, by `hvac`."""

from __future__ import annotations

from collections.abc import Mapping

from openclaw_sdk.secrets._endpoint import PATIENCE, checked, origin
from openclaw_sdk.secrets._package import hush, package
from openclaw_sdk.secrets._stuck import Stuck, word
from openclaw_sdk.secrets.reference import Vault

_ASKING = "Asking Vault"
_USUAL = "https://127.0.0.1:8200"
"""Where Vault's own programs look when nothing is set."""


def read(place: Vault, environment: Mapping[str, str]) -> str:
    """A field of a secret."""
    with package("hvac", "vault"):
        import hvac
        import requests
    hush()
    address = checked(environment.get("VAULT_ADDR") or _USUAL, _ASKING)
    token = hvac.utils.get_token_from_env()
    if not token:
        raise Stuck("Looking for Vault's token", "VAULT_TOKEN is not set, and there is no ~/.vault-token; run vault login")
    client = hvac.Client(
        url=address,
        token=token,
        namespace=environment.get("VAULT_NAMESPACE"),
        timeout=PATIENCE,
        # A redirection would take the token along.
        allow_redirects=False,
    )
    try:
        answer = client.secrets.kv.v2.read_secret_version(place.path, mount_point=place.mount, raise_on_deleted_version=False)
    except hvac.exceptions.VaultError as error:
        raise Stuck(_ASKING, f"{origin(address)} refused: {_refusal(error)}") from None
    except (requests.RequestException, OSError) as error:
        raise Stuck(_ASKING, f"{origin(address)} did not answer: {type(error).__name__}") from None
    finally:
        client.adapter.close()
    return _field(answer, place.field, origin(address))


def _refusal(error: object) -> str:
    said = getattr(error, "errors", None)
    if said:
        return word(said[0] if isinstance(said, list) else said)
    if type(error).__name__ == "InvalidPath":
        return "no such path, or the engine is not KV version 2"
    return type(error).__name__


def _field(answer: object, field: str, asked: str) -> str:
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise Stuck(_ASKING, f"{asked} answered something else than was asked")
    fields = data.get("data")
    if not isinstance(fields, dict):
        raise Stuck(_ASKING, "this version was deleted")
    if field not in fields:
        raise Stuck("Looking for the field", f"the secret has no {field}")
    value = fields[field]
    if not isinstance(value, str):
        raise Stuck("Looking for the field", f"{field} is no text")
    return value
