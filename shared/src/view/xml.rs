//! XML: well-formedness, and XPath 1.0 (w3.org/TR/1999/REC-xpath-19991116). No document type is read: what it could declare
//! are entities that grow, and files of ours.

use uppsala::{Document, Parser, XPathEvaluator, XPathValue};

use super::{MOST_VALUES, Malformed, bare};

/// Elements within elements.
const DEEPEST: u32 = 128;
/// What one expression may visit of a document, which bounds `//a[//b]`.
const MOST_VISITS: usize = 1_000_000;

/// A document.
#[derive(Debug)]
pub struct Tree(Document<'static>);

/// An XPath expression, known to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(String);

impl Tree {
    /// Reads a document in UTF-8.
    ///
    /// # Errors
    /// [`Malformed`]: not well-formed, with a document type, too deep or of too many pieces.
    pub fn of(body: &[u8]) -> Result<Self, Malformed> {
        // Each element has a `<` and each attribute a `=`: a tree is some seventy times as large as its text.
        if body.iter().filter(|byte| matches!(byte, b'<' | b'=')).count() > MOST_VALUES {
            return Err(Malformed);
        }
        let parser = Parser::new().with_max_depth(DEEPEST).with_forbid_dtd(true);
        let text = std::str::from_utf8(bare(body)).map_err(|_| Malformed)?;
        let mut document = parser.parse(text).map_err(|_| Malformed)?.into_static();
        document.prepare_xpath();
        Ok(Self(document))
    }

    /// The text of what is at the path, the first of several; `None` where nothing is.
    ///
    /// # Errors
    /// [`Malformed`]: looking took too long, as it may in a document made for that.
    pub fn find(&self, path: &Path) -> Result<Option<String>, Malformed> {
        let looker = XPathEvaluator::new().with_max_node_visits(MOST_VISITS);
        let found = looker.evaluate(&self.0, self.0.root(), &path.0).map_err(|_| Malformed)?;
        Ok(match &found {
            XPathValue::NodeSet(nodes) if nodes.is_empty() => None,
            XPathValue::NodeSet(_) | XPathValue::Boolean(_) | XPathValue::Number(_) | XPathValue::String(_) => {
                Some(found.to_string_value(&self.0))
            }
        })
    }
}

impl Path {
    /// # Errors
    /// Why it is none: a lowercase fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        if has_prefix(text) {
            return Err(format!("{text:?} has a prefix, which stands for nothing here: ask for local-name()"));
        }
        let document = Parser::new().parse("<x/>").map_err(|error| error.to_string())?;
        let tried = XPathEvaluator::new().evaluate(&document, document.root(), text);
        tried.map_err(|error| format!("{text:?} is no XPath 1.0: {error}"))?;
        Ok(Self(text.to_owned()))
    }
}

/// Whether a name has a prefix: a colon that is no axis, outside of quotes.
fn has_prefix(path: &str) -> bool {
    let mut quoted = None;
    let mut bare = String::new();
    for c in path.chars() {
        match quoted {
            Some(quote) if c == quote => quoted = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"') => quoted = Some(c),
            None => bare.push(c),
        }
    }
    bare.replace("::", "").contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str =
        r#"<?xml version="1.0"?><o:order xmlns:o="urn:o" id="7"><item>a &lt; b</item><item>c</item></o:order>"#;

    #[test]
    fn an_xpath_finds_text_attributes_and_counts() {
        let tree = Tree::of(ORDER.as_bytes()).unwrap();
        for (path, found) in [
            ("//item", Some("a < b")),
            ("/*[local-name()='order']/@id", Some("7")),
            ("//item[2]/text()", Some("c")),
            ("count(//item)", Some("2")),
            ("//none", None),
        ] {
            assert_eq!(tree.find(&Path::parse(path).unwrap()), Ok(found.map(str::to_owned)), "{path}");
        }
    }

    #[test]
    fn what_is_not_well_formed_or_has_a_document_type_is_malformed() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"lol\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>";
        let outside = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>";
        let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
        let wide = format!("<a>{}</a>", "<b/>".repeat(MOST_VALUES));
        for body in [&wide, "<a>", "<a></b>", "<a/><a/>", "<a>&nbsp;</a>", bomb, outside, &deep] {
            assert_eq!(Tree::of(body.as_bytes()).err(), Some(Malformed), "{}", body.get(..20).unwrap_or(body));
        }
    }

    #[test]
    fn a_search_that_a_document_makes_long_ends() {
        let wide = format!("<a>{}</a>", "<b/>".repeat(20_000));
        let tree = Tree::of(wide.as_bytes()).unwrap();
        assert_eq!(tree.find(&Path::parse("//b[//b[//c]]").unwrap()), Err(Malformed));
    }

    #[test]
    fn what_is_no_xpath_is_said() {
        for text in ["/order/[", "//a[", "nothing(1)", "p:a"] {
            assert!(Path::parse(text).is_err(), "{text}: {:?}", Path::parse(text));
        }
    }
}
