//! A private key in a file of the operator's, and its public half beside it, where a config finds it.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Kind, PrivateKey, PublicHalf};
use crate::exit::Refusal;

/// What is beside a private key: `k.pem` has `k.pem.pub`.
const BESIDE: &str = ".pub";

impl PrivateKey {
    /// The one in this file, which is made if it is not there, for its owner alone; and the file of its public half, where
    /// that was not there before.
    pub(crate) fn kept(path: &Path, kind: Kind, form: PublicHalf) -> Result<(Self, Option<PathBuf>), Refusal> {
        let key = match Self::read(path, kind) {
            Err(Unread::Absent) => Self::made(path, kind)?,
            read => read.map_err(|unread| unread.told(path, kind))?,
        };
        let mut beside = path.as_os_str().to_owned();
        beside.push(BESIDE);
        let beside = PathBuf::from(beside);
        let text = key.public_half(form).ok_or_else(|| Unread::NoKey.told(path, kind))?;
        let unwritten = |error| Refusal::Usage(format!("{}: cannot write the public half: {error}", beside.display()));
        let published = match std::fs::read_to_string(&beside) {
            Ok(held) if held == text => None,
            Ok(_) => {
                let (public, private) = (beside.display(), path.display());
                let told = format!(
                    "{public} holds something else than the public half of {private} as this provider's sources take it; \
                     move it away, or give another file with --key"
                );
                return Err(Refusal::Usage(told));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                write_new(&beside, 0o644, &text).map_err(unwritten)?;
                Some(std::path::absolute(&beside).unwrap_or(beside))
            }
            Err(error) => return Err(unwritten(error)),
        };
        Ok((key, published))
    }

    /// The one in this file, which must be there.
    pub(crate) fn of_file(path: &Path, kind: Kind) -> Result<Self, Refusal> {
        Self::read(path, kind).map_err(|unread| unread.told(path, kind))
    }

    fn read(path: &Path, kind: Kind) -> Result<Self, Unread> {
        let unread = |error: std::io::Error| {
            if error.kind() == ErrorKind::NotFound { Unread::Absent } else { Unread::Error(error) }
        };
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(unread)?);
        Self::from_pem(kind, &text).ok_or(Unread::NoKey)
    }

    fn made(path: &Path, kind: Kind) -> Result<Self, Refusal> {
        let unmade = || Refusal::Unreachable(format!("cannot make {} key: the system gave none", kind.name()));
        let key = Self::generate(kind).ok_or_else(unmade)?;
        let pem = key.to_pem().ok_or_else(unmade)?;
        let unwritten = |error| Refusal::Usage(format!("{}: cannot write the key: {error}", path.display()));
        write_new(path, 0o600, &pem).map_err(unwritten)?;
        Ok(key)
    }
}

/// Why a file gave no key.
enum Unread {
    Absent,
    Error(std::io::Error),
    NoKey,
}

impl Unread {
    fn told(self, path: &Path, kind: Kind) -> Refusal {
        let path = path.display();
        Refusal::Usage(match self {
            Self::Absent => format!("{path} is not there; --key {path} makes one"),
            Self::Error(error) => format!("{path}: cannot read the key: {error}"),
            Self::NoKey => format!(
                "{path} does not hold {} private key as PKCS#8 in PEM, not encrypted; `openssl pkcs8 -topk8 -nodes` \
                 writes others so, and --key makes one in a file that is not there",
                kind.name()
            ),
        })
    }
}

/// Nothing that is there is ever written over.
fn write_new(path: &Path, mode: u32, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
