//! What can be told of a condition from its text: names that are none, patterns that are none, and what it takes for granted.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};

use super::{Flaw, below, children};
use crate::config::meant;

/// Every name that stands for nothing, and every function that there is not.
pub(super) fn unknown(expression: &IdedExpr, known: &[&str], at: &dyn Fn(u64) -> usize) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    names(expression, &mut known.iter().map(|name| (*name).to_owned()).collect(), &mut |id, name, bound| {
        let close: Vec<&str> = bound.iter().map(String::as_str).collect();
        flaws.push(Flaw { at: at(id), what: format!("{name:?} is not known: {}", meant(name, close)) });
    });
    below(expression, &mut |inner| {
        if let Expr::Call(call) = &inner.expr
            && call.func_name.starts_with(|first: char| first.is_ascii_alphabetic())
            && !FUNCTIONS.contains(&call.func_name.as_str())
        {
            let what = format!(
                "there is no function {:?}: {}",
                call.func_name,
                meant(&call.func_name, FUNCTIONS.iter().copied())
            );
            // The engine places a call at its bracket.
            flaws.push(Flaw { at: at(inner.id).saturating_sub(call.func_name.len()), what });
        }
    });
    flaws
}

/// The functions of the standard library that the engine has (cel-spec, `doc/langdef.md`, "List of Standard Definitions"), but
/// those of durations and times of day.
const FUNCTIONS: &[&str] = &[
    "bool",
    "bytes",
    "contains",
    "double",
    "dyn",
    "endsWith",
    "int",
    "matches",
    "size",
    "startsWith",
    "string",
    "type",
    "uint",
    "orValue",
    "or",
    "hasValue",
    "value",
];

/// Visits each free name.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is of another kind says nothing here")]
fn names(expression: &IdedExpr, bound: &mut Vec<String>, visit: &mut dyn FnMut(u64, &str, &[String])) {
    match &expression.expr {
        Expr::Ident(name) => {
            let is_type = TYPES.contains(&name.as_str());
            if !bound.contains(name) && !is_type && !name.starts_with('@') {
                visit(expression.id, name, bound);
            }
        }
        Expr::Comprehension(it) => {
            names(&it.iter_range, bound, visit);
            let before = bound.len();
            bound.extend([it.iter_var.clone(), it.accu_var.clone()]);
            bound.extend(it.iter_var2.clone());
            for part in [&it.accu_init, &it.loop_cond, &it.loop_step, &it.result] {
                names(part, bound, visit);
            }
            bound.truncate(before);
        }
        _ => children(expression).into_iter().for_each(|child| names(child, bound, visit)),
    }
}

/// Types that an expression may name, as in `type(x) == string`; `optional` is the namespace of a function.
const TYPES: &[&str] =
    &["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint", "optional"];

/// Every fixed pattern of `matches` that is no regular expression.
pub(super) fn patterns(expression: &IdedExpr, at: &dyn Fn(u64) -> usize) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    below(expression, &mut |inner| {
        if let Expr::Call(call) = &inner.expr
            && call.func_name == "matches"
            && let Some(IdedExpr { id, expr: Expr::Literal(LiteralValue::String(pattern)) }) = call.args.last()
            && regex::Regex::new(pattern.inner()).is_err()
        {
            flaws.push(Flaw { at: at(*id), what: format!("{:?} is no regular expression", pattern.inner()) });
        }
    });
    flaws
}

/// Every header that is asked for by a name that none has here: they are lower case.
pub(super) fn headers(expression: &IdedExpr, at: &dyn Fn(u64) -> usize) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    below(expression, &mut |inner| {
        let Expr::Call(call) = &inner.expr else { return };
        let (map, name) = match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::INDEX, [map, name]) | (operators::IN, [name, map]) => (map, name),
            _ => return,
        };
        if let (Expr::Ident(map), Expr::Literal(LiteralValue::String(text))) = (&map.expr, &name.expr)
            && map == "headers"
            && text.inner().bytes().any(|byte| byte.is_ascii_uppercase())
        {
            let what = format!("header names are lower case here: {:?}", text.inner().to_ascii_lowercase());
            flaws.push(Flaw { at: at(name.id), what });
        }
    });
    flaws
}

