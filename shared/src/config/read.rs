//! Walks a TOML tree along the grammar: every problem of form is reported, and what fits comes out as [`Settings`].
//! Knows shapes and tables, but no key by name.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderName, Uri};
use ipnet::IpNet;
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use super::grammar::{Family, Kind, ROOT};
use super::problem::{either, meant, nearest};
use super::secret_ref::FORMS;
use super::units;
use super::{At, Key, Locator, Placed, Problem, Problems, Rate, Registry, SecretRef, Shape, SignedPart, Status};

/// The checked keys of one table: what an adapter gets of its destination. A key that is absent reads as nothing.
#[derive(Debug, Clone)]
pub struct Settings {
    at: At,
    sound: bool,
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    key_at: At,
    at: At,
    /// `None` where the value was refused: the key is there, and its problem is reported.
    value: Option<Value>,
}

/// A value that fits its shape.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Bool(bool),
    Bytes(u64),
    Duration(Duration),
    Header(HeaderName),
    Integer(i64),
    Kind(&'static Kind),
    List(Vec<Placed<Value>>),
    Locator(Locator),
    Net(IpNet),
    Part(SignedPart),
    Rate(Rate),
    Secret(SecretRef),
    Table(Settings),
    Text(String),
}

/// The Rust type behind one variant of [`Value`].
pub(super) trait Typed: Clone {
    fn of(value: &Value) -> Option<&Self>;
}

macro_rules! typed {
    ($($variant:ident: $type:ty),+ $(,)?) => {$(
        impl Typed for $type {
            fn of(value: &Value) -> Option<&Self> {
                if let Value::$variant(inner) = value { Some(inner) } else { None }
            }
        }
    )+};
}

typed! {
    Bool: bool, Bytes: u64, Duration: Duration, Header: HeaderName, Integer: i64, Kind: &'static Kind,
    List: Vec<Placed<Value>>, Locator: Locator, Net: IpNet, Part: SignedPart, Rate: Rate, Secret: SecretRef,
    Table: Settings, Text: String,
}

