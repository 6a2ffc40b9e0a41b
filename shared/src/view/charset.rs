//! Bodies that are text and not in UTF-8.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// What a body may be written in where it is not UTF-8, by the labels of encoding.spec.whatwg.org. UTF-8 stays UTF-8 whatever is
/// declared: the `Content-Type` is not signed, and may give a meaning to bytes that have none, never another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charset(Option<&'static Encoding>);

impl Charset {
    /// The `charset` of a media type (RFC 9110, section 8.3.2).
    #[must_use]
    pub fn of(media_type: Option<&str>) -> Self {
        let parameters = media_type.unwrap_or_default().split(';').skip(1);
        let charset = parameters.filter_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
        });
        Self::named(charset.into_iter().next().unwrap_or_default().as_bytes())
    }

    fn named(label: &[u8]) -> Self {
        Self(Encoding::for_label_no_replacement(label).filter(|encoding| *encoding != encoding_rs::UTF_8))
    }

    /// Whether nothing but UTF-8 is declared.
    pub(crate) const fn is_utf8(self) -> bool {
        self.0.is_none()
    }

    /// The text. An XML document says itself what it is written in, and so does a byte order mark; both are signed.
    pub(super) fn text(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Some(Cow::Borrowed(text));
        }
        let (encoding, mark) = match Encoding::for_bom(bytes) {
            Some((encoding, mark)) => (encoding, mark),
            None => (xml(bytes).or(self.0)?, 0),
        };
        encoding.decode_without_bom_handling_and_without_replacement(bytes.get(mark..)?)
    }

    /// The bytes in UTF-8; as they are where they are no text.
    pub(crate) fn decoded(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        match self.text(bytes) {
            Some(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
            Some(Cow::Borrowed(_)) | None => Cow::Borrowed(bytes),
        }
    }
}

/// The `encoding` of an XML declaration (w3.org/TR/xml, section 4.3.3).
fn xml(bytes: &[u8]) -> Option<&'static Encoding> {
    const LONGEST: usize = 128;
    let declaration = bytes.get(..LONGEST.min(bytes.len()))?.strip_prefix(b"<?xml")?;
    let text = String::from_utf8_lossy(declaration);
    let (declaration, _) = text.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let label = value.split(value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?).nth(1)?;
    Charset::named(label.as_bytes()).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_counts_for_what_is_no_utf_8_alone() {
        let latin = Charset::of(Some("text/plain; a=b; Charset=\"ISO-8859-1\""));
        assert_eq!(latin.text(b"gr\xfc\xdfe").as_deref(), Some("grüße"));
        assert_eq!(latin.text("grüße".as_bytes()).as_deref(), Some("grüße"));
        assert_eq!(Charset::of(Some("text/plain; charset=shift_jis")).text(b"\x93\xfa\x96{").as_deref(), Some("日本"));
        assert_eq!(Charset::of(Some("text/plain; charset=utf-16le")).text(b"a\0\xfc\0").as_deref(), Some("aü"));
        for none in [None, Some("text/plain"), Some("text/plain; charset=utf-8"), Some("text/plain; charset=klingon")] {
            assert_eq!(Charset::of(none).text(b"gr\xfc\xdfe"), None, "{none:?}");
        }
        let ascii = Charset::of(Some("text/plain; charset=iso-2022-kr"));
        assert_eq!(ascii.text(b"\xff"), None, "a label that decodes to nothing");
        assert_eq!(Charset::of(Some("text/plain; charset=euc-jp")).text(b"\xff\xff"), None, "not written in it");
    }

    /// The document is signed, and its header is not.
    #[test]
    fn what_a_document_says_of_itself_goes_before_what_is_declared() {
        let shift_jis = Charset::of(Some("application/xml; charset=shift_jis"));
        for declaration in
            ["<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>", "<?xml version='1.0' encoding = 'latin1' ?>"]
        {
            let body = [declaration.as_bytes(), b"<a>\xfc</a>"].concat();
            assert_eq!(shift_jis.text(&body), Some(format!("{declaration}<a>ü</a>").into()));
        }
        assert_eq!(Charset::default().text(b"\xff\xfe<\0a\0/\0>\0").as_deref(), Some("<a/>"));
        assert_eq!(Charset::default().text(b"<?xml encoding=\"klingon\"?>\xfc"), None);
        assert_eq!(Charset::default().text(b"<?xml encoding=?>\xfc"), None);
    }
}
