"""Google Cloud Secret Manager, by `google-cloud-secret-manager` over HTTP; `google-auth` says who is asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from openclaw_sdk.secrets._endpoint import PATIENCE, checked, origin
from openclaw_sdk.secrets._package import hush, package
from openclaw_sdk.secrets._stuck import Stuck, word
from openclaw_sdk.secrets.reference import GcpSm

_ASKING = "Asking Google Cloud Secret Manager"
_TOKEN = "Getting an access token from Google Cloud"  # noqa: S105 - a sentence
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_USUAL = "https://secretmanager.googleapis.com"


def read(place: GcpSm, environment: Mapping[str, str]) -> str:
    """A version of a secret."""
    with package("google-cloud-secret-manager", "gcp-sm"):
        import google.auth
        import google.auth.transport.requests
        import requests
        from google.api_core.exceptions import GoogleAPICallError, RetryError
        from google.auth.exceptions import GoogleAuthError
        from google.cloud import secretmanager
        from google.cloud.secretmanager_v1.services.secret_manager_service import transports
    hush()
    # The override that gcloud documents.
    address = checked(environment.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER") or _USUAL, _ASKING)
    try:
        credentials: Any
        credentials, _ = google.auth.default(scopes=[_SCOPE])
        credentials.refresh(google.auth.transport.requests.Request())
    except (GoogleAuthError, requests.RequestException, ValueError, OSError) as error:
        # Their messages quote answers and files.
        raise Stuck(
            _TOKEN, f"{type(error).__name__}; neither GOOGLE_APPLICATION_CREDENTIALS nor this machine gives one"
        ) from None
    parts = urlsplit(address)
    transport = transports.SecretManagerServiceRestTransport(
        host=parts.netloc, url_scheme=parts.scheme, credentials=credentials
    )
    name = f"projects/{place.project}/secrets/{place.name}/versions/{place.version}"
    try:
        with secretmanager.SecretManagerServiceClient(transport=transport) as client:
            answer = client.access_secret_version(name=name, timeout=PATIENCE, retry=None)
    except GoogleAPICallError as error:
        # Its message may quote; the class is what Google calls the fault.
        status = getattr(error.code, "value", error.code)
        raise Stuck(_ASKING, f"{origin(address)} answered with status {status} ({word(type(error).__name__)})") from None
    except (RetryError, GoogleAuthError, requests.RequestException, ValueError, OSError) as error:
        raise Stuck(_ASKING, f"{origin(address)} did not answer: {type(error).__name__}") from None
    try:
        return answer.payload.data.decode()
    except UnicodeDecodeError:
        raise Stuck(_ASKING, "the secret is binary and no text") from None
