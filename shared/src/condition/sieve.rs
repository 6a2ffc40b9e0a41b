//! What a condition comes to as far as it can be told without the engine: from comparisons of facts with fixed texts, and what `&&`,
//! `||` and `!` make of them. A thousand routes cost a comparison each then, not a run of the engine.
//!
//! It is exact: in CEL `false && x` is false and `true || x` is true whatever becomes of x
//! (github.com/google/cel-spec, `doc/langdef.md`, "Logical Operators"). Where a fact is no text, nothing is told.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use crate::event::Fact;
use crate::{Event, pick};

/// A condition as far as it can be told at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sieve {
    /// All of these hold.
    All(Vec<Sieve>),
    /// One of these holds.
    Any(Vec<Sieve>),
    /// This does not hold.
    Not(Box<Sieve>),
    /// A fact passes a test.
    Test(Of, Test),
    /// Only running it can tell.
    Unknown,
}

/// What is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// The event's type.
    Type,
    /// The source's name.
    Source,
    /// The event's id.
    Id,
    /// The path of the request.
    Path,
    /// A header, by its name in lower case.
    Header(String),
    /// A JSON pointer into the body.
    Body(String),
}

/// What a text is tested for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It is one of these.
    Is(Vec<String>),
    /// It begins so.
    Begins(String),
    /// It ends so.
    Ends(String),
    /// This is somewhere in it.
    Contains(String),
}

/// What the sieves of a source need of one body, found in one pass.
#[derive(Clone, Debug, Default)]
pub struct Sieved {
    pointers: Vec<String>,
}

impl Sieve {
    pub(super) fn of(expression: &IdedExpr, extracts: &[&str]) -> Self {
        let Expr::Call(call) = &expression.expr else { return Self::Unknown };
        let below = || call.args.iter().map(|part| Self::of(part, extracts));
        match call.func_name.as_str() {
            operators::LOGICAL_AND => Self::All(below().collect()),
            operators::LOGICAL_OR => Self::Any(below().collect()),
            operators::LOGICAL_NOT => below().next().map_or(Self::Unknown, |part| Self::Not(Box::new(part))),
            operators::NOT_EQUALS => {
                Self::test(call, operators::EQUALS, extracts).map_or(Self::Unknown, |test| Self::Not(Box::new(test)))
            }
            name => Self::test(call, name, extracts).unwrap_or(Self::Unknown),
        }
    }

    fn test(call: &CallExpr, name: &str, extracts: &[&str]) -> Option<Self> {
        let (fact, test) = match (name, call.target.as_deref(), call.args.as_slice()) {
            (operators::EQUALS, None, [left, right]) => match (literal(left), literal(right)) {
                (None, Some(text)) => (left, Test::Is(vec![text])),
                (Some(text), None) => (right, Test::Is(vec![text])),
                (None, None) | (Some(_), Some(_)) => return None,
            },
            (operators::IN, None, [left, right]) => (left, Test::Is(literals(right)?)),
            ("startsWith", Some(fact), [text]) => (fact, Test::Begins(literal(text)?)),
            ("endsWith", Some(fact), [text]) => (fact, Test::Ends(literal(text)?)),
            ("contains", Some(fact), [text]) => (fact, Test::Contains(literal(text)?)),
            _ => return None,
        };
        Some(Self::Test(Of::named(fact, extracts)?, test))
    }

    /// Whether the condition holds; `None` where only running it can tell. `body` gives the text at a pointer, `None` where
    /// there is none.
    pub(crate) fn verdict<'t>(&self, event: &'t Event, body: &dyn Fn(&str) -> Option<&'t str>) -> Option<bool> {
        match self {
            Self::All(parts) => decided(parts, false, event, body),
            Self::Any(parts) => decided(parts, true, event, body),
            Self::Not(part) => part.verdict(event, body).map(|holds| !holds),
            Self::Test(of, test) => Some(test.passes(of.text(event, body)?)),
            Self::Unknown => None,
        }
    }

    /// Every pointer into the body.
    fn pointers<'s>(&'s self, visit: &mut dyn FnMut(&'s String)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.pointers(visit)),
            Self::Not(part) => part.pointers(visit),
            Self::Test(Of::Body(pointer), _) => visit(pointer),
            Self::Test(..) | Self::Unknown => {}
        }
    }
}

