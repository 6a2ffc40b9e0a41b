//! The one way out over HTTP, and the guard before it: what an operator's URL names must be on the public internet,
//! unless the operator says otherwise. A URL that leads inside (a metadata server, a database's port) would turn this
//! service into somebody's hand behind the firewall.

pub mod guard;

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, RequestBuilder, Url};

pub use guard::Refused;

/// How long a connection may take to come up, TLS included.
const CONNECT: Duration = Duration::from_secs(3);
/// Shorter than what servers and load balancers usually allow, so that they do not hang up first.
const IDLE: Duration = Duration::from_secs(50);

/// Which addresses may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those of the public internet.
    Public,
    /// Any.
    Anywhere,
}

/// The clients for what leaves: no proxy, no redirects, no cookies, connections used again. Cheap to clone; a client is
/// built when it is first asked for.
#[derive(Clone, Debug, Default)]
pub struct Outward(Arc<Clients>);

#[derive(Debug, Default)]
struct Clients {
    public: OnceLock<Client>,
    anywhere: OnceLock<Client>,
}

impl Outward {
    /// The client for one reach. A redirect is an answer like any other to it.
    ///
    /// # Errors
    /// TLS cannot be set up: the machine has no root certificates, say.
    pub fn client(&self, reach: Reach) -> Result<Client, String> {
        let slot = match reach {
            Reach::Public => &self.0.public,
            Reach::Anywhere => &self.0.anywhere,
        };
        if let Some(client) = slot.get() {
            return Ok(client.clone());
        }
        let builder = Client::builder()
            .user_agent(concat!("doorbell/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE);
        let builder = match reach {
            Reach::Public => builder.dns_resolver(Checked),
            Reach::Anywhere => builder,
        };
        let built = builder.build().map_err(|error| {
            format!("no HTTPS client: {}; install root certificates (ca-certificates)", deepest(&error))
        })?;
        Ok(slot.get_or_init(|| built).clone())
    }

    /// A request to `url`, if the guard lets it go there. A name is looked at when it is connected to, for it may mean
    /// another address by then.
    ///
    /// # Errors
    /// In words: an address of the URL itself is refused, or there is no client.
    pub fn request(&self, method: http::Method, url: &Url, reach: Reach) -> Result<RequestBuilder, String> {
        literal(url, reach).map_err(|refused| refused.to_string())?;
        Ok(self.client(reach)?.request(method, url.clone()))
    }

    /// Whether the host of `url` has addresses, and the guard lets all of them pass. Connects to nothing.
    ///
    /// # Errors
    /// In words.
    pub async fn look_up(&self, url: &Url, reach: Reach) -> Result<(), String> {
        literal(url, reach).map_err(|refused| refused.to_string())?;
        let host = url.host_str().unwrap_or_default();
        if address(url).is_some() {
            return Ok(());
        }
        let addresses = addresses(host).await.map_err(|error| format!("look up {host}: {error}"))?;
        match reach {
            Reach::Public => checked(host, &addresses).map_err(|refused| refused.to_string()),
            Reach::Anywhere => Ok(()),
        }
    }
}

/// Whether a URL that names an address, not a host, may be asked: the client asks no resolver for those.
///
/// # Errors
/// [`Refused`].
pub fn literal(url: &Url, reach: Reach) -> Result<(), Refused> {
    match (reach, address(url)) {
        (Reach::Public, Some(address)) => guard::check(address),
        (Reach::Public | Reach::Anywhere, _) => Ok(()),
    }
}

/// The address that a URL is about, whatever notation it was written in: the parser knows `0x7f.1` and `2130706433`.
fn address(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

async fn addresses(host: &str) -> std::io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((host, 0)).await?.collect())
}

/// All must pass: a name with one address outside and one inside is a trick, or a mistake.
fn checked(host: &str, addresses: &[SocketAddr]) -> Result<(), Refused> {
    addresses.iter().try_for_each(|address| guard::check(address.ip()).map_err(|refused| refused.of(host)))
}

/// Gives the client the very addresses that were checked, so there is no second look-up that could say otherwise.
#[derive(Debug)]
struct Checked;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = addresses(name.as_str()).await?;
            checked(name.as_str(), &addresses)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Why there was no answer: without the URL, whose query may be a secret.
#[must_use]
pub fn why(error: &reqwest::Error) -> String {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(refused) = inner.downcast_ref::<Refused>() {
            return refused.to_string();
        }
        source = inner.source();
    }
    let kind = if error.is_timeout() {
        return if error.is_connect() { "no connection in time" } else { "no answer in time" }.to_owned();
    } else if error.is_connect() {
        "no connection"
    } else {
        "no answer"
    };
    format!("{kind}: {}", deepest(error))
}

/// Whether the guard refused: the same the next time.
#[must_use]
pub fn is_refused(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.is::<Refused>() {
            return true;
        }
        source = inner.source();
    }
    false
}

/// The innermost error: the system's or the TLS library's own words, which know no URL.
fn deepest(error: &reqwest::Error) -> String {
    let Some(mut inner) = error.source() else { return "the request could not be made".to_owned() };
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn an_address_is_one_in_every_notation() {
        for text in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]:8443/",
            "https://0177.0.0.1/",
        ] {
            assert!(literal(&url(text), Reach::Public).is_err(), "{text}");
            assert!(literal(&url(text), Reach::Anywhere).is_ok(), "{text}");
            assert!(Outward::default().request(http::Method::POST, &url(text), Reach::Public).is_err(), "{text}");
        }
        assert!(literal(&url("https://1.1.1.1/"), Reach::Public).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused() {
        let place = url("https://localhost:9/");
        let refused = Outward::default().look_up(&place, Reach::Public).await.unwrap_err();
        assert!(refused.starts_with("localhost is at ") && refused.contains("loopback"), "{refused}");
        assert_eq!(Outward::default().look_up(&place, Reach::Anywhere).await, Ok(()));

        let error = Outward::default().request(http::Method::GET, &place, Reach::Public).unwrap().send().await;
        let error = error.unwrap_err();
        assert!(is_refused(&error), "{error:?}");
        assert_eq!(why(&error), refused);
    }

    #[test]
    fn one_address_inside_is_enough() {
        let addresses = ["1.1.1.1:0", "10.0.0.1:0"].map(|text| text.parse().unwrap());
        assert!(checked("both.example", &addresses).is_err());
        assert!(checked("both.example", addresses.get(..1).unwrap()).is_ok());
    }
}