/// The members of the body, headers and parameters that are read without `has()` before them, each as it is written.
pub(super) fn unguarded(expression: &IdedExpr) -> Vec<String> {
    let mut found = Vec::new();
    walk(expression, &mut Vec::new(), &mut found);
    found
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what is of another kind says nothing here")]
fn walk(expression: &IdedExpr, sure: &mut Vec<String>, found: &mut Vec<String>) {
    let before = sure.len();
    match &expression.expr {
        Expr::Call(call) if call.func_name == operators::LOGICAL_AND => {
            // On either side: what is false on one side is false, whatever fails on the other.
            call.args.iter().for_each(|part| tests(part, true, sure));
            call.args.iter().for_each(|part| walk(part, sure, found));
        }
        Expr::Call(call) if call.func_name == operators::LOGICAL_OR => {
            call.args.iter().for_each(|part| tests(part, false, sure));
            call.args.iter().for_each(|part| walk(part, sure, found));
        }
        Expr::Call(call) if call.func_name == operators::CONDITIONAL => {
            if let [asked, yes, no] = call.args.as_slice() {
                walk(asked, sure, found);
                tests(asked, true, sure);
                walk(yes, sure, found);
                sure.truncate(before);
                tests(asked, false, sure);
                walk(no, sure, found);
            }
        }
        _ if let Some(path) =
            path(expression).filter(|path| !ROOTS.contains(&path.as_str()) && !sure.contains(path)) =>
        {
            // The outermost that may be absent is enough to say.
            let mut outer = Vec::new();
            children(expression).into_iter().for_each(|child| walk(child, sure, &mut outer));
            if outer.is_empty() {
                outer.push(path);
            }
            outer.retain(|path| !found.contains(path));
            found.extend(outer);
        }
        _ => children(expression).into_iter().for_each(|child| walk(child, sure, found)),
    }
    sure.truncate(before);
}

/// What is there where `expression` is `outcome`.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is of another kind says nothing here")]
fn tests(expression: &IdedExpr, outcome: bool, sure: &mut Vec<String>) {
    match &expression.expr {
        Expr::Select(select) if select.test && outcome => {
            sure.extend(path(&select.operand).map(|of| member(&of, &select.field)));
        }
        Expr::Call(call) if call.func_name == operators::LOGICAL_NOT => {
            call.args.iter().for_each(|part| tests(part, !outcome, sure));
        }
        Expr::Call(call) if call.func_name == if outcome { operators::LOGICAL_AND } else { operators::LOGICAL_OR } => {
            call.args.iter().for_each(|part| tests(part, outcome, sure));
        }
        Expr::Call(call) if outcome && call.func_name == operators::IN => {
            if let [IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }, map] = call.args.as_slice() {
                sure.extend(path(map).map(|of| member(&of, name.inner())));
            }
        }
        _ => {}
    }
}

/// What has members that may be absent.
const ROOTS: &[&str] = &["body", "headers", "query"];

/// `body.a.b`, `headers["x-y"]` and `query.q` as they are written; nothing for what is always there.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is of another kind says nothing here")]
fn path(expression: &IdedExpr) -> Option<String> {
    match &expression.expr {
        Expr::Ident(name) => ROOTS.contains(&name.as_str()).then(|| name.clone()),
        Expr::Select(select) if !select.test => Some(member(&path(&select.operand)?, &select.field)),
        Expr::Call(call) if call.func_name == operators::INDEX => {
            let [of, IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }] = call.args.as_slice() else {
                return None;
            };
            Some(member(&path(of)?, name.inner()))
        }
        _ => None,
    }
}

fn member(of: &str, name: &str) -> String {
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name && !name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("{of}.{name}")
    } else {
        format!("{of}[{name:?}]")
    }
}
