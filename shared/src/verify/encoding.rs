//! How bytes are written as text, and read strictly.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};

/// How a tag is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Lower-case hex.
    Hex,
    /// Hex of either case: both decode to the same bytes.
    HexAnyCase,
    /// Base64 with padding.
    Base64,
    /// URL-safe base64 without padding.
    Base64Url,
    /// URL-safe base64 with padding.
    Base64UrlPadded,
}

impl Encoding {
    /// One text for the bytes.
    pub(super) fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex | Self::HexAnyCase => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Self::Base64 => STANDARD.encode(bytes),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(bytes),
            Self::Base64UrlPadded => URL_SAFE.encode(bytes),
        }
    }

    /// The length of the bytes that it decodes to, in `into`; `None` where the text is not their one spelling, or too long.
    pub(super) fn read(self, text: &str, into: &mut [u8]) -> Option<usize> {
        match self {
            Self::Hex | Self::HexAnyCase => {
                let upper = self == Self::HexAnyCase;
                let digits = text.as_bytes().chunks_exact(2);
                if !digits.remainder().is_empty() || digits.len() > into.len() {
                    return None;
                }
                for (slot, pair) in into.iter_mut().zip(digits) {
                    let [high, low] = pair else { return None };
                    *slot = (hex_digit(*high, upper)? << 4) | hex_digit(*low, upper)?;
                }
                Some(text.len() / 2)
            }
            Self::Base64 => STANDARD.decode_slice(text, into).ok(),
            Self::Base64Url => URL_SAFE_NO_PAD.decode_slice(text, into).ok(),
            Self::Base64UrlPadded => URL_SAFE.decode_slice(text, into).ok(),
        }
    }
}

const fn hex_digit(digit: u8, upper: bool) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' if upper => Some(digit - b'A' + 10),
        _ => None,
    }
}
