use std::collections::HashMap;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clawpair_app::{Keyring, KeyringFailure};
use clawpair_core::clock::{Clock, Timestamp};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::served::{Seen, Served};
use super::{Reference, Surroundings};
use crate::exit::Exit;
use crate::failure::Failure;

const SECRET: &str = "cpk_tulipfield";

struct At(i64);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0)
    }
}

struct OneEntry;

impl Keyring for OneEntry {
    fn get(&self, entry: &str) -> Result<Zeroizing<Vec<u8>>, KeyringFailure> {
        if entry == "ci" { Ok(Zeroizing::new(SECRET.into())) } else { Err(KeyringFailure::Missing) }
    }

    fn set(&self, _: &str, _: &[u8]) -> Result<(), KeyringFailure> {
        Err(KeyringFailure::Locked)
    }

    fn remove(&self, _: &str) -> Result<(), KeyringFailure> {
        Err(KeyringFailure::Locked)
    }
}

/// Follows a reference in an environment of its own.
fn follow(reference: &str, variables: &[(&str, &str)]) -> Result<String, Failure> {
    let variables: HashMap<String, String> = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let variable = |name: &str| variables.get(name).cloned();
    let surroundings = Surroundings { variable: &variable, home: None, keyring: &OneEntry, clock: &At(1_698_402_600_000) };
    reference.parse::<Reference>().unwrap().follow(&surroundings).map(|secret| secret.reveal().to_owned())
}

/// The sentence of a failure, which never holds the secret.
fn failed(reference: &str, variables: &[(&str, &str)]) -> String {
    let failure = follow(reference, variables).unwrap_err();
    assert_eq!((failure.exit, failure.code.as_str()), (Exit::Secret, "secret_unavailable"));
    assert!(failure.message.contains(reference) && !failure.message.contains("tulip"), "{}", failure.message);
    failure.message
}

fn answering(status: u16, body: &Value) -> Served {
    let body = body.to_string();
    Served::by(move |_| (status, body.clone()))
}

#[test]
fn secrets_of_this_computer() {
    assert_eq!(follow("env:KEY", &[("KEY", " cpk_tulipfield\n")]).unwrap(), SECRET);
    assert!(failed("env:KEY", &[("KEY", "")]).contains("Reading the environment: KEY is not set."));
    assert_eq!(follow("keyring:ci", &[]).unwrap(), SECRET);
    assert!(failed("keyring:other", &[]).contains("Reading the keyring: the system's keyring no longer has them."));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let reference = format!("file:{}", path.display());
    assert!(failed(&reference, &[]).contains("Reading the file: No such file"));
    std::fs::write(&path, "cpk_tulipfield\r\n").unwrap();
    assert_eq!(follow(&reference, &[]).unwrap(), SECRET);
    for (content, why) in
        [("\n".to_owned(), "it is empty"), ("tulip\nfield".into(), "several lines"), ("tulip".repeat(1_000), "longer than")]
    {
        std::fs::write(&path, content).unwrap();
        assert!(failed(&reference, &[]).contains(why), "{why}");
    }
}

#[test]
fn vault_keeps_secrets_in_versions() {
    let vault = answering(200, &json!({"data": {"data": {"key": SECRET, "number": 7}, "metadata": {"version": 3}}}));
    let set = [("VAULT_ADDR", vault.url.as_str()), ("VAULT_TOKEN", "hvs.x"), ("VAULT_NAMESPACE", "team")];
    assert_eq!(follow("vault:secret/ci/clawpair#key", &set).unwrap(), SECRET);
    let seen = &vault.seen()[0];
    assert_eq!(seen.line, "GET /v1/secret/data/ci/clawpair");
    assert_eq!(["x-vault-token", "x-vault-namespace", "x-vault-request"].map(|name| seen.header(name)), ["hvs.x", "team", "true"]);
    assert!(failed("vault:secret/ci/clawpair#other", &set).contains("Looking for the field: the secret has no other."));
    assert!(failed("vault:secret/ci/clawpair#number", &set).contains("number is no text"));
    assert!(failed("vault:secret/x#key", &[]).contains("Looking for Vault's token: VAULT_TOKEN is not set"));

    let answers = [
        (403, json!({"errors": ["permission denied"]}), "status 403 (permission denied)"),
        (404, json!({"errors": []}), "no such path, or the engine is not KV version 2"),
        (200, json!({"data": {"data": null}}), "this version was deleted"),
        (200, json!({"tulip": 1}), "answered something else than was asked"),
        (302, json!({"tulip": 1}), "answered with status 302"),
    ];
    for (status, body, why) in answers {
        let vault = answering(status, &body);
        let said = failed("vault:secret/x#key", &[("VAULT_ADDR", &vault.url), ("VAULT_TOKEN", "hvs.x")]);
        assert!(said.contains("Asking Vault: ") && said.contains(why), "{said}");
        assert_eq!(vault.seen().len(), 1, "a redirection would take the token along");
    }
}

