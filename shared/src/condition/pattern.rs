//! Fixed patterns of `matches`, compiled once. The engine compiles one anew at each call: `^[\w.-]{1,64}@[\w.-]{1,64}$` takes it a
//! tenth of a second, in each turn of a loop.

use std::any::Any;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};
use cel::common::types::{self, CelBool, CelString, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::{DeclarationError, Env, ExecutionError};
use regex::Regex;

/// Names that no condition can spell.
const MATCHES: &str = "@matches";
const NAME: &str = "@pattern";

/// A pattern, as a value of the engine's.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

static PATTERN_TYPE: Type = Type::new_unspecified_type(NAME);

impl Val for Pattern {
    fn get_type(&self) -> &Type {
        <Self as Val>::cel_type()
    }
    fn cel_type() -> &'static Type {
        &PATTERN_TYPE
    }
    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }
    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Pattern {}

/// Declares the call that stands for `matches`.
pub(super) fn declare(environment: &mut Env) -> Result<(), DeclarationError> {
    let arguments = vec![types::STRING_TYPE, PATTERN_TYPE.to_owned()];
    environment.add_overload(MATCHES, MATCHES, arguments, |arguments| {
        let matched = match arguments.as_slice() {
            [text, pattern] => text.downcast_ref::<CelString<'_>>().zip(pattern.downcast_ref::<Pattern>()),
            _ => None,
        };
        let matched = matched.map(|(text, pattern)| pattern.0.is_match(text.inner()));
        matched
            .map(|matched| CowVal::owned(CelBool::from(matched)))
            .ok_or_else(|| ExecutionError::function_error(MATCHES, "no text"))
    })
}

/// Puts a call with a compiled pattern into the place of `matches` with a fixed one.
pub(super) fn compile(call: &mut CallExpr, patterns: &mut Vec<Pattern>) {
    if call.func_name == "matches"
        && let Some(IdedExpr { expr, .. }) = call.args.last_mut()
        && let Expr::Literal(LiteralValue::String(text)) = &*expr
        && let Ok(pattern) = Regex::new(text.inner())
    {
        *expr = Expr::Ident(format!("{NAME}{}", patterns.len()));
        patterns.push(Pattern(pattern));
        call.func_name = MATCHES.to_owned();
        call.args.splice(..0, call.target.take().map(|text| *text));
    }
}

/// The pattern of that name.
pub(super) fn named<'p>(name: &str, patterns: &'p [Pattern]) -> Option<&'p Pattern> {
    patterns.get(name.strip_prefix(NAME)?.parse::<usize>().ok()?)
}
