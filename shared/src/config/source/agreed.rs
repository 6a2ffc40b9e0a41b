//! What the operator agreed with the provider for its handshakes, beside the secret.

use std::collections::BTreeSet;

use super::{Table, VerifierConfig};
use crate::config::{At, Problem, Settings};
use crate::handshake::Handshake;

/// What no handshake of the provider asks for would be forgotten in silence.
pub(super) fn check(table: &Table<'_>, verifier: Option<&VerifierConfig>, problems: &mut Vec<Problem>) {
    let Some(verifier) = verifier else { return };
    let handshakes = handshakes(verifier);
    if let Some(at) = table.keys.key_at("verify_token")
        && !handshakes.iter().any(Handshake::takes_verify_token)
    {
        problems.push(Problem::new(at, "\"verify_token\" for a source that no handshake asks for one", "remove it"));
    }
    let mut known: BTreeSet<&str> = handshakes.iter().flat_map(Handshake::values).collect();
    if let Some(scheme) = verifier.template() {
        known.extend(scheme.needs().filter(|need| *need != "public_url").chain(scheme.takes()));
    }
    for (name, at) in table.keys.get::<Settings>("values").into_iter().flat_map(Settings::names) {
        if !known.contains(name) {
            let fix = match known.iter().copied().collect::<Vec<_>>().join(", ") {
                none if none.is_empty() => "remove it".to_owned(),
                names => format!("use {names}"),
            };
            problems.push(Problem::new(at, format!("nothing of the source asks for the value {name:?}"), fix));
        }
    }
}

/// The first thing without which a handshake of the provider is answered 503.
pub(super) fn missing(verifier: &VerifierConfig, has: impl Fn(&str) -> bool) -> Option<&'static str> {
    let handshakes = handshakes(verifier);
    let token = handshakes.iter().any(Handshake::needs_verify_token).then_some("verify_token");
    token.into_iter().chain(handshakes.iter().flat_map(Handshake::values)).find(|name| !has(name))
}

/// The warning for it.
pub(super) fn warning(source: &str, at: At, missing: &str) -> Problem {
    let fix = match missing {
        "verify_token" => "add verify_token = \"env://NAME\" or another reference".to_owned(),
        name => format!("add values = {{ {name} = \"...\" }}"),
    };
    Problem::new(at, format!("source {source:?} cannot answer its provider's handshake: it has no {missing}"), fix)
}

fn handshakes(verifier: &VerifierConfig) -> &'static [Handshake] {
    match verifier {
        VerifierConfig::Provider(of) => of.value.handshakes,
        VerifierConfig::Described(_) | VerifierConfig::DangerouslyUnsigned => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow::Borrowed;

    use crate::config::{Config, Problems, Registry};
    use crate::handshake::Handshake;
    use crate::provider::{Contract, Evidence, Facts, Level, Provider, Retries, handshakes};
    use crate::verify::{Scheme, Token};

    const fn asking(name: &'static str, handshakes: &'static [Handshake]) -> Provider {
        Provider {
            name,
            mode: None,
            title: "A provider that asks",
            docs: "https://asking.example",
            scheme: Scheme::Token(Token {
                at: crate::verify::TokenPlace::Header(Borrowed("x-token")),
                prefix: Borrowed(""),
            }),
            methods: crate::provider::POST,
            required: &[],
            facts: Facts {
                id: Borrowed(&[]),
                kind: Borrowed(&[]),
                action: Borrowed(&[]),
                time: None,
                id_is_shared: false,
            },
            batch: None,
            envelope: None,
            handshakes,
            types: &[],
            max_body: None,
            deadline: None,
            retries: Retries::Unknown,
            contract: Contract::UNKNOWN,
            evidence: Evidence { level: Level::Secondary, checked: "2026-11", unsure: &[] },
        }
    }

    static META: Provider = asking("meta", handshakes::META);
    static AIRSHIP: Provider = asking("airship", handshakes::AIRSHIP);
    static EBAY: Provider = asking("ebay", handshakes::EBAY);
    static DROPBOX: Provider = asking("dropbox", handshakes::DROPBOX);

    static ALL: &[&Provider] = &[&META, &AIRSHIP, &EBAY, &DROPBOX];

    /// The warnings of a source of that provider with these lines from line 4 on.
    fn read(provider: &str, lines: &str) -> Result<Vec<String>, Problems> {
        let registry = Registry {
            destinations: &[crate::config::Kind {
                name: "discard",
                keys: &[],
                doc: "forgets",
                built: true,
                durability: crate::destination::Durability::Durable,
                danger: None,
                relays: false,
                largest: None,
                parks: false,
            }],
            stores: &[],
            secret_schemes: &["env"],
            providers: ALL,
        };
        let text = format!(
            "[source.it]\nprovider = \"{provider}\"\nsecret = \"env://IT\"\n{lines}\n[[route]]\nto = [\"x\"]\n[destination.x]\nkind = \"discard\"\n"
        );
        let config = Config::parse(&text, "d.toml", &registry)?;
        Ok(config.warnings().iter().map(|warning| warning.line("d.toml")).collect())
    }

    #[test]
    fn what_a_handshake_needs_is_asked_for_and_nothing_else_is_taken() {
        let fine: Vec<String> = Vec::new();
        for (provider, lines) in [
            ("meta", "verify_token = \"env://TOKEN\""),
            ("airship", "values = { confirmation_code = \"f8e2\" }"),
            ("ebay", "verify_token = \"env://TOKEN\""),
            ("dropbox", ""),
        ] {
            assert_eq!(read(provider, lines).unwrap(), fine, "{provider}");
        }
        for (provider, missing, fix) in [
            ("meta", "verify_token", "add verify_token = \"env://NAME\" or another reference"),
            ("ebay", "verify_token", "add verify_token = \"env://NAME\" or another reference"),
            ("airship", "confirmation_code", "add values = { confirmation_code = \"...\" }"),
        ] {
            let warning =
                format!("d.toml:1:9: source \"it\" cannot answer its provider's handshake: it has no {missing}; {fix}");
            assert_eq!(read(provider, "").unwrap(), [warning]);
        }
        let refused = |provider, lines| read(provider, lines).unwrap_err().to_string();
        for (provider, lines, problem) in [
            (
                "dropbox",
                "verify_token = \"env://TOKEN\"",
                "\"verify_token\" for a source that no handshake asks for one; remove it",
            ),
            ("dropbox", "values = { a = \"1\" }", "nothing of the source asks for the value \"a\"; remove it"),
            (
                "airship",
                "values = { code = \"1\" }",
                "nothing of the source asks for the value \"code\"; use confirmation_code",
            ),
            // A token in the config would be in everybody's repository.
            ("meta", "verify_token = \"hunter2\"", "\"verify_token\" is not a reference to a secret"),
        ] {
            assert!(refused(provider, lines).contains(problem), "{}", refused(provider, lines));
        }
    }
}
