//! Walks a TOML tree along the grammar: every problem of form is reported, and what fits comes out as [`Settings`].
//! Knows shapes and tables, but no key by name.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::grammar::{Form, ROOT};
use super::problem::{either, meant, nearest};
use super::scalar::{self, Misfit};
use super::settings::{Entry, Settings, Value};
use super::{At, Key, Placed, Problem, Problems, Registry, Shape, Status};
use crate::name::is_name;

/// Reads a whole config: what fits, and every problem of form.
///
/// # Errors
///
/// Text that is not TOML. A tree mended after an error of syntax would yield problems that are not there.
pub(super) fn read(text: &str, origin: &str, registry: &Registry) -> Result<(Settings, Vec<Problem>), Problems> {
    let places = Places::of(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let problem = |error: &toml::de::Error| {
        let at = places.at(error.span().map_or(0, |span| span.start));
        Problem::new(at, error.message().lines().collect::<Vec<_>>().join(", "), "mend the TOML here")
    };
    Problems::refuse(origin, errors.iter().map(problem).collect(), ())?;
    let mut reader = Reader { registry, places, problems: Vec::new() };
    let settings = reader.table(root.get_ref(), At { line: 1, column: 1 }, ROOT, "");
    Ok((settings, reader.problems))
}

struct Reader<'a> {
    registry: &'a Registry,
    places: Places<'a>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>, at: At, keys: &[Key], path: &str) -> Settings {
        let problems_before = self.problems.len();
        let kind_keys = self.kind_keys(table, keys);
        let closed = kind_keys.is_some();
        let keys: Vec<Key> = keys.iter().copied().chain(kind_keys.unwrap_or_default()).collect();
        let (mut entries, mut misspelt, mut all_built) = (BTreeMap::new(), Vec::new(), true);
        for (name, value) in table {
            let key_at = self.places.at(name.span().start);
            let name = name.get_ref().as_ref();
            match keys.iter().find(|key| key.name == name) {
                Some(Key { status: Status::Later(fix), .. }) => {
                    self.problem(key_at, format!("{name:?} is not built yet"), *fix);
                    all_built = false;
                }
                Some(key) => {
                    entries.insert(name.to_owned(), self.entry(key_at, value, &key.shape, &child(path, name)));
                }
                None if closed => {
                    let built = keys.iter().filter(|key| key.status == Status::Built).map(|key| key.name);
                    let built: Vec<&str> = built.collect();
                    let fix = meant(name, built.iter().copied());
                    self.problem(key_at, format!("unknown key {name:?} in {}", title(path)), fix);
                    misspelt.extend(nearest(name, &built).map(|name| (name.to_owned(), key_at)));
                }
                None => {}
            }
        }
        // One mistake, one line: a misspelt key stands in for the one that was meant, so nothing finds that one missing.
        for (name, key_at) in misspelt {
            entries.entry(name).or_insert(Entry { key_at, at: key_at, value: None });
        }
        // A key that is not built yet may stand in place of a required one.
        let missing = keys.iter().filter(|key| key.required && all_built && !entries.contains_key(key.name));
        for key in missing.collect::<Vec<_>>() {
            self.problem(at, format!("{} has no {:?}", title(path), key.name), self.addition(key));
        }
        Settings { at, sound: self.problems.len() == problems_before, entries }
    }

    /// A table of one of several forms. Where it is not clear of which, that is its only problem.
    fn form(&mut self, table: &DeTable<'_>, at: At, (forms, also): (&[Form], &[Key]), path: &str) -> Settings {
        let problems_before = self.problems.len();
        let places = &self.places;
        let at_of = |name: &str| table.get_key_value(name).map_or(at, |(name, _)| places.at(name.span().start));
        let mut chosen: Vec<&Form> = forms.iter().filter(|form| table.contains_key(form.choice.name)).collect();
        chosen.sort_by_key(|form| at_of(form.choice.name));
        let choices: Vec<&str> = forms.iter().map(|form| form.choice.name).collect();
        let misspelt =
            || table.keys().map(|name| name.get_ref().as_ref()).find(|name| nearest(name, &choices).is_some());
        let unclear = match (chosen.as_slice(), misspelt()) {
            ([form], _) => {
                // A key of another form is no misspelling.
                let is_of = |form: &&Form, name: &str| form.own().any(|key| key.name == name);
                let (mut own, mut others) = (DeTable::new(), Vec::new());
                for (name, value) in table {
                    let text = name.get_ref().as_ref();
                    match forms.iter().find(|other| is_of(other, text)).filter(|_| !is_of(form, text)) {
                        Some(other) => others.push(Problem::new(
                            at_of(text),
                            format!("{text:?} beside {:?}", form.choice.name),
                            format!("remove it: it goes with {:?}", other.choice.name),
                        )),
                        None => drop(own.insert(name.clone(), value.clone())),
                    }
                }
                self.problems.extend(others);
                let read = self.table(&own, at, &form.own().chain(also.iter().copied()).collect::<Vec<_>>(), path);
                return Settings { sound: self.problems.len() == problems_before, ..read };
            }
            ([first, second, ..], _) => {
                let (first, second) = (first.choice.name, second.choice.name);
                Problem::new(at_of(second), format!("{second:?} beside {first:?}"), "keep one of them")
            }
            ([], Some(name)) => {
                let what = format!("unknown key {name:?} in {}", title(path));
                Problem::new(at_of(name), what, meant(name, choices.iter().copied()))
            }
            ([], None) => {
                let what = format!("{} does not say of what kind it is", title(path));
                Problem::new(at, what, format!("add {}", either(&choices)))
            }
        };
        self.problems.push(unclear);
        Settings { at, sound: false, entries: BTreeMap::new() }
    }

    /// The keys that the table's kind brings along; `None` where the kind is not known, so no key can be called unknown.
    fn kind_keys(&self, table: &DeTable<'_>, keys: &[Key]) -> Option<Vec<Key>> {
        let chosen = |key: &Key| if let Shape::Kind(family) = key.shape { Some((key.name, family)) } else { None };
        let Some((key, family)) = keys.iter().find_map(chosen) else { return Some(Vec::new()) };
        let kinds = self.registry.kinds(family);
        let kind = match table.get(key) {
            Some(name) => kinds.iter().find(|kind| kind.built && name.get_ref().as_str() == Some(kind.name)),
            None => kinds.first().filter(|_| !keys.iter().any(|known| known.name == key && known.required)),
        };
        kind.map(|kind| kind.own_keys().collect())
    }

    /// The fix for a key that must be there.
    fn addition(&self, key: &Key) -> String {
        let Key { name, shape, doc, .. } = *key;
        if let Shape::Kind(family) = shape {
            format!("add {name}: {}", either(&self.registry.built(family).collect::<Vec<_>>()))
        } else if let Shape::Named(_) = shape {
            format!("add [{name}.NAME]: {doc}")
        } else if let Shape::List(Shape::Table(_)) = shape {
            format!("add [[{name}]]: {doc}")
        } else {
            format!("add {name}: {doc}")
        }
    }

    /// Tables whose keys the operator chooses.
    fn chosen(&mut self, table: &DeTable<'_>, at: At, shape: &Shape, path: &str) -> Settings {
        let problems_before = self.problems.len();
        let mut entries = BTreeMap::new();
        for (name, value) in table {
            let key_at = self.places.at(name.span().start);
            let name = name.get_ref().as_ref();
            entries.insert(name.to_owned(), self.entry(key_at, value, shape, &child(path, name)));
        }
        Settings { at, sound: self.problems.len() == problems_before, entries }
    }

    fn entry(&mut self, key_at: At, value: &Spanned<DeValue<'_>>, shape: &Shape, path: &str) -> Entry {
        let at = self.places.at(value.span().start);
        // The header of a table is its name; its value starts at a bracket or wherever its first dotted key stands.
        let at = if value.get_ref().is_table() { key_at } else { at };
        Entry { key_at, at, value: self.value(value.get_ref(), at, shape, path) }
    }

    fn value(&mut self, value: &DeValue<'_>, at: At, shape: &Shape, path: &str) -> Option<Value> {
        let fit = match (shape, value) {
            (Shape::Table(keys), DeValue::Table(table)) => Ok(Value::Table(self.table(table, at, keys, path))),
            (Shape::Forms { forms, also }, DeValue::Table(table)) => {
                Ok(Value::Table(self.form(table, at, (forms, also), path)))
            }
            (Shape::Extract(keys) | Shape::OneOfOr(_, keys), DeValue::Table(table)) => {
                Ok(Value::Table(self.table(table, at, keys, path)))
            }
            (Shape::Named(_), DeValue::Table(table)) if table.is_empty() => Err(Misfit::empty()),
            (Shape::Named(keys), DeValue::Table(table)) => {
                self.check_names(table);
                Ok(Value::Table(self.chosen(table, at, &Shape::Table(keys), path)))
            }
            (Shape::Map(shape), DeValue::Table(table)) => Ok(Value::Table(self.chosen(table, at, shape, path))),
            (Shape::List(_) | Shape::OneOrMore(_), DeValue::Array(list)) if list.is_empty() => Err(Misfit::empty()),
            (Shape::List(shape) | Shape::OneOrMore(shape), DeValue::Array(list)) => {
                return self.list(list, shape, path);
            }
            (Shape::OneOrMore(shape), value) => return self.value(value, at, shape, path),
            (Shape::Bool | Shape::Split, DeValue::Boolean(value)) => Ok(Value::Bool(*value)),
            (Shape::Integer { min, max }, DeValue::Integer(number)) => {
                scalar::integer(number, *min, *max).map(Value::Integer)
            }
            (Shape::Bytes { min, max }, DeValue::Integer(number)) => {
                let amount = scalar::integer(number, i64::MIN, i64::MAX).map(u64::try_from);
                amount.and_then(|amount| scalar::bytes(amount.map_err(|_| Misfit::form(shape))?, *min, *max))
            }
            (shape, DeValue::String(text)) => scalar::text(text, shape, self.registry),
            _ => Err(Misfit::form(shape)),
        };
        fit.map_err(|Misfit { is, fix }| self.problem(at, format!("{} {is}", label(path)), fix)).ok()
    }

    /// A list with one refused entry is refused, but only after the others have been read too.
    fn list(&mut self, list: &DeArray<'_>, shape: &Shape, path: &str) -> Option<Value> {
        let path = format!("{path}[]");
        let mut entries = Vec::new();
        for entry in list {
            let at = self.places.at(entry.span().start);
            entries.push(self.value(entry.get_ref(), at, shape, &path).map(|value| Placed { value, at }));
        }
        entries.into_iter().collect::<Option<_>>().map(Value::List)
    }

    fn check_names(&mut self, table: &DeTable<'_>) {
        for name in table.keys() {
            let at = self.places.at(name.span().start);
            let name = name.get_ref();
            if !is_name(name) {
                let fix = "use at most 63 of a-z, 0-9, - and _, a letter or digit first";
                self.problem(at, format!("{name:?} is not a name"), fix);
            }
        }
    }

    fn problem(&mut self, at: At, what: String, fix: impl Into<String>) {
        self.problems.push(Problem::new(at, what, fix));
    }
}

/// The path of a key in a table: `source.github`. A list's entries are at `route[]`.
fn child(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// How a table is called: by its header.
fn title(path: &str) -> String {
    match path.strip_suffix("[]") {
        Some(list) => format!("[[{list}]]"),
        None if path.is_empty() => "the config".to_owned(),
        None => format!("[{path}]"),
    }
}

/// How a value is called: by its key.
fn label(path: &str) -> String {
    let key = path.rsplit('.').next().unwrap_or(path);
    match key.strip_suffix("[]") {
        Some(list) => format!("an entry of {list:?}"),
        None => format!("{key:?}"),
    }
}

/// Byte offsets to lines and columns.
struct Places<'a> {
    text: &'a str,
    line_starts: Vec<usize>,
}

impl Places<'_> {
    fn of(text: &str) -> Places<'_> {
        let after_breaks = text.match_indices('\n').map(|(offset, _)| offset.saturating_add(1));
        Places { text, line_starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    fn at(&self, offset: usize) -> At {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let before = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        At { line, column: before.saturating_add(1) }
    }
}
