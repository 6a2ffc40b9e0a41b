//! What an event must have for a condition to be anything but false, told from the condition's text: of `a && b && c` each part
//! that compares a fact with fixed texts. A thousand routes cost a comparison each then, not a run of the engine.
//!
//! It is exact: `false && x` is false in CEL whatever becomes of x, and a text is never equal to another. What is nothing but such
//! parts is not run at all.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};

use crate::event::Fact;
use crate::{Event, pick};

/// The parts of a condition that can be told at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sieve {
    parts: Vec<Part>,
    /// Whether the condition has no others.
    is_whole: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    of: Of,
    /// It is one of these.
    texts: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Of {
    Type,
    Source,
    Id,
    Path,
    Header(String),
    /// A JSON pointer into the body.
    Body(String),
}

/// What the parts of all conditions of a source need of one body, found in one pass.
#[derive(Clone, Debug, Default)]
pub struct Sieved {
    pointers: Vec<String>,
}

impl Sieve {
    pub(super) fn of(expression: &IdedExpr, extracts: &[&str]) -> Self {
        let (mut parts, mut others) = (Vec::new(), false);
        conjuncts(expression, &mut |part| match Part::of(part, extracts) {
            Some(part) => parts.push(part),
            None => others = true,
        });
        Self { parts, is_whole: !others }
    }

    /// Whether the condition holds; `None` where only running it can tell. `body` gives the text at a pointer, `None` where
    /// there is none.
    pub(crate) fn verdict<'t>(&self, event: &'t Event, body: &dyn Fn(&str) -> Option<&'t str>) -> Option<bool> {
        let mut is_sure = self.is_whole;
        for part in &self.parts {
            let text = match &part.of {
                Of::Type => event.kind().map(Fact::text),
                Of::Id => event.id().map(Fact::text),
                Of::Source => Some(event.source().as_str()),
                Of::Path => Some(event.head().path.as_str()),
                Of::Header(name) => event.head().one_header(name).ok().flatten(),
                Of::Body(pointer) => body(pointer),
            };
            match text {
                Some(text) if !part.texts.iter().any(|wanted| wanted == text) => return Some(false),
                Some(_) => {}
                None => is_sure = false,
            }
        }
        is_sure.then_some(true)
    }
}

impl Sieved {
    /// For these sieves.
    pub(crate) fn new<'s>(sieves: impl Iterator<Item = &'s Sieve>) -> Self {
        let mut pointers: Vec<String> = Vec::new();
        for part in sieves.flat_map(|sieve| &sieve.parts) {
            if let Of::Body(pointer) = &part.of
                && !pointers.contains(pointer)
            {
                pointers.push(pointer.clone());
            }
        }
        Self { pointers }
    }

    /// The texts at the pointers; where the body has another kind of value there is none.
    pub(crate) fn find(&self, event: &Event) -> Vec<(&str, Option<String>)> {
        let pointers: Vec<&str> = self.pointers.iter().map(String::as_str).collect();
        event.texts_at(&pointers)
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what is of another kind says nothing here")]
fn conjuncts<'e>(expression: &'e IdedExpr, visit: &mut dyn FnMut(&'e IdedExpr)) {
    match &expression.expr {
        Expr::Call(call) if call.func_name == operators::LOGICAL_AND => {
            call.args.iter().for_each(|part| conjuncts(part, visit));
        }
        _ => visit(expression),
    }
}

impl Part {
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is of another kind says nothing here")]
    fn of(expression: &IdedExpr, extracts: &[&str]) -> Option<Self> {
        let Expr::Call(call) = &expression.expr else { return None };
        let [left, right] = call.args.as_slice() else { return None };
        let (fact, texts) = match call.func_name.as_str() {
            operators::EQUALS => match (literal(left), literal(right)) {
                (None, Some(text)) => (left, vec![text]),
                (Some(text), None) => (right, vec![text]),
                (None, None) | (Some(_), Some(_)) => return None,
            },
            operators::IN => match &right.expr {
                Expr::List(list) if list.optional_indices.is_empty() => {
                    (left, list.elements.iter().map(literal).collect::<Option<_>>()?)
                }
                _ => return None,
            },
            _ => return None,
        };
        Some(Self { of: Of::named(fact, extracts)?, texts })
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what is of another kind says nothing here")]
fn literal(expression: &IdedExpr) -> Option<String> {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        _ => None,
    }
}

impl Of {
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
