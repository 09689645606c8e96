//! The settings of mail.

use std::path::{Path, PathBuf};
use std::{fmt::Write as _, fs};

use anyhow::{Context, Result, anyhow, bail, ensure};
use clawpair_core::secret::Secret;
use clawpair_server::{PublicUrl, SmtpMailer, SmtpSettings, SmtpUrl};
use zeroize::Zeroizing;

use super::args::Mail;

/// The variable of the environment that holds the password, where no file does.
const PASSWORD: &str = "CLAWPAIR_SMTP_PASSWORD";
/// Longest password.
const MAX_PASSWORD_BYTES: u64 = 1_024;
/// Largest file of authorities; the system's own is about 200 KiB.
const MAX_AUTHORITIES_BYTES: u64 = 1_024 * 1_024;

/// What the file of settings says.
pub(super) struct MailFile {
    pub(super) url: Option<String>,
    pub(super) from: Option<String>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) authorities: Option<PathBuf>,
}

/// How mail goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MailConfig {
    url: SmtpUrl,
    from: String,
    password_file: Option<PathBuf>,
    authorities: Option<PathBuf>,
}

impl MailConfig {
    /// Settles which setting counts; none where there is no mail server.
    pub(super) fn settle(given: Mail, file: MailFile) -> Result<Option<Self>> {
        let url = match (given.smtp_url, file.url) {
            (Some(url), _) => Some(url),
            (None, Some(text)) => Some(text.parse()?),
            (None, None) => None,
        };
        let from = given.smtp_from.or(file.from);
        let password_file = given.smtp_password_file.or(file.password_file);
        let authorities = given.smtp_ca.or(file.authorities);
        let Some(url) = url else {
            ensure!(
                from.is_none() && password_file.is_none() && authorities.is_none(),
                "There are settings of mail and no mail server; give smtp-url, too, or leave them out."
            );
            return Ok(None);
        };
        let Some(from) = from else { bail!("Mail needs a sender: give smtp-from, such as “Clawpair <hub@example.org>”.") };
        Ok(Some(Self { url, from, password_file, authorities }))
    }

    /// The settings in the file's own form. The password is not among them.
    pub(super) fn shown(&self) -> String {
        let mut shown = format!("smtp-url = {:?}\nsmtp-from = {:?}\n", self.url.to_string(), self.from);
        for (name, path) in [("smtp-password-file", &self.password_file), ("smtp-ca", &self.authorities)] {
            if let Some(path) = path {
                let _ = writeln!(shown, "{name} = {:?}", path.display().to_string());
            }
        }
        shown
    }

    /// What mail leaves through.
    ///
    /// # Errors
    /// A sentence about the setting or the file that cannot be used.
    pub(crate) fn mailer(&self, public: &PublicUrl) -> Result<SmtpMailer> {
        let password = if self.url.user().is_some() { self.password()? } else { None };
        let authorities = match &self.authorities {
            Some(path) => Some(bounded(path, MAX_AUTHORITIES_BYTES)?.to_vec()),
            None => None,
        };
        let (url, from) = (self.url.clone(), self.from.clone());
        SmtpMailer::new(SmtpSettings { url, password, from, authorities, own_name: public.host() }).map_err(|error| anyhow!(error))
    }

    /// The file's first line, else the environment's, else systemd's credential.
    fn password(&self) -> Result<Option<Secret>> {
        let credential = std::env::var_os("CREDENTIALS_DIRECTORY")
            .map(|folder| Path::new(&folder).join("clawpair-smtp-password"))
            .filter(|path| path.exists());
        let text = match (&self.password_file, std::env::var(PASSWORD), credential) {
            (Some(path), _, _) => from_file(path)?,
            (None, Ok(password), _) => password,
            (None, Err(_), Some(path)) => from_file(&path)?,
            (None, Err(_), None) => return Ok(None),
        };
        ensure!(!text.is_empty(), "The password of the mail server's user is empty.");
        Ok(Some(Secret::new(text)))
    }
}

fn from_file(path: &Path) -> Result<String> {
    let bytes = bounded(path, MAX_PASSWORD_BYTES)?;
    let text = std::str::from_utf8(&bytes).with_context(|| format!("{} is no text", path.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn bounded(path: &Path, most: u64) -> Result<Zeroizing<Vec<u8>>> {
    let shown = path.display();
    let size = fs::metadata(path).with_context(|| format!("{shown} cannot be read"))?.len();
    ensure!(size <= most, "{shown} is too large to be what it should.");
    Ok(Zeroizing::new(fs::read(path).with_context(|| format!("{shown} cannot be read"))?))
}
