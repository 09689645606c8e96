//! The platforms that this program knows by name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clawpair_client::ServerAddress;
use clawpair_core::pin::ServerPin;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::folders::Folders;
use crate::private;

/// What the platform of this computer is called.
pub(crate) const LOCAL: &str = "local";

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) address: ServerAddress,
    /// The key that a person compared; without it an authority has to vouch for the server.
    pub(crate) pin: Option<ServerPin>,
}

/// The same as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pin: Option<String>,
}

/// All of them by name.
#[derive(Clone, Debug)]
pub(crate) struct Platforms {
    path: PathBuf,
    pub(crate) known: BTreeMap<String, Known>,
}

impl Platforms {
    /// What was written last; none if nothing was.
    pub(crate) fn read(folders: &Folders) -> Result<Self, Failure> {
        let path = folders.config.join("platforms.json");
        let known = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(Failure::file(&path, error)),
            Ok(bytes) => {
                let written: BTreeMap<String, Written> =
                    serde_json::from_slice(&bytes).map_err(|error| Failure::file(&path, error))?;
                let known = written
                    .into_iter()
                    .map(|(name, written)| Ok((name, parsed(&written).map_err(|why| Failure::file(&path, why))?)));
                known.collect::<Result<_, Failure>>()?
            }
        };
        Ok(Self { path, known })
    }

    pub(crate) fn write(&self) -> Result<(), Failure> {
        let written = |known: &Known| Written { url: known.address.to_string(), pin: known.pin.map(|pin| pin.to_string()) };
        let written: BTreeMap<&str, Written> = self.known.iter().map(|(name, known)| (name.as_str(), written(known))).collect();
        let text = serde_json::to_vec_pretty(&written).map_err(|error| Failure::file(&self.path, error))?;
        private::replace(&self.path, &text)
    }
}

fn parsed(written: &Written) -> Result<Known, String> {
    let address = written.url.parse().map_err(|error| format!("{error}"))?;
    let pin = written.pin.as_deref().map(str::parse).transpose().map_err(|error| format!("{error}"))?;
    Ok(Known { address, pin })
}

/// A name that may be given to a server: short, and neither the local platform's nor like an address.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let fits = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    match text {
        LOCAL => Err(format!("“{LOCAL}” is the platform of this computer; choose another name.")),
        _ if fits => Ok(text.to_owned()),
        _ => Err("a name has 1–32 letters, digits, - and _, such as hub".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders { config: folder.path().join("config"), state: folder.path().into() };
        let mut platforms = Platforms::read(&folders).unwrap();
        assert!(platforms.known.is_empty());
        let hub = Known { address: "https://hub.example.org".parse().unwrap(), pin: Some(ServerPin::from_bytes([7; 16])) };
        platforms.known.insert("hub".into(), hub.clone());
        platforms.write().unwrap();
        assert_eq!(Platforms::read(&folders).unwrap().known["hub"], hub);
        std::fs::write(folders.config.join("platforms.json"), r#"{"hub":{"url":"http://hub.example.org"}}"#).unwrap();
        assert!(Platforms::read(&folders).unwrap_err().message.contains("write https://"));
    }

    #[test]
    fn names_are_no_addresses() {
        assert_eq!(name("hub-2"), Ok("hub-2".to_owned()));
        for text in ["", LOCAL, "https://hub", "hub.example.org", "a b"] {
            assert!(name(text).is_err(), "{text}");
        }
    }
}
