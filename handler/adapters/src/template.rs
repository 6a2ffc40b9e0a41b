//! Text with placeholders: `{source}/{type}`.

use std::borrow::Cow;

/// A text of the config in which `{name}` stands for a value of the event; `{{` and `}}` are braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Place(String),
}

impl Template {
    /// Reads a text whose placeholders are among `known`.
    ///
    /// # Errors
    /// What is wrong, and what may stand there: a lowercase fragment.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, found)) = rest.find(['{', '}']).and_then(|at| rest.split_at_checked(at)) {
            literal.push_str(before);
            if let Some(after) = found.strip_prefix("{{") {
                literal.push('{');
                rest = after;
            } else if let Some(after) = found.strip_prefix("}}") {
                literal.push('}');
                rest = after;
            } else {
                let inside = found.strip_prefix('{').ok_or("a } closes nothing; a brace itself is }}")?;
                let (name, after) = inside.split_once('}').ok_or("a { is never closed; a brace itself is {{")?;
                let place = known.iter().find(|known| **known == name);
                let place = place.ok_or_else(|| format!("{{{name}}} is not known; {}", listed(known)))?;
                pieces.extend((!literal.is_empty()).then(|| Piece::Text(std::mem::take(&mut literal))));
                pieces.push(Piece::Place((*place).to_owned()));
                rest = after;
            }
        }
        literal.push_str(rest);
        pieces.extend((!literal.is_empty()).then_some(Piece::Text(literal)));
        Ok(Self(pieces))
    }

    /// The text, each placeholder replaced by what `value` says of its name.
    pub fn fill<'a>(&self, mut value: impl FnMut(&str) -> Cow<'a, str>) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Place(name) => text.push_str(&value(name)),
            }
        }
        text
    }
}

fn listed(known: &[&str]) -> String {
    let known: Vec<_> = known.iter().map(|name| format!("{{{name}}}")).collect();
    format!("use {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["source", "type"];

    #[test]
    fn placeholders_are_replaced_and_doubled_braces_are_braces() {
        for (text, filled) in [
            ("", ""),
            ("plain", "plain"),
            ("{source}", "<source>"),
            ("a{source}b{type}é", "a<source>b<type>é"),
            ("{source}{source}", "<source><source>"),
            ("{{source}}", "{source}"),
            ("{{{source}}}", "{<source>}"),
            ("}}{{", "}{"),
        ] {
            let template = Template::parse(text, KNOWN).unwrap();
            assert_eq!(template.fill(|name| Cow::Owned(format!("<{name}>"))), filled, "{text}");
        }
    }

    #[test]
    fn a_value_is_not_read_again() {
        let template = Template::parse("{source}", KNOWN).unwrap();
        assert_eq!(template.fill(|_| Cow::Borrowed("{type}")), "{type}");
    }

    #[test]
    fn what_is_wrong_is_said_with_what_may_stand_there() {
        for (text, error) in [
            ("{repo}", "{repo} is not known; use {source}, {type}"),
            ("{}", "{} is not known; use {source}, {type}"),
            ("{ source }", "{ source } is not known; use {source}, {type}"),
            ("a{source", "a { is never closed; a brace itself is {{"),
            ("{{{", "a { is never closed; a brace itself is {{"),
            ("a}b", "a } closes nothing; a brace itself is }}"),
        ] {
            assert_eq!(Template::parse(text, KNOWN).unwrap_err(), error, "{text}");
        }
    }
}
