//! What the conditions of one event may cost together. Only loops can cost more than a condition is long, so each loop pays for
//! all its turns before the first, by a call that is put around what it goes over.

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::common::types::{self, CelInt, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::{DeclarationError, Env, ExecutionError};

use super::pattern::{self, Pattern};
use super::{below, children};
use crate::view::{Size, View};

/// Some tens of nanoseconds each: all judgements of an event end within a few tenths of a second.
pub(super) const FUEL: u64 = 10_000_000;
/// What a call costs beside its operands.
const CALL: u64 = 20;
/// What it costs to compile a pattern that is not fixed, in calls.
const COMPILE: i64 = 10_000;
/// Bytes of text that are looked through for one unit.
const BYTES: u64 = 64;
/// What it costs to copy a value: a loop copies what it goes over, item by item.
const COPY: u64 = 4;

/// Names that no condition can spell.
const SPEND: &str = "@spend";
/// The variable that holds the [`Fuel`].
pub(super) const NAME: &str = "@fuel";

/// What is left for one event.
#[derive(Debug)]
pub(super) struct Fuel {
    left: AtomicU64,
    /// What a call costs where its operands are the longest texts of the body.
    call: u64,
    /// What it costs to go through every value of the body.
    values: u64,
}

impl Fuel {
    /// So much of it, for conditions on this body.
    pub(super) fn of(left: u64, view: Option<&View>) -> Self {
        let Size { longest, values } = view.map(View::size).unwrap_or_default();
        Self { left: AtomicU64::new(left), call: CALL + longest as u64 / BYTES, values: values as u64 }
    }

    pub(super) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Pays for so many turns with so many calls and searches each.
    fn spend(&self, turns: u64, calls: u64, searches: u64) -> bool {
        let turn = calls.saturating_mul(self.call).saturating_add(searches.saturating_mul(self.values));
        let copies = self.values.saturating_mul(COPY);
        let left = self.left().saturating_sub(turns.saturating_mul(turn.max(1)).saturating_add(copies));
        self.left.store(left, Ordering::Relaxed);
        left > 0
    }
}

static FUEL_TYPE: Type = Type::new_unspecified_type(NAME);

impl Val for Fuel {
    fn get_type(&self) -> &Type {
        <Self as Val>::cel_type()
    }
    fn cel_type() -> &'static Type {
        &FUEL_TYPE
    }
    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        let left = AtomicU64::new(self.left());
        Box::new(Self { left, call: self.call, values: self.values })
    }
    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Fuel {}

/// Declares the call that pays: fuel, calls and searches of a turn, what is gone over.
pub(super) fn declare(environment: &mut Env) -> Result<(), DeclarationError> {
    let arguments = vec![FUEL_TYPE.to_owned(), types::INT_TYPE, types::INT_TYPE, types::DYN_TYPE];
    environment.add_overload(SPEND, SPEND, arguments, |arguments| {
        let spent = || ExecutionError::function_error(SPEND, "too much work");
        let Ok([fuel, calls, searches, range]) = <[CowVal<'_, '_>; 4]>::try_from(arguments) else {
            return Err(spent());
        };
        let number =
            |value: &CowVal<'_, '_>| value.downcast_ref::<CelInt>().and_then(|it| u64::try_from(*it.inner()).ok());
        let turns = range.as_sizer().and_then(|sizer| u64::try_from(*sizer.size().inner()).ok()).unwrap_or(1);
        let paid = fuel.downcast_ref::<Fuel>().zip(number(&calls)).zip(number(&searches));
        let paid = paid.is_some_and(|((fuel, calls), searches)| fuel.spend(turns, calls, searches));
        if paid { Ok(range) } else { Err(spent()) }
    })
}

/// How deep loops are nested.
pub(super) fn depth(expression: &IdedExpr) -> usize {
    let inner = children(expression).into_iter().map(depth).max().unwrap_or_default();
    inner.saturating_add(usize::from(matches!(expression.expr, Expr::Comprehension(_))))
}

/// Makes every loop pay, and compiles fixed patterns.
pub(super) fn meter(expression: &mut IdedExpr, patterns: &mut Vec<Pattern>) {
    match &mut expression.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
        Expr::Call(call) => {
            call.target.as_deref_mut().into_iter().chain(&mut call.args).for_each(|part| meter(part, patterns));
            pattern::compile(call, patterns);
        }
        Expr::List(list) => list.elements.iter_mut().for_each(|part| meter(part, patterns)),
        Expr::Select(select) => meter(&mut select.operand, patterns),
        Expr::Map(map) => map.entries.iter_mut().for_each(|entry| meter_entry(&mut entry.expr, patterns)),
        Expr::Struct(it) => it.entries.iter_mut().for_each(|entry| meter_entry(&mut entry.expr, patterns)),
        Expr::Comprehension(it) => {
            let (calls, searches) = cost(&it.loop_step);
            // What a turn adds to a list may be as large as the body.
            let searches = searches + i64::from(matches!(it.accu_init.expr, Expr::List(_)));
            for part in [&mut it.iter_range, &mut it.accu_init, &mut it.loop_step, &mut it.result] {
                meter(part, patterns);
            }
            let number = |number: i64| IdedExpr { id: 0, expr: Expr::Literal(LiteralValue::Int(CelInt::from(number))) };
            let fuel = IdedExpr { id: 0, expr: Expr::Ident(NAME.to_owned()) };
            let range = std::mem::take(&mut it.iter_range);
            let args = vec![fuel, number(calls), number(searches), range];
            let call = CallExpr { func_name: SPEND.to_owned(), target: None, args };
            it.iter_range = IdedExpr { id: 0, expr: Expr::Call(call) };
        }
    }
}

fn meter_entry(entry: &mut cel::common::ast::EntryExpr, patterns: &mut Vec<Pattern>) {
    use cel::common::ast::EntryExpr;
    match entry {
        EntryExpr::StructField(field) => meter(&mut field.value, patterns),
        EntryExpr::MapEntry(entry) => {
            meter(&mut entry.key, patterns);
            meter(&mut entry.value, patterns);
        }
    }
}

/// The calls of one turn, and how many of them may go through a whole list or map.
fn cost(turn: &IdedExpr) -> (i64, i64) {
    let (mut calls, mut searches) = (1, 0);
    below(turn, &mut |inner| {
        if let Expr::Call(call) = &inner.expr {
            let is_literal = |argument: &IdedExpr| matches!(argument.expr, Expr::Literal(_) | Expr::List(_));
            let compiles = call.func_name == "matches" && !call.args.last().is_some_and(is_literal);
            calls += if compiles { COMPILE } else { 1 };
            let compares = matches!(call.func_name.as_str(), operators::IN | operators::EQUALS | operators::NOT_EQUALS);
            searches += i64::from(compares && !call.args.iter().any(is_literal));
            searches += i64::from(call.func_name == operators::IN && !call.args.get(1).is_some_and(is_literal));
        }
    });
    (calls, searches)
}
