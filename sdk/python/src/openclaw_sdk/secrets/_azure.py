"""Azure Key Vault, by `azure-keyvault-secrets`; `azure-identity` says who is asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openclaw_sdk.secrets._endpoint import PATIENCE, checked, is_here, origin
from openclaw_sdk.secrets._package import hush, package
from openclaw_sdk.secrets._stuck import Stuck, word
from openclaw_sdk.secrets.reference import AzureKv

_ASKING = "Asking Azure Key Vault"
_TOKEN = "Getting an access token from Azure"  # noqa: S105 - a sentence


class _WhoAsks:
    """A credential whose failures are told from the vault's."""

    def __init__(self, credential: Any) -> None:
        self._credential = credential

    def get_token(self, *scopes: str, **options: Any) -> Any:
        """Has the credential get a token."""
        from azure.core.exceptions import AzureError

        try:
            return self._credential.get_token(*scopes, **options)
        except (AzureError, ValueError, OSError) as error:
            raise Stuck(_TOKEN, f"{type(error).__name__}; no application and no identity of this machine is known") from None


def read(place: AzureKv, environment: Mapping[str, str]) -> str:
    """A secret, or a version of it."""
    with package("azure-keyvault-secrets", "azure-kv"):
        from azure.core.exceptions import AzureError, HttpResponseError
        from azure.identity import DefaultAzureCredential
        from azure.keyvault.secrets import SecretClient
    hush()
    # Other clouds of Azure and emulators have other names; {vault} stands for the vault's.
    address = environment.get("CLAWPAIR_AZURE_VAULT_URL") or "https://{vault}.vault.azure.net"
    address = checked(address.replace("{vault}", place.vault), _ASKING, always_tls=True)
    try:
        with (
            DefaultAzureCredential() as credential,
            # A redirection would take the token along. An emulator on this computer has no name of Azure's.
            SecretClient(
                address,
                _WhoAsks(credential),
                permit_redirects=False,
                retry_total=1,
                connection_timeout=PATIENCE,
                read_timeout=PATIENCE,
                verify_challenge_resource=not is_here(address),
            ) as client,
        ):
            found = client.get_secret(place.name, place.version)
    except HttpResponseError as error:
        said = error.error.code if error.error else type(error).__name__
        raise Stuck(_ASKING, f"{origin(address)} answered with status {error.status_code} ({word(said)})") from None
    except (AzureError, ValueError, OSError) as error:
        raise Stuck(_ASKING, f"{origin(address)} did not answer: {type(error).__name__}") from None
    if found.value is None:
        raise Stuck(_ASKING, "the answer has no secret")
    return found.value
