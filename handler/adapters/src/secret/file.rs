//! `file:///path`: a mounted file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use doorbell_core::secret::{LiveSecret, Secret, SecretVersion};
use zeroize::Zeroizing;

use super::FetchError;

/// A secret is no longer than this.
pub const LIMIT: usize = 64 << 10;

/// The file's content without one line's end (`\n` or `\r\n`) behind it, as version `file`.
///
/// # Errors
/// [`FetchError::Unreadable`], [`FetchError::TooLong`] and [`FetchError::EmptyFile`].
pub fn fetch(path: &Path) -> Result<LiveSecret, FetchError> {
    let unreadable = |error: std::io::Error| FetchError::Unreadable { path: path.to_owned(), error: error.kind() };
    // Never grown: a grown buffer leaves its bytes behind, where nobody wipes them.
    let mut content = Zeroizing::new(Vec::with_capacity(LIMIT + 1));
    let file = File::open(path).map_err(unreadable)?;
    file.take(LIMIT as u64 + 1).read_to_end(&mut content).map_err(unreadable)?;
    if content.len() > LIMIT {
        return Err(FetchError::TooLong { path: path.to_owned() });
    }
    let bytes = content.strip_suffix(b"\n").map_or(content.as_slice(), |line| line.strip_suffix(b"\r").unwrap_or(line));
    let secret = Secret::new(bytes).map_err(|_| FetchError::EmptyFile { path: path.to_owned() })?;
    Ok(LiveSecret { version: SecretVersion::new("file"), secret })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn fetched(content: &[u8]) -> Result<LiveSecret, FetchError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        fetch(file.path())
    }

    #[test]
    fn one_line_end_is_not_part_of_it() {
        for (content, secret) in [
            (&b"secret"[..], &b"secret"[..]),
            (b"secret\n", b"secret"),
            (b"secret\r\n", b"secret"),
            (b"secret\n\n", b"secret\n"),
            (b"secret\r", b"secret\r"),
            (b" sec\nret \n", b" sec\nret "),
            (b"\xff\x00\n", b"\xff\x00"),
        ] {
            let live = fetched(content).unwrap();
            assert_eq!((live.version.as_str(), live.secret), ("file", Secret::new(secret).unwrap()), "{content:?}");
        }
    }

    #[test]
    fn nothing_is_no_secret() {
        for content in [&b""[..], b"\n", b"\r\n"] {
            assert!(matches!(fetched(content), Err(FetchError::EmptyFile { .. })), "{content:?}");
        }
    }

    #[test]
    fn the_limit_is_the_limit() {
        assert!(fetched(&vec![b'x'; LIMIT]).is_ok());
        let error = fetched(&vec![b'x'; LIMIT + 1]).unwrap_err();
        assert!(matches!(error, FetchError::TooLong { .. }), "{error:?}");
        assert!(!error.to_string().contains("xx"), "{error}");
    }

    #[test]
    fn what_is_missing_is_named_with_its_fix() {
        let missing = fetch(Path::new("/no/such/secret")).unwrap_err();
        let fix = "file:///no/such/secret cannot be read: mount it where this process may read it";
        assert_eq!(missing.to_string(), fix);
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(fetch(folder.path()), Err(FetchError::Unreadable { .. })));
    }
}
