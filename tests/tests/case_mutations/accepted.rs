//! What a case's scheme covers and where its evidence stands, read by other means than the gate's; and why a change may be
//! accepted.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use doorbell::conform::{Case, Played, play, scheme};
use doorbell_core::verify::jwt::Place as TokenIn;
use doorbell_core::verify::{Chained, Encoding, Expected, Jwt, Layout, Mac, Message, Part, Place, Scheme, TokenPlace};
use serde_json::Value;

use super::change::{At, entries, form_value, parameter, text_at};

/// A case that is accepted as it is.
pub(crate) struct Accepted {
    pub(crate) case: Case,
    pub(crate) scheme: Scheme,
}

/// What comes of a case; of one that cannot be run, why.
pub(crate) fn run(case: &Case) -> Result<Played, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(play(case, None)).map_err(|unsupported| format!("{unsupported:?}"))
}

/// All of tests/vectors that are accepted.
pub(crate) fn accepted() -> &'static [Accepted] {
    static ALL: OnceLock<Vec<Accepted>> = OnceLock::new();
    ALL.get_or_init(|| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
        files.sort();
        let cases = files.iter().flat_map(|path| {
            serde_json::from_slice::<Vec<Case>>(&std::fs::read(path).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        });
        let taken = |case: &Case| {
            run(case).is_ok_and(|played| played.record.is_some_and(|record| record.outcome == "handed-off"))
        };
        let all: Vec<_> =
            cases.filter(taken).map(|case| Accepted { scheme: scheme(&case, None).unwrap(), case }).collect();
        assert!(all.len() > 450, "{} accepted cases", all.len());
        all
    })
}

impl Accepted {
    /// The message of a scheme of tags.
    pub(crate) fn message(&self) -> Option<&Message> {
        match &self.scheme {
            Scheme::Mac(mac) => Some(&mac.message),
            Scheme::Signature(signature) => Some(&signature.message),
            Scheme::Dialects(macs) => {
                let speaks = |mac: &&Mac| {
                    let value = self.case.request.headers.get(mac.message.header()?.as_ref())?.to_str().ok()?;
                    let Layout::Pairs(separator, key) = &mac.message.layout else { return Some(true) };
                    Some(entries(value, separator).any(|(_, entry)| entry.starts_with(&format!("{key}="))))
                };
                let spoken = macs.iter().find(|mac| speaks(mac) == Some(true));
                spoken.map(|mac| &mac.message)
            }
            _ => None,
        }
    }

