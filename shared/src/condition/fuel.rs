//! What one judgement may cost. Only loops can cost more than the condition is long, so each loop pays for all its turns before
//! the first, by a call that is put around what it goes over.

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::common::types::{self, CelInt, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::{DeclarationError, Env, ExecutionError};

use serde_json::Value as Json;

use super::{below, children};
use crate::view::View;

/// Some tens of nanoseconds each: a judgement ends within a few tenths of a second.
const FUEL: u64 = 10_000_000;
/// What a call costs beside its operands.
const CALL: u64 = 20;
/// Bytes of text that are looked through for one unit.
const BYTES: u64 = 64;

/// Names that no condition can spell.
const SPEND: &str = "@spend";
/// The variable that holds the [`Fuel`].
pub(super) const NAME: &str = "@fuel";

/// What is left for one judgement.
#[derive(Debug)]
pub(super) struct Fuel {
    left: AtomicU64,
    /// What a call costs where its operands are the longest texts of the body.
    call: u64,
    /// What it costs to go through every value of the body.
    values: u64,
}

impl Fuel {
    pub(super) fn for_view(view: Option<&View>) -> Self {
        let longest = view.map_or(0, View::longest) as u64;
        let values = view.map_or(0, |view| count(view.value()));
        Self { left: AtomicU64::new(FUEL), call: CALL + longest / BYTES, values }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    /// Pays for so many turns with so many calls and searches each.
    fn spend(&self, turns: u64, calls: u64, searches: u64) -> bool {
        let turn = calls.saturating_mul(self.call).saturating_add(searches.saturating_mul(self.values));
        let left = self.left.load(Ordering::Relaxed).saturating_sub(turns.saturating_mul(turn.max(1)));
        self.left.store(left, Ordering::Relaxed);
        left > 0
    }
}

fn count(value: &Json) -> u64 {
    match value {
        Json::Array(items) => items.iter().map(count).sum::<u64>() + 1,
        Json::Object(members) => members.values().map(count).sum::<u64>() + 1,
        Json::Null | Json::Bool(_) => 1,
        Json::Number(_) | Json::String(_) => 1,
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
        let left = AtomicU64::new(self.left.load(Ordering::Relaxed));
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

/// Makes every loop pay.
pub(super) fn meter(expression: &mut IdedExpr) {
    match &mut expression.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
        Expr::Call(call) => call.target.as_deref_mut().into_iter().chain(&mut call.args).for_each(meter),
        Expr::List(list) => list.elements.iter_mut().for_each(meter),
        Expr::Select(select) => meter(&mut select.operand),
        Expr::Map(map) => map.entries.iter_mut().for_each(|entry| meter_entry(&mut entry.expr)),
        Expr::Struct(it) => it.entries.iter_mut().for_each(|entry| meter_entry(&mut entry.expr)),
        Expr::Comprehension(it) => {
            let (calls, searches) = cost(&it.loop_step);
            for part in [&mut it.iter_range, &mut it.accu_init, &mut it.loop_step, &mut it.result] {
                meter(part);
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

fn meter_entry(entry: &mut cel::common::ast::EntryExpr) {
    use cel::common::ast::EntryExpr;
    match entry {
        EntryExpr::StructField(field) => meter(&mut field.value),
        EntryExpr::MapEntry(entry) => {
            meter(&mut entry.key);
            meter(&mut entry.value);
        }
    }
}

/// The calls of one turn, and how many of them may go through a whole list or map.
fn cost(turn: &IdedExpr) -> (i64, i64) {
    let (mut calls, mut searches) = (1, 0);
    below(turn, &mut |inner| {
        if let Expr::Call(call) = &inner.expr {
            calls += 1;
            let is_literal = |argument: &IdedExpr| matches!(argument.expr, Expr::Literal(_) | Expr::List(_));
            let compares = matches!(call.func_name.as_str(), operators::IN | operators::EQUALS | operators::NOT_EQUALS);
            searches += i64::from(compares && !call.args.iter().any(is_literal));
            searches += i64::from(call.func_name == operators::IN && !call.args.get(1).is_some_and(is_literal));
        }
    });
    (calls, searches)
}