#[test]
fn nothing_goes_in_clear_over_a_network() {
    let said = failed("vault:secret/x#key", &[("VAULT_ADDR", "http://vault.example.org:8200"), ("VAULT_TOKEN", "hvs.x")]);
    assert!(said.contains("http://vault.example.org:8200 is not https://"), "{said}");
    let nobody = failed("vault:secret/x#key", &[("VAULT_ADDR", "http://127.0.0.1:1"), ("VAULT_TOKEN", "hvs.x")]);
    assert!(nobody.contains("http://127.0.0.1:1 did not answer"), "{nobody}");
}

#[test]
fn aws_is_asked_with_a_signature() {
    let aws = answering(200, &json!({"Name": "ci", "SecretString": json!({"key": SECRET}).to_string()}));
    let set = [
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", aws.url.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
        ("AWS_SESSION_TOKEN", "session"),
        ("AWS_REGION", "eu-central-1"),
    ];
    assert_eq!(follow("aws-sm:ci#key", &set).unwrap(), SECRET);
    let seen = &aws.seen()[0];
    assert_eq!((seen.line.as_str(), seen.body.as_str()), ("POST /", r#"{"SecretId":"ci"}"#));
    assert_eq!(seen.header("x-amz-target"), "secretsmanager.GetSecretValue");
    assert_eq!((seen.header("x-amz-date"), seen.header("x-amz-security-token")), ("20231027T103000Z", "session"));
    let signed = seen.header("authorization");
    let scope = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20231027/eu-central-1/secretsmanager/aws4_request, SignedHeaders=";
    assert!(signed.starts_with(scope) && signed.contains("x-amz-target") && signed.contains(", Signature="), "{signed}");

    assert!(failed("aws-sm:ci#other", &set).contains("Looking for the field: the secret has no text other."));
    let arn = "aws-sm:arn:aws:secretsmanager:us-west-2:123456789012:secret:ci-AbCdEf#key";
    assert_eq!(follow(arn, &set).unwrap(), SECRET);
    assert!(aws.seen().last().unwrap().header("authorization").contains("/us-west-2/"));
    assert!(failed("aws-sm:ci", &set[..4]).contains("Looking for the AWS region: AWS_REGION is not set"));

    let refusal = answering(400, &json!({"__type": "com.amazonaws.secretsmanager#ResourceNotFoundException", "Message": "tulip"}));
    let set = [&[("AWS_ENDPOINT_URL", refusal.url.as_str())], &set[1..]].concat();
    assert!(failed("aws-sm:ci", &set).contains("status 400 (ResourceNotFoundException)"));
}

#[test]
fn aws_credentials_come_from_the_machines_role() {
    let keys = json!({"Code": "Success", "AccessKeyId": "ASIA", "SecretAccessKey": "x", "Token": "t"}).to_string();
    let machine = Served::by(move |seen| match seen.line.as_str() {
        "PUT /latest/api/token" => (200, "ticket".into()),
        _ if seen.header("x-aws-ec2-metadata-token") != "ticket" && seen.header("authorization") != "pass" => (401, String::new()),
        "GET /latest/meta-data/iam/security-credentials/" => (200, "ci-role".into()),
        "GET /latest/meta-data/iam/security-credentials/ci-role" | "GET /creds" => (200, keys.clone()),
        _ => (404, String::new()),
    });
    let aws = answering(200, &json!({"SecretBinary": STANDARD.encode(SECRET)}));
    let set = [
        ("AWS_ENDPOINT_URL", aws.url.as_str()),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &machine.url),
    ];
    assert_eq!(follow("aws-sm:ci", &set).unwrap(), SECRET);
    let container = format!("{}/creds", machine.url);
    let set = [set[0], set[1], ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &container), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pass")];
    assert_eq!(follow("aws-sm:ci", &set).unwrap(), SECRET);
    assert!(
        aws.seen().iter().all(|seen| seen.header("x-amz-security-token") == "t" && seen.header("authorization").contains("ASIA"))
    );
    let nobody = [set[0], set[1], ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")];
    assert!(failed("aws-sm:ci", &nobody).contains("Looking for AWS credentials: AWS_ACCESS_KEY_ID"));
}

fn google(token: &Served, secret: &Value) -> (Served, Vec<(&'static str, String)>) {
    let api = answering(200, secret);
    let set = vec![
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", format!("{}/", api.url)),
        ("GCE_METADATA_HOST", token.url.trim_start_matches("http://").to_owned()),
    ];
    (api, set)
}

fn borrowed<'a>(set: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    set.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[test]
fn google_is_asked_as_the_machine() {
    let metadata = answering(200, &json!({"access_token": "ya29.x", "expires_in": 3599, "token_type": "Bearer"}));
    let (api, set) = google(&metadata, &json!({"name": "x", "payload": {"data": STANDARD.encode(SECRET), "dataCrc32c": "1"}}));
    assert_eq!(follow("gcp-sm:my-project/ci", &borrowed(&set)).unwrap(), SECRET);
    assert_eq!(metadata.seen()[0].line, "GET /computeMetadata/v1/instance/service-accounts/default/token");
    assert_eq!(metadata.seen()[0].header("metadata-flavor"), "Google");
    assert_eq!(api.seen()[0].line, "GET /v1/projects/my-project/secrets/ci/versions/latest:access");
    assert_eq!(api.seen()[0].header("authorization"), "Bearer ya29.x");

    let refusal = answering(403, &json!({"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "tulip"}}));
    let set = [("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", refusal.url.as_str()), borrowed(&set)[1]];
    assert!(failed("gcp-sm:my-project/ci/3", &set).contains("Asking Google Cloud Secret Manager: "));
    assert!(failed("gcp-sm:my-project/ci/3", &set).contains("(PERMISSION_DENIED)"));
    assert!(failed("gcp-sm:p/s/1", &[("GCE_METADATA_HOST", "127.0.0.1:1")]).contains("GOOGLE_APPLICATION_CREDENTIALS is not set"));
}

#[test]
fn google_is_asked_as_a_service_account_that_signs() {
    let key = rsa_key();
    let tokens = answering(200, &json!({"access_token": "ya29.y"}));
    let (api, set) = google(&tokens, &json!({"payload": {"data": STANDARD.encode(SECRET)}}));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.json");
    let account = json!({
        "type": "service_account", "client_email": "ci@p.iam.gserviceaccount.com", "private_key_id": "k1", "private_key": key,
        "token_uri": format!("{}/token", tokens.url),
    });
    std::fs::write(&path, account.to_string()).unwrap();
    let path = path.to_str().unwrap();
    let set = [&borrowed(&set)[..], &[("GOOGLE_APPLICATION_CREDENTIALS", path)]].concat();
    assert_eq!(follow("gcp-sm:p/s", &set).unwrap(), SECRET);
    assert_eq!(api.seen()[0].header("authorization"), "Bearer ya29.y");
    verify_assertion(&tokens.seen()[0], &format!("{}/token", tokens.url), &key);

    std::fs::write(path, json!({"type": "authorized_user", "refresh_token": "tulip"}).to_string()).unwrap();
    assert!(failed("gcp-sm:p/s/1", &set).contains("Reading GOOGLE_APPLICATION_CREDENTIALS: it is no key of a service account"));
    std::fs::write(path, account.to_string().replace("MII", "tul")).unwrap();
    assert!(failed("gcp-sm:p/s/1", &set).contains("its private key cannot be read"));
}

/// A new key in PEM, made by the program `openssl`, since no library in the tree makes RSA keys.
fn rsa_key() -> String {
    let arguments = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    let made = Command::new("openssl").args(arguments).output().expect("“cargo xtask test packages” installs openssl");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap()
}

/// As Google checks it.
fn verify_assertion(seen: &Seen, audience: &str, key: &str) {
    let form: HashMap<String, String> = serde_urlencoded::from_str(&seen.body).unwrap();
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (signed, signature) = form["assertion"].rsplit_once('.').unwrap();
    let der = PrivatePkcs8KeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let part = |index| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split('.').nth(index).unwrap()).unwrap()).unwrap()
    };
    assert_eq!(part(0), json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    let scope = "https://www.googleapis.com/auth/cloud-platform";
    let expected = json!({
        "iss": "ci@p.iam.gserviceaccount.com", "scope": scope, "aud": audience, "iat": 1_698_402_600, "exp": 1_698_402_900,
    });
    assert_eq!(part(1), expected);
}

#[test]
fn azure_is_asked_as_an_application_or_as_the_machine() {
    let login = answering(200, &json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "eyJ.a"}));
    let vault = answering(200, &json!({"value": SECRET, "id": "https://v.vault.azure.net/secrets/ci/1"}));
    let set = [
        ("CLAWPAIR_AZURE_VAULT_URL", vault.url.as_str()),
        ("AZURE_AUTHORITY_HOST", login.url.as_str()),
        ("AZURE_TENANT_ID", "tenant-1"),
        ("AZURE_CLIENT_ID", "client-1"),
        ("AZURE_CLIENT_SECRET", "a&b"),
    ];
    assert_eq!(follow("azure-kv:my-vault/ci/1a2b", &set).unwrap(), SECRET);
    assert_eq!(login.seen()[0].line, "POST /tenant-1/oauth2/v2.0/token");
    let form =
        "grant_type=client_credentials&client_id=client-1&client_secret=a%26b&scope=https%3A%2F%2Fvault.azure.net%2F.default";
    assert_eq!(login.seen()[0].body, form);
    assert_eq!(vault.seen()[0].line, "GET /secrets/ci/1a2b?api-version=7.4");
    assert_eq!(vault.seen()[0].header("authorization"), "Bearer eyJ.a");

    let machine = [set[0], ("AZURE_POD_IDENTITY_AUTHORITY_HOST", login.url.as_str())];
    assert_eq!(follow("azure-kv:my-vault/ci", &machine).unwrap(), SECRET);
    let seen = login.seen().pop().unwrap();
    let line = "GET /metadata/identity/oauth2/token?resource=https%3A%2F%2Fvault.azure.net&api-version=2018-02-01";
    assert_eq!((seen.line.as_str(), seen.header("metadata")), (line, "true"));

    let endpoint = format!("{}/msi/token", login.url);
    let service = [set[0], ("IDENTITY_ENDPOINT", &endpoint), ("IDENTITY_HEADER", "h"), ("AZURE_CLIENT_ID", "c")];
    assert_eq!(follow("azure-kv:my-vault/ci", &service).unwrap(), SECRET);
    let seen = login.seen().pop().unwrap();
    assert_eq!(seen.line, "GET /msi/token?resource=https%3A%2F%2Fvault.azure.net&api-version=2019-08-01&client_id=c");
    assert_eq!(seen.header("x-identity-header"), "h");
}

#[test]
fn azure_says_which_step_failed() {
    let login = answering(401, &json!({"error": "invalid_client", "error_description": "tulip"}));
    let set = [
        ("AZURE_AUTHORITY_HOST", login.url.as_str()),
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_CLIENT_ID", "c"),
        ("AZURE_CLIENT_SECRET", "s"),
    ];
    let said = failed("azure-kv:v/ci", &set);
    assert!(said.contains("Getting an access token from Azure: ") && said.contains("status 401 (invalid_client)"), "{said}");
    let nobody = failed("azure-kv:v/ci", &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1")]);
    assert!(nobody.contains("this machine has no managed identity"), "{nobody}");
    let vault = answering(404, &json!({"error": {"code": "SecretNotFound", "message": "tulip"}}));
    let login = answering(200, &json!({"access_token": "x"}));
    let set = [("CLAWPAIR_AZURE_VAULT_URL", vault.url.as_str()), ("AZURE_POD_IDENTITY_AUTHORITY_HOST", &login.url)];
    assert!(
        failed("azure-kv:v/ci", &set).contains("Asking Azure Key Vault: ")
            && failed("azure-kv:v/ci", &set).contains("(SecretNotFound)")
    );
}
