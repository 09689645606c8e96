//! Azure Key Vault: <https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret>.

use clawpair_core::secret::Secret;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::http::{Answer, Ask};
use super::reference::AzurePlace;
use super::{Stuck, Surroundings};

const ASKING: &str = "Asking Azure Key Vault";
const TOKEN: &str = "Getting an access token from Azure";
const RESOURCE: &str = "https://vault.azure.net";

#[derive(Deserialize)]
struct Kept {
    value: Zeroizing<String>,
}

#[derive(Deserialize)]
struct Token {
    access_token: Zeroizing<String>,
}

pub(super) fn read(place: &AzurePlace, surroundings: &Surroundings<'_>) -> Result<Secret, Stuck> {
    let token = token(surroundings)?;
    // Other clouds of Azure and emulators have other names; {vault} stands for the vault's.
    let base = surroundings.set("CLAWPAIR_AZURE_VAULT_URL").unwrap_or_else(|| "https://{vault}.vault.azure.net".to_owned());
    let base = base.replace("{vault}", &place.vault);
    let version = place.version.as_deref().unwrap_or_default();
    let url = format!("{}/secrets/{}/{version}?api-version=7.4", base.trim_end_matches('/'), place.name);
    let ask = Ask::new(ASKING, &url)?.header("authorization", format!("Bearer {}", token.as_str()));
    let answer = ask.get()?.good(|_, body| body["error"]["code"].as_str().map(str::to_owned))?;
    Ok(Secret::new(answer.json::<Kept>()?.value.to_string()))
}

/// As an application with a client secret, as an App Service or container with an identity, or as a machine with one.
fn token(surroundings: &Surroundings<'_>) -> Result<Zeroizing<String>, Stuck> {
    let application = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"].map(|name| surroundings.set(name));
    let answer = match application {
        [Some(tenant), Some(client), Some(secret)] => as_application(&tenant, &client, &Zeroizing::new(secret), surroundings)?,
        [_, client, _] => as_identity(client.as_deref(), surroundings)?,
    };
    Ok(answer.good(|_, body| body["error"].as_str().map(str::to_owned))?.json::<Token>()?.access_token)
}

/// <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>
fn as_application(tenant: &str, client: &str, secret: &str, surroundings: &Surroundings<'_>) -> Result<Answer, Stuck> {
    if !tenant.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')) {
        return Err(Stuck::at(TOKEN, "AZURE_TENANT_ID is no tenant"));
    }
    let authority = surroundings.set("AZURE_AUTHORITY_HOST").unwrap_or_else(|| "https://login.microsoftonline.com".to_owned());
    let scope = format!("{RESOURCE}/.default");
    let form = [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret), ("scope", &scope)];
    let form = serde_urlencoded::to_string(form).map(Zeroizing::new).map_err(|error| Stuck::at(TOKEN, error))?;
    let url = format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/'));
    Ask::new(TOKEN, &url)?.header("content-type", "application/x-www-form-urlencoded").post(form.as_bytes())
}

/// <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference> and
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>
fn as_identity(client: Option<&str>, surroundings: &Surroundings<'_>) -> Result<Answer, Stuck> {
    let url = |base: &str, version: &str| {
        let query = [("resource", RESOURCE), ("api-version", version)].into_iter().chain(client.map(|id| ("client_id", id)));
        let query = serde_urlencoded::to_string(query.collect::<Vec<_>>()).map_err(|error| Stuck::at(TOKEN, error))?;
        Ok::<_, Stuck>(format!("{base}?{query}"))
    };
    if let (Some(endpoint), Some(header)) = (surroundings.set("IDENTITY_ENDPOINT"), surroundings.set("IDENTITY_HEADER")) {
        return Ask::new(TOKEN, &url(&endpoint, "2019-08-01")?)?.past_proxies().header("x-identity-header", header).get();
    }
    let host = surroundings.set("AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or_else(|| "http://169.254.169.254".to_owned());
    let url = url(&format!("{}/metadata/identity/oauth2/token", host.trim_end_matches('/')), "2018-02-01")?;
    let nobody = |stuck: Stuck| {
        let why =
            "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not all set, and this machine has no managed identity";
        Stuck::at(TOKEN, format!("{why} ({})", stuck.why))
    };
    Ask::new(TOKEN, &url)?.past_proxies().header("metadata", "true").get().map_err(nobody)
}
