//! What a person gives to pair with: a link, a code, or a picture of a QR code. Recognised by itself.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clawpair_core::claim::{ClaimSecret, Description, MAX_DESCRIPTION_BYTES};
use clawpair_core::code::{CodeError, PairingCode};
use clawpair_core::link::{Address, AddressError, LinkError, PairingLink};
use clawpair_core::pin::{PinError, ServerPin};
use clawpair_qr::ReadError;
use zeroize::Zeroizing;

use crate::pair::Target;

/// Longest text that is read from standard input, in bytes; a link has fewer than 512.
const MAX_TYPED: u64 = 4_096;

/// Why what a person gave cannot be used. Never quotes a secret.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Looks like a link and is none.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Is no code.
    #[error("{0}")]
    Code(#[from] CodeError),
    /// The picture shows no one QR code.
    #[error(transparent)]
    Picture(#[from] ReadError),
    /// The picture's QR code holds something else.
    #[error("The QR code in this picture is no pairing link. {0}")]
    PictureOfOther(LinkError),
    /// A file that cannot be read.
    #[error("The file {path} cannot be read: {error}. Check its name and permissions.")]
    File {
        /// Its path.
        path: String,
        /// The system's words.
        error: io::Error,
    },
    /// Standard input cannot be read or is too long.
    #[error("No link or code could be read from standard input; it must be one line of text.")]
    StandardInput,
    /// `--server` is no address.
    #[error(transparent)]
    Server(#[from] AddressError),
    /// `--pin` is no pin.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// A code alone does not say where to go.
    #[error(
        "A code alone does not say where the platform is. Give --server, and --pin too if you have it, as the window that shows the code has them, or use the link or QR code, which hold both."
    )]
    WhichPlatform,
    /// The link's pin and the given one differ.
    #[error(
        "The link is for a platform with another key than --pin says. Leave --pin out to trust the link, or get the right link."
    )]
    OtherPin,
    /// Nobody was there to be asked.
    #[error("Nothing was forgotten: there is nobody to ask here. Give --yes to forget without being asked.")]
    Unconfirmed,
    /// A part of the description is too long.
    #[error("--name and --type may have {MAX_DESCRIPTION_BYTES} bytes each; shorten them.")]
    LongDescription,
}

/// What was given, before it is known which platform it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Says everything.
    Link(PairingLink),
    /// Says nothing of the platform.
    Code(PairingCode),
}

/// Where to go, and with what.
#[derive(Clone, Debug)]
pub enum Goal {
    /// To the platform with this key.
    Known(Target),
    /// To whoever answers there and proves to know the code.
    Unproven {
        /// Where to look, best first.
        addresses: Vec<Address>,
        /// What he has to know.
        code: PairingCode,
    },
}

impl Given {
    /// Recognises an argument: `-` stands for a line of standard input, `CPAIR:` begins a link, an existing file is a
    /// picture, and anything else must be a code.
    ///
    /// # Errors
    /// What is wrong with it, taken as what it looks like.
    pub fn recognise(argument: &str, standard_input: impl Read) -> Result<Self, InputError> {
        if argument.trim() == "-" {
            return Self::typed(&first_line(standard_input)?);
        }
        let path = Path::new(argument);
        if !is_link(argument) && path.is_file() {
            return Self::photographed(path);
        }
        let typed = Self::typed(argument);
        // "No code has a full stop" helps nobody who mistyped a file's name.
        if matches!(typed, Err(InputError::Code(_))) && (argument.contains(['/', '\\']) || path.extension().is_some()) {
            let error = File::open(path).err().unwrap_or_else(|| io::ErrorKind::IsADirectory.into());
            return Err(InputError::File { path: clawpair_core::text::sanitised(argument), error });
        }
        typed
    }

    fn typed(text: &str) -> Result<Self, InputError> {
        if is_link(text) { Ok(Self::Link(text.parse()?)) } else { Ok(Self::Code(text.parse()?)) }
    }

