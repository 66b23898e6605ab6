//! What checks that ask over the web share: the client, an answer that is read within a bound, what it means that none
//! came, and what of an address may be shown.
//!
//! Not here: what an answer says.

use std::io::ErrorKind;
use std::time::Duration;

use reqwest::{Client, Response, Url, redirect};

use crate::text::cut;

/// The client that checks ask with: no redirects, no kept connections, no cookies.
///
/// # Errors
/// When TLS cannot be set up.
pub fn client() -> reqwest::Result<Client> {
    Client::builder()
        .user_agent(concat!("shipgate/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .pool_max_idle_per_host(0)
        // A last resort in real time, for a clock that stands still; the check's own limit goes by its clock.
        .timeout(Duration::from_secs(120))
        .build()
}

/// Why no answer came, or no whole one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// The host's name does not resolve from here.
    NoName,
    /// The network is out of reach from here.
    NoNetwork,
    /// Nothing listens there.
    Refused,
    /// Not in time.
    TooLate,
    /// It broke off, and so.
    Broken(String),
}

/// Why an exchange came to nothing.
pub(super) fn silence(error: &reqwest::Error) -> Silence {
    let causes = causes(error);
    let io = causes.iter().find_map(|cause| cause.downcast_ref::<std::io::Error>()).map(std::io::Error::kind);
    // The resolver's error has no type of its own that could be asked for.
    if causes.iter().any(|cause| cause.to_string().contains("dns error")) {
        return Silence::NoName;
    }
    match io {
        Some(ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown) => Silence::NoNetwork,
        Some(ErrorKind::ConnectionRefused) => Silence::Refused,
        _ if error.is_timeout() => Silence::TooLate,
        // The innermost cause: the outer ones repeat the address, query and all.
        _ => Silence::Broken(causes.last().map(ToString::to_string).unwrap_or_default()),
    }
}

fn causes(error: &reqwest::Error) -> Vec<&(dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |cause| cause.source()).collect()
}

/// What was sent, to its end, because that is when a user has it; none where it is longer than `most` bytes.
pub(super) async fn read(mut response: Response, most: usize) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        if body.len() + part.len() > most {
            return Ok(None);
        }
        body.extend_from_slice(&part);
    }
    Ok(Some(body))
}

/// The address without what may be secret in it: user, password, query.
pub(super) fn public(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    cut(&format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path()), 200)
}