    /// What the scheme covers of a body, read by other means than the gate's.
    pub(crate) fn covered(&self, body: &[u8]) -> Vec<Option<String>> {
        let all = || vec![Some(String::from_utf8_lossy(body).into_owned())];
        let document = document(body);
        let at = |pointer: &str| document.as_ref()?.pointer(pointer).map(ToString::to_string);
        let fields = |without: Option<&str>| {
            let pairs = form_urlencoded::parse(body).filter(|(name, _)| without.is_none_or(|without| name != without));
            pairs
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .map(Some)
                .collect()
        };
        let one = |part: &Part| match part {
            Part::Json(pointer) => vec![at(pointer)],
            Part::Field(pointer, name) => {
                let text = at(pointer).or_else(|| form_value(body, name));
                let parts = self.message().map(|message| message.parts.as_ref()).unwrap_or_default();
                // What is signed with a line end counts without, too.
                let bare = |text: String| text.strip_suffix('\n').unwrap_or(&text).to_owned();
                vec![if parts.contains(&Part::LineEndOrNot) { text.map(bare) } else { text }]
            }
            Part::FormSorted | Part::UrlAndForm(_) => fields(None),
            // What is signed is the document, written anew.
            Part::BodyAsJson | Part::BodyWithFloats(_) => vec![document.as_ref().map(ToString::to_string)],
            Part::FormOfPhp(without) => fields(Some(without)),
            Part::Body
            | Part::IfBody(_)
            | Part::BodyAroundSecret
            | Part::BodyDigest(..)
            | Part::RawBodyDigest(_)
            | Part::BodyCrc32 => all(),
            _ => Vec::new(),
        };
        match &self.scheme {
            Scheme::Mac(_) | Scheme::Dialects(_) | Scheme::Signature(_) => {
                let Some(message) = self.message() else { return all() };
                if message.body_digest.is_some() {
                    return all();
                }
                let mut parts: Vec<&Part> = message.parts.iter().collect();
                parts.extend(message.time.as_ref().map(|time| &time.part));
                let mut covered: Vec<_> = parts
                    .into_iter()
                    .flat_map(|part| if let Part::IfThere(_, part, _) = part { one(part) } else { one(part) })
                    .collect();
                if let Place::Field(pointer, name) = &message.tags {
                    let tags = at(pointer).or_else(|| form_value(body, name));
                    match &message.layout {
                        // What stands before the mark names a key, and no key signs its own name.
                        Layout::Marked(separator, mark) => {
                            let tags = tags.unwrap_or_default();
                            let tag = |entry: &str| entry.rsplit_once(*mark).map(|(_, tag)| tag.to_owned());
                            covered.extend(tags.split(separator.as_ref()).map(tag));
                        }
                        _ => covered.push(tags),
                    }
                }
                covered
            }
            Scheme::Items(items) => {
                let batch = document.as_ref().and_then(|document| document.pointer(items.array)?.as_array());
                let item = |item: &Value| {
                    let pointers = items.fields.iter().chain([&items.tag]);
                    pointers.map(|pointer| item.pointer(pointer).map(ToString::to_string)).collect::<Vec<_>>()
                };
                batch.map(|batch| batch.iter().flat_map(item).collect()).unwrap_or_default()
            }
            Scheme::Token(token) => match &token.at {
                TokenPlace::Json(pointer) => vec![at(pointer)],
                TokenPlace::FirstJson(pointers) => pointers.iter().map(|pointer| at(pointer)).collect(),
                TokenPlace::Every(array, pointer) => {
                    let batch = document.as_ref().and_then(|document| document.pointer(array)?.as_array());
                    let one = |item: &Value| item.pointer(pointer).map(ToString::to_string);
                    batch.map(|batch| batch.iter().map(one).collect()).unwrap_or_default()
                }
                _ => Vec::new(),
            },
            Scheme::Chained(Chained { place: TokenIn::Json(pointer), .. }) => vec![at(pointer)],
            Scheme::Chained(_) => all(),
            Scheme::Jwt(jwt) => match &jwt.place {
                TokenIn::Json(pointer) => vec![at(pointer)],
                TokenIn::Body => all(),
                TokenIn::Header(..) => {
                    if jwt.body.is_some() {
                        all()
                    } else {
                        Vec::new()
                    }
                }
            },
            Scheme::Detached(_) => all(),
            Scheme::Sns(_) => {
                const SIGNED: [&str; 10] = [
                    "Message",
                    "MessageId",
                    "Subject",
                    "SubscribeURL",
                    "Timestamp",
                    "Token",
                    "TopicArn",
                    "Type",
                    "Signature",
                    "SigningCertURL",
                ];
                SIGNED.iter().map(|name| at(&format!("/{name}"))).collect()
            }
            Scheme::Invoked(_) | Scheme::Unsigned => Vec::new(),
        }
    }

