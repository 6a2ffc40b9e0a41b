//! What a challenge may look like. An echoed value is reflected content, and a signed one is an oracle: what is not of
//! the pattern is neither echoed nor signed.

use std::str::from_utf8;

use crate::locate::is_form;

/// The form of a challenge, its length included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Visible ASCII, no blank.
    Visible,
    /// Visible ASCII and blanks inside: Microsoft Graph sends a sentence.
    Printable,
    /// Letters, digits and `._~+/=-`: no JSON, no form of more than one field, and no `:`.
    Token,
    /// Lower-case hex, so many digits.
    Hex {
        /// The least.
        least: usize,
        /// The most.
        most: usize,
    },
    /// A UUID as RFC 9562 writes it, in lower case.
    Uuid,
    /// Decimal digits.
    Digits,
}

/// No provider's challenge is longer.
const LIMIT: usize = 1024;
/// Nor one that is signed: those are tokens.
const TOKEN_LIMIT: usize = 256;

impl Pattern {
    pub(super) fn takes(self, text: &str) -> bool {
        let all =
            |limit: usize, of: fn(&u8) -> bool| (1..=limit).contains(&text.len()) && text.as_bytes().iter().all(of);
        match self {
            Self::Visible => all(LIMIT, u8::is_ascii_graphic),
            Self::Printable => {
                all(LIMIT, |byte| byte.is_ascii_graphic() || *byte == b' ')
                    && text.trim_matches(' ').len() == text.len()
            }
            Self::Token => all(TOKEN_LIMIT, |byte| byte.is_ascii_alphanumeric() || b"._~+/=-".contains(byte)),
            Self::Hex { least, most } => text.len() >= least && all(most, is_hex),
            Self::Uuid => {
                let groups: Vec<&str> = text.split('-').collect();
                groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
                    && groups.iter().all(|group| group.as_bytes().iter().all(is_hex))
            }
            Self::Digits => all(20, u8::is_ascii_digit),
        }
    }

    /// Whether a delivery with this body could be signed by the answer to a challenge of this form: the body is one, or
    /// a field of the form that it is.
    pub(super) fn is_message(self, body: &[u8]) -> bool {
        let is_whole = from_utf8(body).is_ok_and(|text| self.takes(text.trim_end_matches('\n')));
        is_whole
            || is_form(body) && form_urlencoded::parse(body).any(|(_, value)| self.takes(value.trim_end_matches('\n')))
    }
}

const fn is_hex(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_challenge_is_of_its_form_or_none() {
        let hex = Pattern::Hex { least: 20, most: 32 };
        for (pattern, yes, no) in [
            (Pattern::Visible, "<b>~!", vec!["", "two words", "\u{e9}", "a\n"]),
            (Pattern::Printable, "Validation: a b", vec!["", " a", "a ", "a\nb", "\u{e9}"]),
            (Pattern::Token, "aZ09._~+/=-", vec!["", "a:b", "{}", "hmacsha256=\"", "a&b", "a b"]),
            (
                hex,
                "1dd35a4b6ac7d6b3c2a1",
                vec!["", "1dd35a4b6ac7d6b3c2", "1DD35A4B6AC7D6B3C2A1", "1dd35a4b6ac7d6b3c2ag"],
            ),
            (
                Pattern::Uuid,
                "890e4665-4dfe-4ab1-b689-ed553bceeed0",
                vec!["", "890E4665-4dfe-4ab1-b689-ed553bceeed0", "890e46654dfe4ab1b689ed553bceeed0", "----"],
            ),
            (Pattern::Digits, "120", vec!["", "-1", "1.5", "123456789012345678901"]),
        ] {
            assert!(pattern.takes(yes), "{pattern:?}: {yes}");
            for text in no {
                assert!(!pattern.takes(text), "{pattern:?}: {text:?}");
            }
        }
        for (pattern, longest) in
            [(Pattern::Visible, 1024), (Pattern::Printable, 1024), (Pattern::Token, 256), (hex, 32)]
        {
            assert!(pattern.takes(&"a".repeat(longest)), "{pattern:?}");
            assert!(!pattern.takes(&"a".repeat(longest + 1)), "{pattern:?}");
        }
    }
}
