//! Where a secret is kept, as a person writes it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clawpair_core::api_key::ApiKeySecret;

/// Longest reference, in bytes.
const MAX_BYTES: usize = 1_024;
const SCHEMES: [&str; 7] = ["env:", "file:", "keyring:", "vault:", "aws-sm:", "gcp-sm:", "azure-kv:"];

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// `env:NAME`: in the environment.
    Env(String),
    /// `file:PATH`: in a file.
    File(PathBuf),
    /// `keyring:NAME`: in the system's keyring, of the service `clawpair`.
    Keyring(String),
    /// `vault:PATH#FIELD`: in `HashiCorp` Vault's KV engine, version 2.
    Vault(VaultPlace),
    /// `aws-sm:NAME` or `aws-sm:ARN`, and `#FIELD` where the secret is JSON: in AWS Secrets Manager.
    AwsSm(AwsPlace),
    /// `gcp-sm:PROJECT/NAME` or with `/VERSION`: in Google Cloud Secret Manager.
    GcpSm(GcpPlace),
    /// `azure-kv:VAULT/NAME` or with `/VERSION`: in Azure Key Vault.
    AzureKv(AzurePlace),
}

/// The first part of a Vault path is where the engine is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VaultPlace {
    pub(super) mount: String,
    pub(super) path: String,
    pub(super) field: String,
}

/// A name or ARN, and the field of a secret that is JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AwsPlace {
    pub(super) id: String,
    pub(super) field: Option<String>,
}

/// A secret's version; `latest` unless named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GcpPlace {
    pub(super) project: String,
    pub(super) name: String,
    pub(super) version: String,
}

/// A vault by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AzurePlace {
    pub(super) vault: String,
    pub(super) name: String,
    pub(super) version: Option<String>,
}

/// Why a text is no reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReferenceError {
    /// Another beginning.
    #[error(
        "This is no reference to a secret; one begins with env:, file:, keyring:, vault:, aws-sm:, gcp-sm: or azure-kv:. The secret itself is given on standard input with -."
    )]
    Scheme,
    /// The rest is not as that kind of reference is.
    #[error("This is no reference of its kind; write it as {form}.")]
    Malformed {
        /// How it is written.
        form: &'static str,
    },
}

impl Reference {
    /// Whether a text begins like one.
    pub(crate) fn looks_like_one(text: &str) -> bool {
        SCHEMES.iter().any(|scheme| text.starts_with(scheme))
    }

    /// The same wherever a program runs.
    pub(crate) fn wherever(self) -> Self {
        match self {
            Self::File(path) => Self::File(std::path::absolute(&path).unwrap_or(path)),
            elsewhere => elsewhere,
        }
    }

    fn parse(scheme: &str, rest: &str) -> Option<Self> {
        Some(match scheme {
            "env:" => Self::Env(is_variable(rest).then(|| rest.to_owned())?),
            "file:" => Self::File((!rest.is_empty()).then(|| rest.into())?),
            "keyring:" => Self::Keyring(is_name(rest).then(|| rest.to_owned())?),
            "vault:" => {
                let (place, field) = rest.split_once('#')?;
                let (mount, path) = place.trim_matches('/').split_once('/')?;
                let fits = is_path(mount) && is_path(path) && is_name(field);
                fits.then(|| Self::Vault(VaultPlace { mount: mount.into(), path: path.into(), field: field.into() }))?
            }
            "aws-sm:" => {
                let (id, field) = rest.split_once('#').map_or((rest, None), |(id, field)| (id, Some(field)));
                let fits = is_aws(id) && field.is_none_or(is_name);
                fits.then(|| Self::AwsSm(AwsPlace { id: id.into(), field: field.map(str::to_owned) }))?
            }
            "gcp-sm:" => {
                // As the console shows it: projects/P/secrets/S/versions/V.
                let parts: Vec<_> = rest.split('/').filter(|part| !matches!(*part, "projects" | "secrets" | "versions")).collect();
                let (project, name, version) = match *parts.as_slice() {
                    [project, name] => (project, name, "latest"),
                    [project, name, version] => (project, name, version),
                    _ => return None,
                };
                let fits = [project, name, version].into_iter().all(is_word);
                fits.then(|| Self::GcpSm(GcpPlace { project: project.into(), name: name.into(), version: version.into() }))?
            }
            "azure-kv:" => {
                let parts: Vec<_> = rest.split('/').collect();
                let (vault, name, version) = match *parts.as_slice() {
                    [vault, name] => (vault, name, None),
                    [vault, name, version] => (vault, name, Some(version)),
                    _ => return None,
                };
                let fits = is_label(vault) && is_label(name) && version.is_none_or(is_label);
                fits.then(|| {
                    Self::AzureKv(AzurePlace { vault: vault.into(), name: name.into(), version: version.map(str::to_owned) })
                })?
            }
            _ => return None,
        })
    }
}

