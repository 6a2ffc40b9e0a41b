//! The checked values of a table, by key. Knows no TOML and no grammar.

use std::collections::BTreeMap;
use std::time::Duration;

use ipnet::IpNet;

use super::{At, Kind, Placed, Rate, SecretRef};
use crate::locate::Locate;
use crate::verify::Part;

/// The checked keys of one table: what an adapter gets of its destination. A key that is absent reads as nothing.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(super) at: At,
    pub(super) sound: bool,
    pub(super) entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Where the key stands.
    pub(super) key_at: At,
    /// Where the value stands.
    pub(super) at: At,
    /// `None` where the value was refused: the key is there, and its problem is reported.
    pub(super) value: Option<Value>,
}

/// A value that fits its shape.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Bool(bool),
    Bytes(u64),
    Duration(Duration),
    Integer(i64),
    Kind(&'static Kind),
    List(Vec<Placed<Value>>),
    Locate(Locate),
    Net(IpNet),
    Part(Part),
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
    Bool: bool, Bytes: u64, Duration: Duration, Integer: i64, Kind: &'static Kind,
    List: Vec<Placed<Value>>, Locate: Locate, Net: IpNet, Part: Part, Rate: Rate, Secret: SecretRef,
    Table: Settings, Text: String,
}

impl Settings {
    /// A table that the config does not have.
    pub(super) fn absent() -> Settings {
        Settings { at: At { line: 1, column: 1 }, sound: true, entries: BTreeMap::new() }
    }

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

    /// The table of a key.
    pub fn table(&self, key: &str) -> Option<&Settings> {
        self.get(key)
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
