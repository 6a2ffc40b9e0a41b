//! `env://NAME`: an environment variable.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use doorbell_core::secret::{LiveSecret, Secret, SecretVersion};

use super::FetchError;

/// The variable's value, every byte of it, as version `env`.
///
/// # Errors
/// [`FetchError::Unset`] and [`FetchError::EmptyVariable`].
pub fn fetch(name: &str) -> Result<LiveSecret, FetchError> {
    parse(name, std::env::var_os(name))
}

fn parse(name: &str, value: Option<OsString>) -> Result<LiveSecret, FetchError> {
    let value = value.ok_or_else(|| FetchError::Unset { name: name.to_owned() })?;
    let secret = Secret::new(value.into_vec()).map_err(|_| FetchError::EmptyVariable { name: name.to_owned() })?;
    Ok(LiveSecret { version: SecretVersion::new("env"), secret })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts() {
        let live = parse("NAME", Some(OsString::from_vec(b" \xff\n".to_vec()))).unwrap();
        assert_eq!((live.version.as_str(), live.secret), ("env", Secret::new(*b" \xff\n").unwrap()));
    }

    #[test]
    fn what_is_missing_is_named_with_its_fix() {
        let unset = fetch("DOORBELL_TEST_THAT_NOBODY_SETS").unwrap_err();
        let fix = "env://DOORBELL_TEST_THAT_NOBODY_SETS is not set: set DOORBELL_TEST_THAT_NOBODY_SETS to the secret";
        assert_eq!(unset.to_string(), fix);
        let empty = parse("NAME", Some(OsString::new())).unwrap_err();
        assert_eq!(empty.to_string(), "env://NAME is empty: set NAME to the secret");
    }
}
