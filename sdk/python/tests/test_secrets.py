"""Keys and codes that are kept elsewhere, each service by its API's public shape."""

from __future__ import annotations

import base64
import json
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw_sdk import ConfigurationError, secrets
from openclaw_sdk.secrets import SecretUnavailable
from served import Asked, Served, always, certified

SECRET = "cpk_tulipfield"
ENCODED = base64.b64encode(SECRET.encode()).decode()
BAD_INPUT = 2
"""How the command ends then."""
FAMILIES = ("AWS_", "AZURE_", "GCE_", "GOOGLE_", "IDENTITY_", "MSI_", "VAULT_", "CLOUDSDK_")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No account of whoever runs the tests, and nobody at the clouds' metadata services."""
    for name in list(os.environ):
        if name.startswith(FAMILIES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:9")
    monkeypatch.setenv("GCE_METADATA_IP", "127.0.0.1:9")
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")
    # No program of the machine is asked who it is.
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Everything that anybody logs, in which nothing of a secret is."""
    caplog.set_level(logging.DEBUG)
    yield
    for record in caplog.get_records("call"):
        said = f"{record.getMessage()} {vars(record)}"
        assert "tulip" not in said, record.name
        assert ENCODED not in said, record.name


def failed(reference: str) -> SecretUnavailable:
    """Why a reference cannot be followed. Never holds the secret, not even in what caused it."""
    with pytest.raises(SecretUnavailable) as caught:
        secrets.read(reference)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert reference.partition("#")[0] in str(error)
    assert "tulip" not in f"{error} {error.hint}"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - its own
    return error


def test_secrets_of_this_computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEY", f" {SECRET}\n")
    assert secrets.read("env:KEY") == SECRET
    monkeypatch.setenv("KEY", "")
    assert "Reading the environment: KEY is not set." in str(failed("env:KEY"))
    path = tmp_path / "key"
    assert "Reading the file: No such file" in str(failed(f"file:{path}"))
    path.write_text(f"{SECRET}\r\n")
    assert secrets.read(f"file:{path}") == SECRET
    for content, why in (("\n", "it is empty"), ("tulip\nfield", "several lines"), ("tulip" * 1000, "longer than")):
        path.write_text(content)
        assert why in str(failed(f"file:{path}"))


@pytest.mark.parametrize(
    ("reference", "module", "extra"),
    [
        ("vault:secret/ci#key", "hvac", "vault"),
        ("aws-sm:ci", "boto3", "aws-sm"),
        ("gcp-sm:p/ci", "google.auth", "gcp-sm"),
        ("azure-kv:v/ci", "azure.identity", "azure-kv"),
        ("keyring:ci", "keyring", "keyring"),
    ],
)
def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, reference: str, module: str, extra: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    error = failed(reference)
    assert "is not installed" in error.why
    assert f"pip install 'clawpair-sdk[{extra}]'" in error.why


def test_nothing_goes_in_clear_over_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "hvs.x")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    for reference, variable in (
        ("vault:secret/ci#key", "VAULT_ADDR"),
        ("aws-sm:ci", "AWS_ENDPOINT_URL_SECRETS_MANAGER"),
        ("gcp-sm:p/ci", "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER"),
        ("azure-kv:v/ci", "CLAWPAIR_AZURE_VAULT_URL"),
    ):
        monkeypatch.setenv(variable, "http://secrets.example.org:8200")
        assert "http://secrets.example.org:8200 is not https://" in failed(reference).why, reference


def test_vault_keeps_secrets_in_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"data": {"data": {"key": SECRET, "number": 7}, "metadata": {"version": 3}}}
    assert failed("vault:secret/x#key").step == "Looking for Vault's token"
    with always(200, answer) as vault:
        monkeypatch.setenv("VAULT_ADDR", vault.url)
        monkeypatch.setenv("VAULT_TOKEN", "hvs.x")
        monkeypatch.setenv("VAULT_NAMESPACE", "team")
        assert secrets.read("vault:secret/ci/claw pair#key") == SECRET
        asked = vault.asked[0]
        assert asked.line == "GET /v1/secret/data/ci/claw%20pair"
        assert [asked.headers[name] for name in ("X-Vault-Token", "X-Vault-Namespace", "X-Vault-Request")] == [
            "hvs.x",
            "team",
            "true",
        ]
        assert failed("vault:secret/x#other").why == "the secret has no other"
        assert failed("vault:secret/x#number").why == "number is no text"


def test_vault_takes_the_token_that_its_program_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".vault-token").write_text("hvs.y\n")
    with always(200, {"data": {"data": {"key": SECRET}}}) as vault:
        monkeypatch.setenv("VAULT_ADDR", vault.url)
        assert secrets.read("vault:secret/ci#key") == SECRET
        assert vault.asked[0].headers["X-Vault-Token"] == "hvs.y"


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (403, {"errors": ["permission denied"]}, "permission denied"),
        (404, {"errors": []}, "no such path, or the engine is not KV version 2"),
        (404, {"data": {"data": None, "metadata": {"deletion_time": "2026-01-01T00:00:00Z"}}}, "this version was deleted"),
        (200, {"tulip": 1}, "answered something else than was asked"),
        (200, "tulip", "answered something else than was asked"),
        (302, {"tulip": 1}, "answered something else than was asked"),
        (500, "tulip", "InternalServerError"),
    ],
)
def test_vault_says_why_not(monkeypatch: pytest.MonkeyPatch, status: int, body: object, why: str) -> None:
    with always(status, body) as vault:
        monkeypatch.setenv("VAULT_ADDR", vault.url)
        monkeypatch.setenv("VAULT_TOKEN", "hvs.x")
        error = failed("vault:secret/x#key")
        assert error.step == "Asking Vault"
        assert why in error.why
        assert len(vault.asked) == 1, "a redirection would take the token along"


def test_nobody_at_a_services_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "hvs.x")
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")
    assert "http://127.0.0.1:9 did not answer: ConnectionError" in failed("vault:secret/x#key").why


def elsewhere(other: Served) -> Served:
    """Says that the answer is at another host."""
    url = other.url.replace("127.0.0.1", "localhost") + "/elsewhere"
    return Served(lambda _: (302, {}, {"Location": url}))


def test_a_redirection_takes_no_token_along(monkeypatch: pytest.MonkeyPatch, as_aws_user: None, tmp_path: Path) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "hvs.x")
    with (
        always(200, {"access_token": "ya29.y", "expires_in": 3599}) as tokens,
        always(200, {"SecretString": SECRET}) as other,
        elsewhere(other) as service,
    ):
        google_key(tmp_path / "account.json", f"{tokens.url}/token")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
        for variable in ("VAULT_ADDR", "AWS_ENDPOINT_URL", "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER"):
            monkeypatch.setenv(variable, service.url)
        for reference in ("vault:secret/ci#key", "aws-sm:ci", "gcp-sm:p/ci"):
            failed(reference)
            sent = {name.lower() for asked in other.asked for name in asked.headers}
            assert not sent & {"authorization", "x-vault-token", "x-amz-security-token"}, reference
        assert len(service.asked) >= 3


@pytest.fixture
def as_aws_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI",
        "AWS_SESSION_TOKEN": "session",
        "AWS_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)


def test_aws_is_asked_with_a_signature(monkeypatch: pytest.MonkeyPatch, as_aws_user: None) -> None:
    with always(200, {"Name": "ci", "SecretString": json.dumps({"key": SECRET})}) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", aws.url)
        assert secrets.read("aws-sm:ci#key") == SECRET
        asked = aws.asked[0]
        assert (asked.line, json.loads(asked.body)) == ("POST /", {"SecretId": "ci"})
        assert asked.headers["X-Amz-Target"] == "secretsmanager.GetSecretValue"
        assert asked.headers["X-Amz-Security-Token"] == "session"
        assert "/eu-central-1/secretsmanager/aws4_request" in asked.headers["Authorization"]
        assert failed("aws-sm:ci#other").why == "the secret has no text other"
        arn = "aws-sm:arn:aws:secretsmanager:us-west-2:123456789012:secret:ci-AbCdEf#key"
        assert secrets.read(arn) == SECRET
        assert "/us-west-2/" in aws.asked[-1].headers["Authorization"]
        monkeypatch.delenv("AWS_REGION")
        assert failed("aws-sm:ci").step == "Looking for the AWS region"


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (400, {"__type": "ResourceNotFoundException", "Message": "tulip"}, "status 400 (ResourceNotFoundException)"),
        (400, {"__type": "com.amazonaws#AccessDeniedException", "Message": "tulip"}, "(AccessDeniedException)"),
        (200, {}, "the answer has no secret"),
        (200, {"SecretBinary": base64.b64encode(b"\xfftulip").decode()}, "the secret is binary and no text"),
        (200, "tulip", "the answer has no secret"),
    ],
)
def test_aws_says_why_not(monkeypatch: pytest.MonkeyPatch, as_aws_user: None, status: int, body: object, why: str) -> None:
    with always(status, body) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        error = failed("aws-sm:ci")
        assert error.step == "Asking AWS Secrets Manager"
        assert why in error.why


def test_aws_credentials_come_from_the_machines_role(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {
        "Code": "Success",
        "AccessKeyId": "ASIA",
        "SecretAccessKey": "x",
        "Token": "t",
        "Expiration": "2099-01-01T00:00:00Z",
    }

    def machine(asked: Asked) -> tuple[int, object]:
        if asked.line == "PUT /latest/api/token":
            return 200, "ticket"
        if asked.headers["X-aws-ec2-metadata-token"] != "ticket":
            return 401, ""
        if asked.line == "GET /latest/meta-data/iam/security-credentials/":
            return 200, "ci-role"
        return (200, keys) if asked.line.endswith("/ci-role") else (404, "")

    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    with Served(machine) as metadata, always(200, {"SecretBinary": ENCODED}) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        assert failed("aws-sm:ci").step == "Looking for AWS credentials"
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url)
        assert secrets.read("aws-sm:ci") == SECRET
        assert aws.asked[0].headers["X-Amz-Security-Token"] == "t"


def google_key(path: Path, token_uri: str) -> None:
    """Writes a service account's key, as Google gives it out."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = {"type": "service_account", "client_email": "ci@p.iam.gserviceaccount.com", "project_id": "p"}
    path.write_text(json.dumps({**account, "private_key_id": "k1", "private_key": pem, "token_uri": token_uri}))


def test_google_is_asked_as_a_service_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answer = {"name": "x", "payload": {"data": ENCODED}}
    with always(200, {"access_token": "ya29.y", "expires_in": 3599}) as tokens, always(200, answer) as api:
        google_key(tmp_path / "account.json", f"{tokens.url}/token")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
        monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", f"{api.url}/")
        assert secrets.read("gcp-sm:my-project/ci") == SECRET
        assert "grant-type%3Ajwt-bearer" in tokens.asked[0].body
        assert api.asked[0].line.partition("?")[0] == "GET /v1/projects/my-project/secrets/ci/versions/latest:access"
        assert api.asked[0].headers["Authorization"] == "Bearer ya29.y"


def test_google_is_asked_as_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def machine(asked: Asked) -> tuple[int, object, dict[str, str]]:
        answer: object = {"access_token": "ya29.x", "expires_in": 3599, "token_type": "Bearer"}
        if not asked.line.partition("?")[0].endswith("/token"):
            answer = {"email": "ci@p", "scopes": [], "aliases": []}
        return 200, answer, {"Metadata-Flavor": "Google"}

    with Served(machine) as metadata, always(403, {"error": {"code": 403, "message": "tulip"}}) as api:
        monkeypatch.setenv("GCE_METADATA_HOST", metadata.address)
        monkeypatch.setenv("GCE_METADATA_IP", metadata.address)
        monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", api.url)
        error = failed("gcp-sm:my-project/ci/3")
        assert error.step == "Asking Google Cloud Secret Manager"
        assert "answered with status 403 (Forbidden)" in error.why
        assert api.asked[0].headers["Authorization"] == "Bearer ya29.x"


def test_google_says_when_nobody_knows_who_asks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    assert failed("gcp-sm:p/s/1").step == "Getting an access token from Google Cloud"
    (tmp_path / "account.json").write_text('{"type": "service_account", "private_key": "tulip"}')
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
    assert failed("gcp-sm:p/s/1").step == "Getting an access token from Google Cloud"


TOKEN = {"token_type": "Bearer", "expires_in": "3599", "expires_on": "4102444800", "resource": "r", "access_token": "eyJ.a"}


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[tuple[int, object]]]:
    """A vault that tells whom to get a token from and gives whoever has one the answer of this list, and an identity."""
    answers: list[tuple[int, object]] = []

    def answer(asked: Asked) -> tuple[int, object, dict[str, str]]:
        if asked.headers["Authorization"] == "Bearer eyJ.a":
            return *answers[0], {}
        who = 'Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"'
        return 401, {"error": {"code": "Unauthorized"}}, {"WWW-Authenticate": who}

    tls, authority = certified(tmp_path)
    with always(200, TOKEN) as identity, Served(answer, tls) as vault:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
        monkeypatch.setenv("CLAWPAIR_AZURE_VAULT_URL", vault.url)
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{identity.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "h")
        yield answers
        assert all(asked.headers["X-IDENTITY-HEADER"] == "h" for asked in identity.asked)
        assert all(asked.line.startswith("GET /secrets/ci/1a2b?api-version=") for asked in vault.asked), "no redirection"