    /// Why this body may stand for the genuine one.
    pub(crate) fn excuse_of_body(&self, body: &[u8]) -> Option<&'static str> {
        let is_form = |part: &Part| matches!(part, Part::FormSorted | Part::FormOfPhp(_));
        let of_form = self.message().is_some_and(|message| message.parts.iter().any(is_form));
        (self.covered(&self.case.request.body) == self.covered(body)).then_some(if of_form {
            "the body: the fields of the form are the same"
        } else {
            "the body: the scheme does not cover this part of it"
        })
    }

    /// Where the evidence stands: the place, and the bytes of it.
    pub(crate) fn evidence(&self) -> Vec<(At, std::ops::Range<usize>)> {
        let headers = &self.case.request.headers;
        let header = |name: &str| {
            let values = headers.get_all(name).iter().enumerate();
            values.map(|(index, value)| (At::Header(name.to_owned(), index), 0..value.len())).collect::<Vec<_>>()
        };
        let query = |name: &str| parameter(&self.case.request.query, name).map(|range| (At::Query, range));
        let in_body = |text: Option<String>| {
            let text = text?;
            let body = &self.case.request.body;
            let start = body.windows(text.len().max(1)).position(|window| window == text.as_bytes())?;
            Some((At::Body, start..start + text.len()))
        };
        let document = document(&self.case.request.body);
        let text = |pointer: &str| Some(document.as_ref()?.pointer(pointer)?.as_str()?.to_owned());
        match &self.scheme {
            Scheme::Mac(_) | Scheme::Dialects(_) | Scheme::Signature(_) => match &self.message().unwrap().tags {
                Place::Header(name) | Place::Repeated(name) => header(name),
                Place::Headers(names) | Place::Paired(names) => names.iter().flat_map(|name| header(name)).collect(),
                Place::Numbered(name) => (1..=16).flat_map(|number| header(&format!("{name}-{number}"))).collect(),
                Place::Query(name) => query(name).into_iter().collect(),
                Place::Field(pointer, name) => {
                    let of_form = || {
                        let body = std::str::from_utf8(&self.case.request.body).ok()?;
                        parameter(body, name).map(|range| (At::Body, range))
                    };
                    in_body(text(pointer)).or_else(of_form).into_iter().collect()
                }
            },
            Scheme::Items(items) => {
                let first = format!("{}/0{}", items.array, items.tag);
                in_body(text(&first)).into_iter().collect()
            }
            Scheme::Token(token) => match &token.at {
                TokenPlace::Header(name) | TokenPlace::Chosen(Expected::Exactly(name)) => header(name),
                TokenPlace::Chosen(Expected::Configured) => Vec::new(),
                TokenPlace::Basic => header("authorization"),
                TokenPlace::Query(name) => query(name).into_iter().collect(),
                TokenPlace::Path => {
                    let path = &self.case.request.path;
                    vec![(At::Path, path.rfind('/').unwrap() + 1..path.len())]
                }
                TokenPlace::Json(pointer) => in_body(text(pointer)).into_iter().collect(),
                TokenPlace::FirstJson(pointers) => {
                    in_body(pointers.iter().find_map(|pointer| text(pointer))).into_iter().collect()
                }
                TokenPlace::Every(array, pointer) => {
                    in_body(text(&format!("{array}/0{pointer}"))).into_iter().collect()
                }
            },
            Scheme::Jwt(Jwt { place, .. }) | Scheme::Chained(Chained { place, .. }) => match place {
                TokenIn::Header(name, _) => header(name),
                TokenIn::Json(pointer) => in_body(text(pointer)).into_iter().collect(),
                TokenIn::Body => vec![(At::Body, 0..self.case.request.body.len())],
            },
            Scheme::Detached(detached) => header(&detached.header),
            Scheme::Sns(_) => in_body(text("/Signature")).into_iter().collect(),
            Scheme::Invoked(_) | Scheme::Unsigned => Vec::new(),
        }
    }

    /// The bytes of the evidence that are a tag, or of a signed pair, in a value of it.
    pub(crate) fn ours(&self, value: &str) -> (Vec<std::ops::Range<usize>>, Vec<std::ops::Range<usize>>) {
        let Some(message) = self.message() else { return (one(0..value.len()), Vec::new()) };
        let prefixed = |separator: &str, prefix: &str| {
            entries(value, separator)
                .filter(|(_, entry)| entry.starts_with(prefix))
                .map(|(start, entry)| start + prefix.len()..start + entry.len())
                .collect()
        };
        let signed = |value: &str, separator: &str, tag: Option<&str>| -> Vec<_> {
            entries(value, separator)
                .filter(|(_, entry)| entry.trim_start().split('=').next() != tag)
                .filter(|(_, entry)| {
                    let is = |part: &Part| matches!(part, Part::Pair(key) | Part::HeadersOf(key) if entry.trim_start().starts_with(&format!("{key}=")));
                    message.parts.iter().any(is)
                })
                .map(|(start, entry)| start..start + entry.len())
                .collect()
        };
        let of_pairs = |value: &str, separator: &str, key: &str| -> Vec<_> {
            let found = entries(value, separator).filter_map(|(start, entry)| {
                let blanks = entry.len() - entry.trim_start().len();
                let tag = entry.trim_start().strip_prefix(&format!("{key}="))?;
                Some(start + blanks + key.len() + 1..start + blanks + key.len() + 1 + tag.len())
            });
            found.collect()
        };
        match &message.layout {
            Layout::Whole(prefix) => (one(prefix.len()..value.len()), Vec::new()),
            Layout::List(separator, prefix) => (prefixed(separator, prefix), Vec::new()),
            Layout::Pairs(separator, key) => (of_pairs(value, separator, key), signed(value, separator, Some(key))),
            Layout::Groups(between, separator, key) => {
                let (mut tags, mut times) = (Vec::new(), Vec::new());
                for (start, group) in entries(value, between) {
                    let moved = |range: std::ops::Range<usize>| range.start + start..range.end + start;
                    tags.extend(of_pairs(group, separator, key).into_iter().map(moved));
                    times.extend(signed(group, separator, Some(key)).into_iter().map(moved));
                }
                (tags, times)
            }
            Layout::InOrder(..) => (one(value.rfind('=').map_or(0, |at| at + 1)..value.len()), one(0..value.len())),
            Layout::TimeFirst(separator) => {
                let mut found: Vec<_> =
                    entries(value, separator).map(|(start, entry)| start..start + entry.len()).collect();
                let time = found.remove(0);
                (found, vec![time])
            }
            Layout::Marked(separator, mark) => {
                let found = entries(value, separator).filter_map(|(start, entry)| {
                    let at = entry.rfind(*mark)?;
                    Some(start + at + mark.len_utf8()..start + entry.len())
                });
                (found.collect(), Vec::new())
            }
            // What stands beside the tag in the JSON is not signed, and a bit of base64 may be of either.
            Layout::JsonInBase64(..) => (Vec::new(), Vec::new()),
            Layout::HttpSignature { .. } => {
                let key = "signature=\"";
                let start = value.find(key).map_or(0, |at| at + key.len());
                let length = value[start..].find('"').unwrap_or_default();
                (one(start..start + length), Vec::new())
            }
            Layout::Listed(prefix, separator) => {
                let rest = value.strip_prefix(prefix.as_ref()).unwrap_or(value);
                let before = value.len() - rest.len();
                (
                    entries(rest, separator)
                        .map(|(start, entry)| before + start..before + start + entry.len())
                        .collect(),
                    Vec::new(),
                )
            }
        }
    }

    /// Why changed evidence may stand for the genuine one. Only where more than one tag was sent, or what is changed is none.
    pub(crate) fn excuse_of_evidence(
        &self,
        at: &At,
        place: usize,
        tags: usize,
        changed: &Case,
    ) -> Option<&'static str> {
        let was = text_at(&self.case, at)?;
        if matches!(at, At::Body) && self.excuse_of_body(&changed.request.body).is_some() {
            return self.excuse_of_body(&changed.request.body);
        }
        let value = String::from_utf8_lossy(&was).into_owned();
        let message = self.message()?;
        let other_case = text_at(changed, at)?.get(place)?.eq_ignore_ascii_case(was.get(place)?);
        if other_case && message.encoding == Encoding::HexAnyCase {
            return Some("the evidence: the same digit in the other case");
        }
        let (own, signed) = self.ours(&value);
        let inside = |ranges: &[std::ops::Range<usize>]| ranges.iter().any(|range| range.contains(&place));
        match (inside(&own), inside(&signed)) {
            (_, true) if tags > 1 && matches!(message.layout, Layout::Groups(..)) => {
                Some("the evidence: another tag beside it counts")
            }
            (true, _) if tags > 1 => Some("the evidence: another tag beside it counts"),
            (false, false) => {
                let entry_of_ours = own.iter().any(|range| {
                    place < range.start
                        && was
                            .get(place..range.start)
                            .is_some_and(|between| !between.iter().any(|byte| b", ;".contains(byte)))
                });
                match entry_of_ours {
                    true if matches!(message.layout, Layout::Marked(..)) => {
                        Some("the evidence: the name of the key before the mark")
                    }
                    // Under another name it is no tag of ours any more.
                    true if tags > 1 => Some("the evidence: another tag beside it counts"),
                    true => None,
                    false => Some("the evidence: an entry of another version"),
                }
            }
            _ => None,
        }
    }
}

fn one(range: std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    std::iter::once(range).collect()
}

/// The JSON of a body, of the one part of a form of parts that is some, or of a form's `json` (Dropbox Sign). A string that nothing asks for need not be UTF-8.
fn document(body: &[u8]) -> Option<Value> {
    let text = String::from_utf8_lossy(body);
    let inside = || text.get(text.find('{')?..=text.rfind('}')?);
    let json = if text.starts_with("--") { inside()? } else { text.as_ref() };
    let of_form = || serde_json::from_str(&form_value(body, "json")?).ok();
    serde_json::from_str(json).ok().or_else(of_form)
}
