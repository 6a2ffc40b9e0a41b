//! Bytes that must not show up anywhere, in no common form.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Something that must stay where it is, under a name for the message.
#[derive(Clone, Debug)]
pub struct Marker {
    name: String,
    forms: Vec<(&'static str, Vec<u8>)>,
}

impl Marker {
    /// Long enough that no other bytes are equal by chance.
    ///
    /// # Panics
    /// When it is not.
    #[must_use]
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        assert!(bytes.len() >= 12, "{name}: too short to be told from other bytes");
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let list = bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        let mut forms = vec![
            ("as it is", bytes.to_vec()),
            ("in hex", hex.to_ascii_uppercase().into_bytes()),
            ("in hex", hex.into_bytes()),
            ("as a list of numbers", list.into_bytes()),
        ];
        for before in 0..3 {
            forms.push(("in base64", inside(&STANDARD, before, bytes)));
            forms.push(("in base64", inside(&URL_SAFE, before, bytes)));
        }
        Self { name: name.to_owned(), forms }
    }

    /// The first form that stands in `text`.
    #[must_use]
    pub fn found(&self, text: &[u8]) -> Option<String> {
        let stands = |form: &[u8]| text.windows(form.len()).any(|window| window == form);
        let (how, _) = self.forms.iter().find(|(_, form)| stands(form))?;
        Some(format!("{} {how}", self.name))
    }
}

/// The base64 of `bytes` where `before` other bytes stand before them, and any after them: the characters that
/// only they decide.
fn inside(engine: &impl Engine, before: usize, bytes: &[u8]) -> Vec<u8> {
    let text = engine.encode([&vec![0; before], bytes].concat());
    let (from, to) = ((before * 8).div_ceil(6), (before + bytes.len()) * 8 / 6);
    text.get(from..to).expect("a marker has an inside").as_bytes().to_vec()
}

/// # Panics
/// When a marker stands in `text`.
#[track_caller]
pub fn none_in(markers: &[Marker], place: &str, text: &[u8]) {
    let found: Vec<String> = markers.iter().filter_map(|marker| marker.found(text)).collect();
    assert!(found.is_empty(), "{place} holds {found:?}:\n{}", String::from_utf8_lossy(text));
}
