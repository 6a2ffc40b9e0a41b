//! `when` of a route: a condition on an event, in CEL (github.com/google/cel-spec, `doc/langdef.md`). Read and checked when the
//! config is loaded; pure; what one judgement may cost is bounded whatever the body is.

mod fuel;
mod guarded;
mod pattern;
mod scope;
mod sieve;

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use cel::common::types::CelNull;
use cel::common::value::Val;
use cel::{Context, Env, ExecutionError, Value};

use crate::extract::{Extract, Untaken};
use fuel::Fuel;
use pattern::Pattern;
use scope::{Scope, of_json};

pub use scope::Asked;
pub use sieve::{Sieve, Sieved};

/// What a condition may name beside what its route extracts. `type`, `action`, `id` and `trust` are text or `null`; `time` is text
/// in RFC 3339; `headers` and `query` map names to text, or to a list where a query repeats one; header names are lower case.
/// `body` is what the body says ([`crate::view::View::of`]); bytes where it is binary.
pub const NAMES: &[&str] =
    &["type", "action", "source", "id", "time", "trust", "method", "path", "headers", "query", "body"];

/// The longest condition, in bytes.
const LONGEST: usize = 4096;
/// Loops within loops.
const DEEPEST: usize = 3;
/// Expressions within expressions. The engine goes down them on the stack, and its parser bounds brackets alone: `a + b + c` and
/// `a.b.c` are nested as well.
const MOST_NESTED: usize = 128;

/// A condition, ready to judge.
#[derive(Clone)]
pub struct Condition {
    text: String,
    expression: Arc<IdedExpr>,
    patterns: Arc<[Pattern]>,
    mentions: Vec<String>,
    sieve: Sieve,
    unguarded: Vec<String>,
}

/// Why a text is no condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The character of the text where it is, from 0.
    pub at: usize,
    /// What it is: a lowercase fragment.
    pub what: String,
}

/// Why a condition came to no answer. Says nothing of what the event holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// It asked for a body that cannot be read.
    Malformed,
    /// It failed: what it asked for is not there, or not of the kind that it took it for.
    Failed(&'static str),
}

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut environment = Env::stdlib();
    // They cannot be there twice: no expression can spell the names.
    let _declared = fuel::declare(&mut environment).and_then(|()| pattern::declare(&mut environment));
    Arc::new(environment)
});