/// One part that comes to `word` decides; without one all must be told to be otherwise.
fn decided<'t>(parts: &[Sieve], word: bool, event: &'t Event, body: &dyn Fn(&str) -> Option<&'t str>) -> Option<bool> {
    let mut others = Some(!word);
    for part in parts {
        match part.verdict(event, body) {
            Some(holds) if holds == word => return Some(word),
            Some(_) => {}
            None => others = None,
        }
    }
    others
}

impl Test {
    fn passes(&self, text: &str) -> bool {
        match self {
            Self::Is(wanted) => wanted.iter().any(|wanted| wanted == text),
            Self::Begins(wanted) => text.starts_with(wanted.as_str()),
            Self::Ends(wanted) => text.ends_with(wanted.as_str()),
            Self::Contains(wanted) => text.contains(wanted.as_str()),
        }
    }
}

impl Sieved {
    /// For these sieves.
    pub(crate) fn new<'s>(sieves: impl Iterator<Item = &'s Sieve>) -> Self {
        let mut pointers: Vec<String> = Vec::new();
        for sieve in sieves {
            sieve.pointers(&mut |pointer| {
                if !pointers.contains(pointer) {
                    pointers.push(pointer.clone());
                }
            });
        }
        Self { pointers }
    }

    /// The texts at the pointers; where the body has another kind of value there is none.
    pub(crate) fn find(&self, event: &Event) -> Vec<(&str, Option<String>)> {
        let pointers: Vec<&str> = self.pointers.iter().map(String::as_str).collect();
        event.texts_at(&pointers)
    }
}

fn literals(expression: &IdedExpr) -> Option<Vec<String>> {
    let Expr::List(list) = &expression.expr else { return None };
    list.elements.iter().map(literal).collect::<Option<_>>().filter(|_| list.optional_indices.is_empty())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what is of another kind says nothing here")]
fn literal(expression: &IdedExpr) -> Option<String> {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        _ => None,
    }
}

impl Of {
    fn text<'t>(&self, event: &'t Event, body: &dyn Fn(&str) -> Option<&'t str>) -> Option<&'t str> {
        match self {
            Self::Type => event.kind().map(Fact::text),
            Self::Id => event.id().map(Fact::text),
            Self::Source => Some(event.source().as_str()),
            Self::Path => Some(event.head().path.as_str()),
            Self::Header(name) => event.head().one_header(name).ok().flatten(),
            Self::Body(pointer) => body(pointer),
        }
    }

    fn named(expression: &IdedExpr, extracts: &[&str]) -> Option<Self> {
        let steps = steps(expression)?;
        let (first, rest) = steps.split_first()?;
        if extracts.contains(&first.as_str()) {
            return None;
        }
        match (first.as_str(), rest) {
            ("type", []) => Some(Self::Type),
            ("source", []) => Some(Self::Source),
            ("id", []) => Some(Self::Id),
            ("path", []) => Some(Self::Path),
            ("headers", [name]) => Some(Self::Header(name.clone())),
            ("body", [_, ..]) if rest.iter().all(|step| pick::is_plain(step)) => {
                Some(Self::Body(rest.iter().fold(String::new(), |pointer, step| pointer + "/" + step)))
            }
            _ => None,
        }
    }
}

/// `a.b["c"]` as its steps.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is of another kind says nothing here")]
fn steps(expression: &IdedExpr) -> Option<Vec<String>> {
    match &expression.expr {
        Expr::Ident(name) => Some(vec![name.clone()]),
        Expr::Select(select) if !select.test => {
            let mut all = steps(&select.operand)?;
            all.push(select.field.clone());
            Some(all)
        }
        Expr::Call(call) if call.func_name == operators::INDEX => {
            let [of, index] = call.args.as_slice() else { return None };
            let mut all = steps(of)?;
            all.push(literal(index)?);
            Some(all)
        }
        _ => None,
    }
}