fn form(scheme: &str) -> &'static str {
    match scheme {
        "env:" => "env:NAME",
        "file:" => "file:PATH",
        "keyring:" => "keyring:NAME",
        "vault:" => "vault:MOUNT/PATH#FIELD",
        "aws-sm:" => "aws-sm:NAME or aws-sm:ARN, and #FIELD where the secret is JSON",
        "gcp-sm:" => "gcp-sm:PROJECT/NAME or gcp-sm:PROJECT/NAME/VERSION",
        _ => "azure-kv:VAULT/NAME or azure-kv:VAULT/NAME/VERSION",
    }
}

fn all(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || allowed(c))
}

fn is_variable(text: &str) -> bool {
    all(text, |c| c == '_') && !text.starts_with(|c: char| c.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_control)
}

/// An API key could be a name, too, and stands where the shell has put it in the place of one.
fn is_key(text: &str) -> bool {
    text.parse::<ApiKeySecret>().is_ok()
}

/// Parts of a path without `.`, `..` and what a URL would read otherwise.
fn is_path(text: &str) -> bool {
    text.split('/').all(|part| all(part, |c| matches!(c, '-' | '_' | '.' | ' ' | '@' | '+')) && !part.trim_matches('.').is_empty())
}

/// What AWS names a secret: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>.
fn is_aws(text: &str) -> bool {
    all(text, |c| matches!(c, '/' | '_' | '+' | '=' | '.' | '@' | '-' | ':'))
}

fn is_word(text: &str) -> bool {
    all(text, |c| matches!(c, '-' | '_'))
}

fn is_label(text: &str) -> bool {
    all(text, |c| c == '-')
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Keyring(name) => write!(f, "keyring:{name}"),
            Self::Vault(VaultPlace { mount, path, field }) => write!(f, "vault:{mount}/{path}#{field}"),
            Self::AwsSm(AwsPlace { id, field: None }) => write!(f, "aws-sm:{id}"),
            Self::AwsSm(AwsPlace { id, field: Some(field) }) => write!(f, "aws-sm:{id}#{field}"),
            Self::GcpSm(GcpPlace { project, name, version }) => write!(f, "gcp-sm:{project}/{name}/{version}"),
            Self::AzureKv(AzurePlace { vault, name, version: None }) => write!(f, "azure-kv:{vault}/{name}"),
            Self::AzureKv(AzurePlace { vault, name, version: Some(version) }) => write!(f, "azure-kv:{vault}/{name}/{version}"),
        }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let text = text.trim();
        let scheme = SCHEMES.into_iter().find(|scheme| text.starts_with(scheme)).ok_or(ReferenceError::Scheme)?;
        let malformed = || ReferenceError::Malformed { form: form(scheme) };
        if text.len() > MAX_BYTES {
            return Err(malformed());
        }
        let rest = &text[scheme.len()..];
        Self::parse(scheme, rest).filter(|_| !is_key(rest)).ok_or_else(malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in [
            "env:CLAWPAIR_KEY",
            "file:/run/secrets/key",
            "keyring:ci key",
            "vault:secret/team a/clawpair#api.key",
            "aws-sm:prod/clawpair",
            "aws-sm:arn:aws:secretsmanager:eu-central-1:123456789012:secret:clawpair-AbCdEf#key",
            "gcp-sm:my-project/clawpair/7",
            "azure-kv:my-vault/clawpair",
            "azure-kv:my-vault/clawpair/4387e9f3d6e14c459867679a90fd0f79",
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
        let long = "gcp-sm:projects/p/secrets/s/versions/3".parse::<Reference>().unwrap();
        assert_eq!(long.to_string(), "gcp-sm:p/s/3");
        assert_eq!("gcp-sm:p/s".parse::<Reference>().unwrap().to_string(), "gcp-sm:p/s/latest");
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        for text in [
            "env:",
            "env:A B",
            "env:1A",
            "file:",
            "keyring:",
            "vault:secret",
            "vault:secret/x",
            "vault:secret/../sys/x#f",
            "vault:secret/a?b#f",
            "vault:secret//x#f",
            "aws-sm:",
            "aws-sm:a b",
            "aws-sm:x#",
            "gcp-sm:p",
            "gcp-sm:p/a/b/c",
            "gcp-sm:p/../s",
            "azure-kv:evil.example.org/x",
            "azure-kv:v@h/x",
            "azure-kv:v",
            "env:cpk_ABCDEFGH_1G64S36D1N6RVKGEB1C9HP8SB6",
            "file:cpk_ABCDEFGH_1G64S36D1N6RVKGEB1C9HP8SB6",
        ] {
            assert!(matches!(text.parse::<Reference>(), Err(ReferenceError::Malformed { .. })), "{text}");
        }
        assert_eq!("cpk_ABC".parse::<Reference>(), Err(ReferenceError::Scheme));
        assert!(format!("vault:{}", "a".repeat(2_000)).parse::<Reference>().is_err());
    }
}
