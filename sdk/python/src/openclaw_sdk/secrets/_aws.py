"""AWS Secrets Manager, by `boto3`, which finds credentials and signs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing

from openclaw_sdk.secrets._endpoint import PATIENCE, checked, origin
from openclaw_sdk.secrets._package import hush, package
from openclaw_sdk.secrets._stuck import Stuck, word
from openclaw_sdk.secrets.reference import AwsSm

_ASKING = "Asking AWS Secrets Manager"
_CREDENTIALS = "Looking for AWS credentials"


def read(place: AwsSm, environment: Mapping[str, str]) -> str:
    """A secret, or a field of one that is JSON."""
    with package("boto3", "aws-sm"):
        import boto3
        import botocore.config
        from botocore.exceptions import BotoCoreError, ClientError
    try:
        session = boto3.session.Session()
        # An ARN names its region; otherwise the environment or the profile does.
        region = _of_arn(place.id) or environment.get("AWS_REGION") or session.region_name
        if not region:
            raise Stuck("Looking for the AWS region", "AWS_REGION is not set; set it, or give the secret's ARN")
        config = botocore.config.Config(connect_timeout=PATIENCE, read_timeout=PATIENCE, retries={"total_max_attempts": 2})
        client = session.client("secretsmanager", region_name=region, config=config)
    except BotoCoreError as error:
        raise Stuck("Preparing to ask AWS", word(error)) from None
    hush()
    with closing(client):
        asked = origin(checked(client.meta.endpoint_url, _ASKING))
        try:
            if session.get_credentials() is None:
                raise Stuck(_CREDENTIALS, "there are none in the environment, in the profile or from the machine's role")
        except BotoCoreError as error:
            raise Stuck(_CREDENTIALS, type(error).__name__) from None
        try:
            answer = client.get_secret_value(SecretId=place.id)
        except ClientError as error:
            said, status = error.response.get("Error", {}), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            # Its message may quote; the code does not.
            raise Stuck(_ASKING, f"{asked} answered with status {status} ({word(said.get('Code'))})") from None
        except BotoCoreError as error:
            raise Stuck(_ASKING, f"{asked} did not answer: {type(error).__name__}") from None
    return _text(answer) if place.field is None else _field(_text(answer), place.field)


def _text(answer: Mapping[str, object]) -> str:
    text, binary = answer.get("SecretString"), answer.get("SecretBinary")
    if isinstance(text, str):
        return text
    if not isinstance(binary, bytes):
        raise Stuck(_ASKING, "the answer has no secret")
    try:
        return binary.decode()
    except UnicodeDecodeError:
        raise Stuck(_ASKING, "the secret is binary and no text") from None


def _field(text: str, field: str) -> str:
    step = "Looking for the field"
    try:
        fields = json.loads(text)
    except ValueError:
        raise Stuck(step, "the secret is no JSON") from None
    value = fields.get(field) if isinstance(fields, dict) else None
    if not isinstance(value, str):
        raise Stuck(step, f"the secret has no text {field}")
    return value


def _of_arn(name: str) -> str | None:
    parts = name.split(":")
    return parts[3] if parts[0] == "arn" and len(parts) > 3 else None