impl Settings {
    /// The text of a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get::<String>(key).map(String::as_str)
    }

    /// The length of time of a key.
    pub fn duration(&self, key: &str) -> Option<Duration> {
        self.get(key).copied()
    }

    /// The bytes of a key.
    pub fn bytes(&self, key: &str) -> Option<u64> {
        self.get(key).copied()
    }

    /// The number of a key.
    pub fn integer(&self, key: &str) -> Option<i64> {
        self.get(key).copied()
    }

    /// Whether a flag is set.
    pub fn flag(&self, key: &str) -> bool {
        self.get(key) == Some(&true)
    }

    /// The texts of a list.
    pub fn texts(&self, key: &str) -> Vec<Placed<String>> {
        self.all(key)
    }

    /// The texts of a map, by the operator's keys.
    pub fn map(&self, key: &str) -> Vec<(&str, &str)> {
        let texts = self.get::<Settings>(key).map(Settings::named::<String>).into_iter().flatten();
        texts.map(|(name, _, text)| (name, text.as_str())).collect()
    }

    /// The references to secrets of a key, one or many.
    pub fn secrets(&self, key: &str) -> Vec<Placed<SecretRef>> {
        self.all(key)
    }

    /// Where the value of a key stands; the table itself when the key is absent.
    pub fn at(&self, key: &str) -> At {
        self.entries.get(key).map_or(self.at, |entry| entry.at)
    }

    /// Where a key itself stands, whatever its value.
    pub(super) fn key_at(&self, key: &str) -> Option<At> {
        self.entries.get(key).map(|entry| entry.key_at)
    }

    pub(super) fn get<T: Typed>(&self, key: &str) -> Option<&T> {
        self.entries.get(key)?.value.as_ref().and_then(T::of)
    }

    pub(super) fn placed<T: Typed>(&self, key: &str) -> Option<Placed<T>> {
        self.get::<T>(key).map(|value| Placed { value: value.clone(), at: self.at(key) })
    }

    /// The entries of a list that are of one type; a key that holds a single one is a list of it.
    pub(super) fn all<T: Typed>(&self, key: &str) -> Vec<Placed<T>> {
        if let Some(list) = self.get::<Vec<Placed<Value>>>(key) {
            let typed = |entry: &Placed<Value>| Some(Placed { value: T::of(&entry.value)?.clone(), at: entry.at });
            return list.iter().filter_map(typed).collect();
        }
        self.placed(key).into_iter().collect()
    }

    /// Whether the reader found nothing to report in this table.
    pub(super) fn is_sound(&self) -> bool {
        self.sound
    }

    /// Whether a key is there but its value was refused.
    pub(super) fn is_refused(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.value.is_none())
    }

    /// The names that the operator chose here, also those whose value was refused.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, At)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry.key_at))
    }

    /// What the operator named here, with the place of each name.
    pub(super) fn named<'a, T: Typed + 'a>(&'a self) -> impl Iterator<Item = (&'a str, At, &'a T)> {
        let typed =
            |(name, entry): (&'a String, &'a Entry)| Some((name.as_str(), entry.key_at, T::of(entry.value.as_ref()?)?));
        self.entries.iter().filter_map(typed)
    }
}

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
        let (mut entries, mut misspelt) = (BTreeMap::new(), Vec::new());
        for (name, value) in table {
            let key_at = self.places.at(name.span().start);
            let name = name.get_ref().as_ref();
            match keys.iter().find(|key| key.name == name) {
                Some(Key { status: Status::Later(fix), .. }) => {
                    self.problem(key_at, format!("{name:?} is not built yet"), *fix);
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
        for key in keys.iter().filter(|key| key.required && !entries.contains_key(key.name)) {
            self.problem(at, format!("{} has no {:?}", title(path), key.name), self.addition(key));
        }
        Settings { at, sound: self.problems.len() == problems_before, entries }
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
            (Shape::Bool, DeValue::Boolean(value)) => Ok(Value::Bool(*value)),
            (Shape::Integer { min, max }, DeValue::Integer(number)) => integer(number, *min, *max).map(Value::Integer),
            (Shape::Bytes { min, max }, DeValue::Integer(number)) => {
                let amount = integer(number, i64::MIN, i64::MAX).map(u64::try_from);
                amount.and_then(|amount| bytes(amount.map_err(|_| Misfit::form(shape))?, *min, *max))
            }
            (shape, DeValue::String(text)) => self.text(text, shape),
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

    fn text(&self, text: &str, shape: &Shape) -> Result<Value, Misfit> {
        let value = match shape {
            Shape::Bytes { min, max } => match units::bytes(text) {
                Some(amount) => return bytes(amount, *min, *max),
                None => None,
            },
            Shape::Duration { min, max } => match units::duration(text) {
                Some(length) => return duration(length, *min, *max),
                None => None,
            },
            Shape::Header => HeaderName::from_bytes(text.as_bytes()).ok().map(Value::Header),
            Shape::Kind(family) => return self.kind(text, *family),
            Shape::Locator => Locator::parse(text).map(Value::Locator),
            Shape::Net => units::net(text).map(Value::Net),
            Shape::OneOf(words) => return known(text, words),
            Shape::Part => SignedPart::parse(text).map(Value::Part),
            Shape::Path => is_path(text).then(|| Value::Text(text.to_owned())),
            Shape::Provider => return known(text, &self.registry.provider_names()),
            Shape::Rate => units::rate(text).map(Value::Rate),
            Shape::Secret => return self.secret(text),
            Shape::Text => (!text.is_empty()).then(|| Value::Text(text.to_owned())),
            Shape::Url => is_url(text).then(|| Value::Text(text.to_owned())),
            Shape::Bool | Shape::Integer { .. } | Shape::List(_) | Shape::OneOrMore(_) => None,
            Shape::Map(_) | Shape::Named(_) | Shape::Table(_) => None,
        };
        value.ok_or_else(|| Misfit::form(shape))
    }

    fn kind(&self, name: &str, family: Family) -> Result<Value, Misfit> {
        let built = self.registry.built(family);
        match self.registry.kinds(family).iter().find(|kind| kind.name == name) {
            Some(kind) if kind.built => Ok(Value::Kind(kind)),
            Some(_) => {
                let built: Vec<&str> = built.collect();
                Err(Misfit::new(format!("is {name:?}, which is not built yet"), format!("use {}", either(&built))))
            }
            None => Err(Misfit::unknown(name, built)),
        }
    }

    /// What is not a reference may be the secret itself, so no message here repeats the text.
    fn secret(&self, text: &str) -> Result<Value, Misfit> {
        let built = |scheme: &str| self.registry.secret_schemes.contains(&scheme);
        let forms: Vec<&str> = FORMS.iter().filter(|(scheme, _)| built(scheme)).map(|(_, form)| *form).collect();
        let fix = format!("write {}", either(&forms));
        match SecretRef::parse(text) {
            Some(reference) if built(reference.scheme()) => Ok(Value::Secret(reference)),
            Some(reference) => {
                Err(Misfit::new(format!("refers to {}://, which is not built yet", reference.scheme()), fix))
            }
            None => Err(Misfit::new("is not a reference to a secret", fix)),
        }
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

/// Why a value does not fit: what its key `is`, and the fix.
struct Misfit {
    is: String,
    fix: String,
}

impl Misfit {
    fn new(is: impl Into<String>, fix: impl Into<String>) -> Misfit {
        Misfit { is: is.into(), fix: fix.into() }
    }

    fn empty() -> Misfit {
        Misfit::new("is empty", "name at least one, or remove it")
    }

    fn unknown<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Misfit {
        Misfit::new(format!("is {word:?}, which is not known"), meant(word, known))
    }

    fn form(shape: &Shape) -> Misfit {
        let (noun, fix) = match shape {
            Shape::Bool => ("true or false", "write one of them, without quotes"),
            Shape::Bytes { .. } => ("a size", "write a number of bytes, or an amount such as \"256KiB\""),
            Shape::Duration { .. } => ("a length of time", "write a number and ms, s, m, h or d, such as \"8s\""),
            Shape::Header => ("the name of a header", "write one such as \"X-Signature\""),
            Shape::Integer { .. } => ("a whole number", "write one, without quotes"),
            Shape::Kind(_) | Shape::OneOf(_) | Shape::Provider => ("a name", "write one, in quotes"),
            Shape::List(_) => ("a list", "put it in brackets"),
            Shape::Locator => ("a place in a request", "write \"header:NAME\", \"json:/pointer\" or \"form:FIELD\""),
            Shape::Map(_) | Shape::Named(_) | Shape::Table(_) => {
                ("a table", "give it keys, under a [header] or in braces")
            }
            Shape::Net => ("an address or a range", "write one such as \"192.0.2.0/24\" or \"192.0.2.1\""),
            Shape::OneOrMore(shape) => return Misfit::form(shape),
            Shape::Part => ("a part of a request", "write \"body\", \"header:NAME\" or literal text"),
            Shape::Path => ("a path for a source", "write one such as \"/in/stripe\", without ? and #, not under /-/"),
            Shape::Rate => ("a rate", "write a number and s, m or h, such as \"50/s\""),
            Shape::Secret => ("a reference to a secret", "write it in quotes, such as \"env://NAME\""),
            Shape::Text => ("text", "write some, in quotes"),
            Shape::Url => ("a URL", "write one such as \"https://hooks.example.com\""),
        };
        Misfit::new(format!("is not {noun}"), fix)
    }
}

fn within<T: PartialOrd>(amount: T, min: T, max: T, written: impl Fn(T) -> String) -> Result<T, Misfit> {
    if amount < min || amount > max {
        return Err(Misfit::new("is out of range", format!("write {} to {}", written(min), written(max))));
    }
    Ok(amount)
}

fn integer(number: &DeInteger<'_>, min: i64, max: i64) -> Result<i64, Misfit> {
    let overflow = if number.as_str().starts_with('-') { i64::MIN } else { i64::MAX };
    let number = i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(overflow);
    within(number, min, max, |amount| amount.to_string())
}

fn bytes(amount: u64, min: u64, max: u64) -> Result<Value, Misfit> {
    within(amount, min, max, |amount| units::written(amount, units::SIZES)).map(Value::Bytes)
}

fn duration(length: Duration, min: Duration, max: Duration) -> Result<Value, Misfit> {
    let millis = |length: Duration| u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    within(length, min, max, |length| units::written(millis(length), units::TIMES)).map(Value::Duration)
}

fn known(word: &str, words: &[&str]) -> Result<Value, Misfit> {
    if words.contains(&word) {
        return Ok(Value::Text(word.to_owned()));
    }
    Err(Misfit::unknown(word, words.iter().copied()))
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= 63
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|byte| plain(byte) || byte == b'-' || byte == b'_')
}

fn is_path(text: &str) -> bool {
    let own = text == "/-" || text.starts_with("/-/");
    text.starts_with('/') && !own && !text.contains(['?', '#']) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_url(text: &str) -> bool {
    let secure_or_not = |url: &Uri| matches!(url.scheme_str(), Some("https" | "http"));
    text.parse().is_ok_and(|url: Uri| secure_or_not(&url) && url.host().is_some_and(|host| !host.is_empty()))
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