    fn photographed(path: &Path) -> Result<Self, InputError> {
        let unreadable = |error| InputError::File { path: clawpair_core::text::sanitised(&path.to_string_lossy()), error };
        let file = File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(clawpair_qr::MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        let text = Zeroizing::new(clawpair_qr::read(&bytes)?);
        Ok(Self::Link(text.parse().map_err(InputError::PictureOfOther)?))
    }

    /// Where to go with it. `server` and `pin` are what the person says beside it; `known` is a platform this device has
    /// been paired with. A link needs neither; given with one, `server` says where to look instead, and `pin` must agree. A
    /// code with an address alone leaves it to the platform to prove that it knows the code.
    ///
    /// # Errors
    /// When it is not clear where to go or whom to trust.
    pub fn goal(
        self,
        server: Option<Address>,
        pin: Option<ServerPin>,
        known: Option<(&[Address], ServerPin)>,
    ) -> Result<Goal, InputError> {
        match self {
            Self::Link(link) => {
                let target = Target::from(&link);
                if pin.is_some_and(|pin| pin != target.pin) {
                    return Err(InputError::OtherPin);
                }
                Ok(Goal::Known(Target { addresses: server.map_or(target.addresses, |server| vec![server]), ..target }))
            }
            Self::Code(code) => {
                let addresses = server.map(|server| vec![server]).or_else(|| known.map(|(addresses, _)| addresses.to_vec()));
                let pin = pin.or(known.map(|(_, pin)| pin));
                match (addresses, pin) {
                    (Some(addresses), Some(pin)) => Ok(Goal::Known(Target { addresses, pin, secret: ClaimSecret::Code(code) })),
                    (Some(addresses), None) => Ok(Goal::Unproven { addresses, code }),
                    (None, _) => Err(InputError::WhichPlatform),
                }
            }
        }
    }
}

fn is_link(text: &str) -> bool {
    text.trim_start().get(..6).is_some_and(|start| start.eq_ignore_ascii_case("CPAIR:"))
}

fn first_line(standard_input: impl Read) -> Result<Zeroizing<String>, InputError> {
    let mut text = Zeroizing::new(String::new());
    let read = standard_input.take(MAX_TYPED + 1).read_to_string(&mut text);
    if read.is_err() || text.len() as u64 > MAX_TYPED || text.trim().is_empty() {
        return Err(InputError::StandardInput);
    }
    Ok(Zeroizing::new(text.trim().lines().next().unwrap_or_default().to_owned()))
}

/// What this device says of itself: hints for the person who decides, and never trusted.
///
/// # Errors
/// [`InputError::LongDescription`].
pub fn description(name: Option<String>, device_type: Option<String>) -> Result<Description, InputError> {
    let description = Description {
        name: name.unwrap_or_else(host_name),
        device_type: device_type.unwrap_or_default(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        version: concat!("clawpair-device ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    if description.is_bounded() { Ok(description) } else { Err(InputError::LongDescription) }
}

/// The machine's name where the system shows it in a file, else nothing.
fn host_name() -> String {
    let name = ["/proc/sys/kernel/hostname", "/etc/hostname"].iter().find_map(|path| std::fs::read_to_string(path).ok());
    name.unwrap_or_default().trim().chars().take(clawpair_core::text::MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "CPAIR:1/192.168.1.20/1G64S36D1N6RVKGEB1C9HP8SB63MD1JJ0V39DSNJ0WV5CDS6AX11";
    const CODE: &str = "OCL-J4K2T8P7N1RG";

    fn recognised(argument: &str) -> Result<Given, InputError> {
        Given::recognise(argument, io::empty())
    }

    fn link() -> Given {
        Given::Link(LINK.parse().unwrap())
    }

    #[test]
    fn links_and_codes_are_told_apart() {
        assert_eq!(recognised(LINK).unwrap(), link());
        assert_eq!(recognised(&format!(" {} ", LINK.to_lowercase())).unwrap(), link());
        assert_eq!(recognised("ocl j4k2 t8p7 n1rg").unwrap(), Given::Code(CODE.parse().unwrap()));
        assert!(matches!(recognised("CPAIR:1/nonsense"), Err(InputError::Link(LinkError::Damaged))));
        assert!(matches!(recognised("OCL-J4K2T8P7N1RX"), Err(InputError::Code(CodeError::Mistyped))));
        assert!(matches!(recognised(""), Err(InputError::Code(CodeError::WrongLength { .. }))));
    }

    #[test]
    fn an_existing_file_is_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let drawn = |text: &str| clawpair_qr::draw(text).unwrap().png(6);
        assert_eq!(recognised(&write("qr.png", &drawn(LINK))).unwrap(), link());
        let other = recognised(&write("other.png", &drawn("https://example.org")));
        assert!(matches!(other, Err(InputError::PictureOfOther(LinkError::NotALink))));
        assert!(matches!(recognised(&write("note.txt", b"hello")), Err(InputError::Picture(ReadError::NotAPicture))));
        let missing = folder.path().join("missing.png");
        assert!(matches!(recognised(missing.to_str().unwrap()), Err(InputError::File { .. })));
        assert!(matches!(recognised(folder.path().to_str().unwrap()), Err(InputError::File { .. })));
    }

    #[test]
    fn a_dash_reads_one_line_of_standard_input() {
        let from = |text: &str| Given::recognise("-", text.as_bytes());
        assert_eq!(from(&format!("{LINK}\r\n")).unwrap(), link());
        assert_eq!(from(&format!("\n {CODE} \nmore")).unwrap(), Given::Code(CODE.parse().unwrap()));
        assert!(matches!(from(" \n"), Err(InputError::StandardInput)));
        assert!(matches!(from(&"x".repeat(100_000)), Err(InputError::StandardInput)));
        assert!(matches!(Given::recognise("-", &b"\xff\xfe"[..]), Err(InputError::StandardInput)));
    }

    fn known(goal: Result<Goal, InputError>) -> Target {
        match goal {
            Ok(Goal::Known(target)) => target,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_code_needs_an_address_and_a_pin_or_a_proof() {
        let code = || Given::Code(CODE.parse().unwrap());
        let (server, pin): (Address, _) = ("10.0.0.9:1234".parse().unwrap(), ServerPin::from_bytes([3; 16]));
        let kept = [Address::new([10, 0, 0, 1].into(), 21_327).unwrap()];
        assert!(matches!(code().goal(None, None, None), Err(InputError::WhichPlatform)));
        assert!(matches!(code().goal(None, Some(pin), None), Err(InputError::WhichPlatform)));
        let Ok(Goal::Unproven { addresses, .. }) = code().goal(Some(server.clone()), None, None) else { panic!("trusted") };
        assert_eq!(addresses, std::slice::from_ref(&server));
        let target = known(code().goal(Some(server.clone()), Some(pin), None));
        assert_eq!((target.addresses, target.pin), (vec![server.clone()], pin));
        let target = known(code().goal(None, None, Some((&kept, pin))));
        assert_eq!((target.addresses, target.pin), (kept.to_vec(), pin));
        let moved = known(code().goal(Some(server.clone()), None, Some((&kept, pin))));
        assert_eq!((moved.addresses, moved.pin), (vec![server], pin));
    }

    #[test]
    fn a_link_says_whom_to_trust_and_may_be_sent_elsewhere() {
        let Given::Link(parsed) = link() else { unreachable!() };
        let server: Address = "10.0.0.9:1234".parse().unwrap();
        let target = known(link().goal(Some(server.clone()), Some(parsed.pin()), None));
        assert_eq!((target.addresses, target.pin), (vec![server], parsed.pin()));
        assert_eq!(known(link().goal(None, None, None)).addresses, parsed.addresses());
        assert!(matches!(link().goal(None, Some(ServerPin::from_bytes([9; 16])), None), Err(InputError::OtherPin)));
    }

    #[test]
    fn descriptions_are_bounded() {
        let said = description(Some("hub".into()), Some("IoT Gateway".into())).unwrap();
        assert_eq!((said.name.as_str(), said.device_type.as_str()), ("hub", "IoT Gateway"));
        assert!(description(None, None).unwrap().is_bounded());
        assert!(matches!(description(Some("x".repeat(257)), None), Err(InputError::LongDescription)));
    }

    #[test]
    fn no_fault_quotes_a_secret() {
        let mistyped = "OCL-J4K2T8P7N1RX";
        for argument in [mistyped, "CPAIR:1/192.168.1.20/1G64S36D1N6RVKGEB1C9HP8SB63MD1JJ0V39DSNJ0WV5CDS6AX1", "J4K2 T8P7!N1RG"] {
            let shown = recognised(argument).unwrap_err();
            let shown = format!("{shown} {shown:?}");
            assert!(!shown.contains("T8P7") && !shown.contains("63MD1JJ0"), "{shown}");
        }
    }
}
