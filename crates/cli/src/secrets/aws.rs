//! AWS Secrets Manager: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>, signed with
//! Signature Version 4 by AWS's own signer.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clawpair_core::secret::Secret;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::http::{Answer, Ask};
use super::reference::AwsPlace;
use super::{Stuck, Surroundings};

const ASKING: &str = "Asking AWS Secrets Manager";
const CREDENTIALS: &str = "Looking for AWS credentials";
const TARGET: &str = "secretsmanager.GetSecretValue";
const MEDIA_TYPE: &str = "application/x-amz-json-1.1";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    secret_string: Option<Zeroizing<String>>,
    secret_binary: Option<Zeroizing<String>>,
}

/// As containers and instances get them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Temporary {
    access_key_id: String,
    secret_access_key: String,
    token: String,
}

pub(super) fn read(place: &AwsPlace, surroundings: &Surroundings<'_>) -> Result<Secret, Stuck> {
    let region = region(&place.id, surroundings)?;
    let endpoint = ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL"].into_iter().find_map(|name| surroundings.set(name));
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    let endpoint = endpoint.unwrap_or_else(|| format!("https://secretsmanager.{region}.amazonaws.com{suffix}"));
    let body = json!({ "SecretId": place.id }).to_string();
    let mut ask = Ask::new(ASKING, &endpoint)?.header("content-type", MEDIA_TYPE).header("x-amz-target", TARGET);
    let credentials = credentials(surroundings)?;
    for (name, value) in signature(&ask, body.as_bytes(), credentials, &region, surroundings)? {
        ask = ask.header(&name, value);
    }
    let answer = ask.post(body.as_bytes())?.good(|_, body| {
        // com.amazonaws.secretsmanager#ResourceNotFoundException
        body["__type"].as_str().and_then(|name| name.rsplit('#').next()).map(str::to_owned)
    })?;
    let found: Found = answer.json()?;
    let text = match (found.secret_string, found.secret_binary) {
        (Some(text), _) => text,
        (None, Some(binary)) => {
            let bytes = STANDARD.decode(binary.as_bytes()).map(Zeroizing::new);
            let text = bytes.ok().and_then(|bytes| std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned())));
            text.ok_or_else(|| Stuck::at(ASKING, "the secret is binary and no text"))?
        }
        (None, None) => return Err(Stuck::at(ASKING, "the answer has no secret")),
    };
    match &place.field {
        None => Ok(Secret::new(text.to_string())),
        Some(field) => of_json(&text, field),
    }
}

fn of_json(text: &str, field: &str) -> Result<Secret, Stuck> {
    const STEP: &str = "Looking for the field";
    let json: Value = serde_json::from_str(text).map_err(|_| Stuck::at(STEP, "the secret is no JSON"))?;
    let value = json[field].as_str().ok_or_else(|| Stuck::at(STEP, format!("the secret has no text {field}")))?;
    Ok(Secret::new(value.to_owned()))
}

/// An ARN names its region; otherwise the environment does.
fn region(id: &str, surroundings: &Surroundings<'_>) -> Result<String, Stuck> {
    let of_arn = id.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(2)).map(str::to_owned);
    let named = of_arn.or_else(|| surroundings.set("AWS_REGION")).or_else(|| surroundings.set("AWS_DEFAULT_REGION"));
    let fits = |region: &String| !region.is_empty() && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    named
        .filter(fits)
        .ok_or_else(|| Stuck::at("Looking for the AWS region", "AWS_REGION is not set; set it, or give the secret's ARN"))
}

fn signature(
    ask: &Ask<'_>,
    body: &[u8],
    credentials: Credentials,
    region: &str,
    surroundings: &Surroundings<'_>,
) -> Result<Vec<(String, String)>, Stuck> {
    let unsigned = |error: &dyn std::fmt::Display| Stuck::at("Signing the request for AWS", error);
    let millis = u64::try_from(surroundings.clock.now().as_millis()).unwrap_or_default();
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("secretsmanager")
        .time(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| unsigned(&error))?
        .into();
    let headers = ask.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let request =
        SignableRequest::new("POST", ask.url.as_str(), headers, SignableBody::Bytes(body)).map_err(|error| unsigned(&error))?;
    let (instructions, _) = sign(request, &parameters).map_err(|error| unsigned(&error))?.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// From the environment, from the container's agent, or from the instance's metadata service, in this order.
fn credentials(surroundings: &Surroundings<'_>) -> Result<Credentials, Stuck> {
    if let (Some(id), Some(secret)) = (surroundings.set("AWS_ACCESS_KEY_ID"), surroundings.set("AWS_SECRET_ACCESS_KEY")) {
        return Ok(Credentials::new(id, secret, surroundings.set("AWS_SESSION_TOKEN"), None, "environment"));
    }
    let answer = match container(surroundings)? {
        Some(answer) => answer,
        None => instance(surroundings)?,
    };
    let Temporary { access_key_id, secret_access_key, token } = answer.good(|_, _| None)?.json()?;
    Ok(Credentials::new(access_key_id, secret_access_key, Some(token), None, "metadata"))
}

/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
fn container(surroundings: &Surroundings<'_>) -> Result<Option<Answer>, Stuck> {
    let relative = surroundings.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("http://169.254.170.2{path}"));
    let Some(url) = relative.or_else(|| surroundings.set("AWS_CONTAINER_CREDENTIALS_FULL_URI")) else { return Ok(None) };
    let file = surroundings.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    let token = match file.map(std::fs::read_to_string) {
        Some(read) => {
            Some(read.map_err(|error| Stuck::at("Reading AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", error))?.trim().to_owned())
        }
        None => surroundings.set("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    };
    let mut ask = Ask::new(CREDENTIALS, &url)?.past_proxies();
    if let Some(token) = token {
        ask = ask.header("authorization", token);
    }
    ask.get().map(Some)
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-v2-how-it-works.html>
fn instance(surroundings: &Surroundings<'_>) -> Result<Answer, Stuck> {
    let base = surroundings.set("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or_else(|| "http://169.254.169.254".to_owned());
    let base = base.trim_end_matches('/');
    let nobody = |stuck: Stuck| {
        let why = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and this is no instance or container with a role";
        Stuck::at(CREDENTIALS, format!("{why} ({})", stuck.why))
    };
    let token = Ask::new(CREDENTIALS, &format!("{base}/latest/api/token"))?.past_proxies();
    let token = token.header("x-aws-ec2-metadata-token-ttl-seconds", "60").put().map_err(nobody)?.good(|_, _| None)?.text()?;
    let get = |path: &str| {
        let ask = Ask::new(CREDENTIALS, &format!("{base}/latest/meta-data/iam/security-credentials/{path}"))?.past_proxies();
        ask.header("x-aws-ec2-metadata-token", token.as_str()).get()
    };
    let role = get("")?.good(|_, _| Some("the instance has no role".into()))?.text()?;
    get(role.lines().next().unwrap_or_default())
}