impl Condition {
    /// Reads a condition whose route extracts these names.
    ///
    /// # Errors
    /// Every [`Flaw`], in the order of the text.
    pub fn parse(text: &str, extracts: &[&str]) -> Result<Self, Vec<Flaw>> {
        if text.len() > LONGEST {
            return Err(vec![Flaw { at: 0, what: format!("longer than {LONGEST} bytes") }]);
        }
        let (mut expression, places) = ENVIRONMENT.parser().parse_with_source_info(text).map_err(|errors| {
            let flaw = |error: cel::ParseError| Flaw { at: offset(text, error.pos), what: plain(&error.msg) };
            errors.errors.into_iter().map(flaw).collect::<Vec<_>>()
        })?;
        if is_nested_deeper(&expression, MOST_NESTED) {
            return Err(vec![Flaw { at: 0, what: format!("nested more than {MOST_NESTED} deep") }]);
        }
        let at = |id: u64| places.offset_for(id).map_or(0, |(start, _)| start as usize);
        let known: Vec<&str> = NAMES.iter().copied().chain(extracts.iter().copied()).collect();
        let mut flaws = guarded::unknown(&expression, &known, &at);
        if fuel::depth(&expression) > DEEPEST {
            flaws.push(Flaw { at: 0, what: format!("loops are nested more than {DEEPEST} deep") });
        }
        flaws.extend(guarded::patterns(&expression, &at));
        flaws.extend(guarded::headers(&expression, &at));
        if !flaws.is_empty() {
            flaws.sort_by_key(|flaw| flaw.at);
            return Err(flaws);
        }
        let mentions = expression.references().variables().into_iter().map(str::to_owned).collect();
        let (sieve, unguarded) = (Sieve::of(&expression, extracts), guarded::unguarded(&expression));
        let mut patterns = Vec::new();
        fuel::meter(&mut expression, &mut patterns);
        let (text, expression) = (text.to_owned(), Arc::new(expression));
        Ok(Self { text, expression, patterns: patterns.into(), mentions, sieve, unguarded })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it takes for granted: members of the body, headers and parameters that it reads without asking `has()` first, which
    /// makes it fail where they are absent.
    #[must_use]
    pub fn unguarded(&self) -> &[String] {
        &self.unguarded
    }

    /// What an event must have for the condition to be anything but false, as far as that can be told without running it.
    #[must_use]
    pub const fn sieve(&self) -> &Sieve {
        &self.sieve
    }

    /// Judges an event for a route that extracts these.
    ///
    /// # Errors
    /// [`Undecided`].
    pub fn holds(&self, asked: &Asked<'_>, extracts: &[Extract]) -> Result<bool, Undecided> {
        let event = asked.event();
        let named = |name: &str| self.mentions.iter().any(|mentioned| mentioned == name);
        let view = if named("body") { Some(event.view().map_err(|_| Undecided::Malformed)?) } else { None };
        let mut taken = Vec::new();
        for extract in extracts.iter().filter(|extract| named(&extract.name)) {
            match extract.find(event) {
                Ok(value) => taken.push((extract.name.as_str(), value)),
                Err(Untaken::Malformed) => return Err(Undecided::Malformed),
                Err(Untaken::Unfit(_)) => return Err(Undecided::Failed("an extracted value is of another type")),
            }
        }
        let taken: Vec<_> = taken.iter().map(made).collect();
        let fuel = Fuel::of(asked.left.load(Ordering::Relaxed), view);
        let scope = Scope { asked, view, taken: &taken, patterns: &self.patterns, fuel: &fuel };
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        context.set_variable_resolver(&scope);
        let answer = Value::resolve(&self.expression, &context);
        asked.left.store(fuel.left(), Ordering::Relaxed);
        if fuel.left() == 0 {
            return Err(Undecided::Failed("it takes too much work for one event"));
        }
        match answer {
            Ok(Value::Bool(answer)) => Ok(answer),
            Ok(_) => Err(Undecided::Failed("its value is neither true nor false")),
            Err(error) => Err(Undecided::Failed(kind(&error))),
        }
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Condition").field(&self.text).finish()
    }
}

/// An extracted value as the engine has it; what is absent is `null`.
fn made<'a>((name, value): &'a (&'a str, Option<serde_json::Value>)) -> (&'a str, Box<dyn Val + 'a>) {
    (name, value.as_ref().map_or_else(|| Box::new(CelNull) as _, of_json))
}

/// The engine's own words may repeat the body: only the kind of its error goes on.
#[expect(clippy::wildcard_enum_match_arm, reason = "the engine may have more")]
fn kind(error: &ExecutionError) -> &'static str {
    match error {
        ExecutionError::NoSuchKey(_) => "it reads what is not there: ask has() first",
        ExecutionError::IndexOutOfBounds(_) => "it reads past the end of a list",
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "it divides by zero",
        ExecutionError::Overflow(..) => "a number overflows",
        ExecutionError::FunctionError { .. } => "a function refuses what it is given",
        _ => "a value is not of the type that it takes it for",
    }
}

/// From the parser's line and column to a character of the text.
fn offset(text: &str, (line, column): (isize, isize)) -> usize {
    let lines = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let before: usize = text.split_inclusive('\n').take(lines).map(|line| line.chars().count()).sum();
    before.saturating_add(usize::try_from(column).unwrap_or(1).saturating_sub(1)).min(text.chars().count())
}

/// The parser's message in one line, in lower case.
fn plain(message: &str) -> String {
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
    message.lines().collect::<Vec<_>>().join(" ")
}

/// Level by level: to go down would be what this is there to prevent.
fn is_nested_deeper(expression: &IdedExpr, most: usize) -> bool {
    let mut level = vec![expression];
    for _ in 0..most {
        level = level.into_iter().flat_map(children).collect();
    }
    !level.is_empty()
}

/// Every expression below one, that one first.
fn below<'e>(expression: &'e IdedExpr, visit: &mut dyn FnMut(&'e IdedExpr)) {
    visit(expression);
    for child in children(expression) {
        below(child, visit);
    }
}

fn children(expression: &IdedExpr) -> Vec<&IdedExpr> {
    match &expression.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Comprehension(it) => {
            vec![&it.iter_range, &it.accu_init, &it.loop_cond, &it.loop_step, &it.result]
        }
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|entry| of_entry(&entry.expr)).collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Struct(it) => it.entries.iter().flat_map(|entry| of_entry(&entry.expr)).collect(),
    }
}

fn of_entry(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}

#[cfg(test)]
mod tests;