def test_azure_is_asked_as_the_machine(azure: list[tuple[int, object]]) -> None:
    azure.append((200, {"value": SECRET, "id": "https://v.vault.azure.net/secrets/ci/1a2b", "attributes": {}}))
    assert secrets.read("azure-kv:my-vault/ci/1a2b") == SECRET


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (404, {"error": {"code": "SecretNotFound", "message": "tulip"}}, "status 404 (SecretNotFound)"),
        (200, "tulip", "status 200 (DecodeError)"),
        (302, {"tulip": 1}, "status 302"),
    ],
)
def test_azure_says_why_not(azure: list[tuple[int, object]], status: int, body: object, why: str) -> None:
    azure.append((status, body))
    error = failed("azure-kv:my-vault/ci/1a2b")
    assert error.step == "Asking Azure Key Vault"
    assert why in error.why


def test_azure_says_when_nobody_knows_who_asks(azure: list[tuple[int, object]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IDENTITY_ENDPOINT")
    assert failed("azure-kv:my-vault/ci/1a2b").step == "Getting an access token from Azure"


READ_AS = {
    "env:CLAWPAIR_KEY": None,
    "file:/run/secrets/key": None,
    "keyring:ci key": None,
    "vault:secret/team a/clawpair#api.key": None,
    "vault:/secret/x/#f": "vault:secret/x#f",
    "aws-sm:prod/clawpair": None,
    "aws-sm:arn:aws:secretsmanager:eu-central-1:123456789012:secret:clawpair-AbCdEf#key": None,
    "gcp-sm:my-project/clawpair/7": None,
    "gcp-sm:projects/p/secrets/s/versions/3": "gcp-sm:p/s/3",
    "gcp-sm:p/s": "gcp-sm:p/s/latest",
    "azure-kv:my-vault/clawpair": None,
    "azure-kv:my-vault/clawpair/4387e9f3d6e14c459867679a90fd0f79": None,
}
MALFORMED = [
    *("env:", "env:A B", "env:1A", "file:", "keyring:", "keyring:a\tb", "vault:secret", "vault:secret/x", "vault:secret/x#"),
    *("vault:secret/../sys/x#f", "vault:secret/a?b#f", "vault:secret//x#f", "vault:secret/é#f", "aws-sm:", "aws-sm:a b"),
    *("aws-sm:a#", "gcp-sm:p", "gcp-sm:p/s/1/2", "gcp-sm:p/a.b", "azure-kv:v", "azure-kv:v.evil.example/s", "azure-kv:v/s/"),
    *("azure-kv:v/" + "s" * 1_024, "VAULT:secret/x#f"),
]


@pytest.mark.parametrize("reference", READ_AS)
def test_references_are_written_as_they_are_read(reference: str) -> None:
    assert str(secrets.read_reference(f" {reference}\n")) == (READ_AS[reference] or reference)


@pytest.mark.parametrize("reference", MALFORMED)
def test_what_could_lead_elsewhere_is_refused(reference: str) -> None:
    with pytest.raises(ConfigurationError, match="no reference"):
        secrets.read(reference)


def test_the_command_takes_the_same_references(command: str) -> None:
    refused = {}
    for reference in (*READ_AS, *MALFORMED):
        check = [command, "secrets", "check", reference]
        ran = subprocess.run(check, env={"AWS_REGION": "eu-1"}, capture_output=True, text=True, timeout=60, check=False)
        refused[reference] = ran.returncode == BAD_INPUT
    assert [reference for reference, is_refused in refused.items() if is_refused] == MALFORMED


def test_what_is_no_reference_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError, match="no reference") as refused:
        secrets.read(SECRET)
    assert SECRET not in str(refused.value)
