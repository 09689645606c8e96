//! What the program's exit code says. `--help` and `docs/CLI.md` list them.

macro_rules! exits {
    ($($name:ident = $number:literal, $meaning:literal;)*) => {
        /// How `clawpair` ends; one number for each kind of outcome that a script may want to tell apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Exit {
            $(#[doc = $meaning] $name = $number,)*
        }

        impl Exit {
            /// All, in order.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// What it means, for `--help`.
            pub(crate) const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

exits! {
    Done = 0, "done";
    Fault = 1, "unexpected fault of this program";
    BadInput = 2, "bad arguments or input";
    Unreachable = 3, "platform not reachable, or the answer was lost";
    Untrusted = 4, "platform shows a key that nobody has accepted";
    NotUnderstood = 5, "answer not understood: no Clawpair platform, or a newer one";
    NotLetIn = 6, "no API key or session, or it is not accepted";
    Forbidden = 7, "the key or member lacks the right";
    NotFound = 8, "there is no such thing";
    Conflict = 9, "somebody changed or decided it meanwhile";
    RateLimited = 10, "too many requests";
    PlatformFault = 11, "platform fault, such as a full disk";
    Refused = 12, "refused for another reason";
    Secret = 13, "a secret reference could not be followed";
    Unusable = 14, "doctor: this cannot be used as it is";
    WhichPlatform = 15, "no platform was chosen, or there is none";
    Unfinished = 16, "stopped part-way; repeating the command continues";
    LocalFile = 17, "a file or the keyring of this computer cannot be used";
    Unproven = 18, "verify: not as it was signed, or not by whom it should be";
    NotYetRevoked = 19, "something is NOT yet seen to be revoked";
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }
}
