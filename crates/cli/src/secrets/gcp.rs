//! Google Cloud Secret Manager: <https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access>.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clawpair_core::secret::Secret;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::http::{Answer, Ask};
use super::reference::GcpPlace;
use super::{Stuck, Surroundings};

const ASKING: &str = "Asking Google Cloud Secret Manager";
const TOKEN: &str = "Getting an access token from Google Cloud";
const ACCOUNT: &str = "Reading GOOGLE_APPLICATION_CREDENTIALS";
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// How long what is signed holds, in seconds; Google takes up to an hour.
const LIFETIME: i64 = 300;

#[derive(Deserialize)]
struct Accessed {
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    data: Zeroizing<String>,
}

#[derive(Deserialize)]
struct Token {
    access_token: Zeroizing<String>,
}

/// A service account's key, as Google gives it out (RFC 7523).
#[derive(Deserialize)]
struct ServiceAccount {
    r#type: String,
    #[serde(default)]
    client_email: String,
    #[serde(default)]
    private_key_id: String,
    #[serde(default)]
    private_key: Zeroizing<String>,
    #[serde(default)]
    token_uri: String,
}

pub(super) fn read(place: &GcpPlace, surroundings: &Surroundings<'_>) -> Result<Secret, Stuck> {
    let token = token(surroundings)?;
    // The override that gcloud documents.
    let base = surroundings.set("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER");
    let base = base.unwrap_or_else(|| "https://secretmanager.googleapis.com/".to_owned());
    let GcpPlace { project, name, version } = place;
    let url = format!("{}/v1/projects/{project}/secrets/{name}/versions/{version}:access", base.trim_end_matches('/'));
    let ask = Ask::new(ASKING, &url)?.header("authorization", format!("Bearer {}", token.as_str()));
    let answer = ask.get()?.good(|_, body| body["error"]["status"].as_str().map(str::to_owned))?;
    let data = answer.json::<Accessed>()?.payload.data;
    let bytes = STANDARD.decode(data.as_bytes()).map(Zeroizing::new).map_err(|_| Stuck::at(ASKING, "the secret is no base64"))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Stuck::at(ASKING, "the secret is binary and no text"))?;
    Ok(Secret::new(text.to_owned()))
}

/// With the service account's key that the environment names, or from the machine's metadata service.
fn token(surroundings: &Surroundings<'_>) -> Result<Zeroizing<String>, Stuck> {
    let answer = match surroundings.set("GOOGLE_APPLICATION_CREDENTIALS") {
        Some(path) => as_service_account(&path, surroundings)?,
        None => as_machine(surroundings)?,
    };
    Ok(answer.good(|_, body| body["error"].as_str().map(str::to_owned))?.json::<Token>()?.access_token)
}

fn as_service_account(path: &str, surroundings: &Surroundings<'_>) -> Result<Answer, Stuck> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| Stuck::at(ACCOUNT, error))?;
    let account: ServiceAccount =
        serde_json::from_str(&text).map_err(|_| Stuck::at(ACCOUNT, "it is no key of a service account"))?;
    if account.r#type != "service_account" {
        return Err(Stuck::at(ACCOUNT, "it is no key of a service account; other kinds are not read"));
    }
    let assertion = assertion(&account, surroundings)?;
    let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.as_str())];
    let form = serde_urlencoded::to_string(form).map(Zeroizing::new).map_err(|error| Stuck::at(TOKEN, error))?;
    Ask::new(TOKEN, &account.token_uri)?.header("content-type", "application/x-www-form-urlencoded").post(form.as_bytes())
}

/// <https://cloud.google.com/compute/docs/access/authenticate-workloads#applications>
fn as_machine(surroundings: &Surroundings<'_>) -> Result<Answer, Stuck> {
    let host = surroundings.set("GCE_METADATA_HOST").unwrap_or_else(|| "metadata.google.internal".to_owned());
    let url = format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/token");
    let nobody = |stuck: Stuck| {
        let why = "GOOGLE_APPLICATION_CREDENTIALS is not set, and this is no machine of Google Cloud";
        Stuck::at(TOKEN, format!("{why} ({})", stuck.why))
    };
    Ask::new(TOKEN, &url)?.past_proxies().header("metadata-flavor", "Google").get().map_err(nobody)
}

/// <https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests>
fn assertion(account: &ServiceAccount, surroundings: &Surroundings<'_>) -> Result<Zeroizing<String>, Stuck> {
    const STEP: &str = "Signing in as the service account";
    let unreadable = || Stuck::at(STEP, "its private key cannot be read");
    let now = surroundings.clock.now().as_millis() / 1_000;
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": account.private_key_id });
    let claims = json!({
        "iss": account.client_email, "scope": SCOPE, "aud": account.token_uri, "iat": now, "exp": now + LIFETIME,
    });
    let encoded = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encoded(&header), encoded(&claims));
    let der = PrivatePkcs8KeyDer::from_pem_slice(account.private_key.as_bytes()).map_err(|_| unreadable())?;
    let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| unreadable())?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).map_err(|_| unreadable())?;
    Ok(Zeroizing::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
}
