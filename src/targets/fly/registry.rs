//! The registry of fly.io, asked for one thing: whether images that may be needed are there still.
//!
//! Nothing waits for it: what it does not say within a few seconds is not known, and the log says why. The token is
//! shown to the configured address alone; images of other registries are not asked about.

use reqwest::header::ACCEPT;
use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::FlyAccess;
use super::client::{Client, exchange};
use super::token;
use crate::clock::{self, SharedClock};
use crate::domain::{Note, Span};

/// How the images of fly.io's own registry begin.
const OURS: &str = "registry.fly.io/";
/// All images of a look together.
const WITHIN: Span = Span::seconds(5);
/// With any other name the registry takes the token too; this is the one that `fly auth docker` writes down.
const USER: &str = "x";
/// Without these a registry may say that it does not have what it has in a newer form.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// A connection to the registry.
pub(super) struct Registry {
    http: reqwest::Client,
    base: Url,
    password: SecretString,
    clock: SharedClock,
}

/// What is known of an image.
pub(super) enum Known {
    There,
    Gone,
    /// Nothing, and why.
    Nothing(String),
}

/// A registry's way to say no.
#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    errors: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    code: String,
}

impl Registry {
    pub(super) fn new(access: &FlyAccess, client: &Client, clock: SharedClock) -> Result<Self, Note> {
        let malformed = || Note::new("fly-registry-malformed").with("url", &access.registry_url);
        let base = Url::parse(&access.registry_url).map_err(|_| malformed())?;
        if base.cannot_be_a_base() {
            return Err(malformed());
        }
        Ok(Self { http: client.connections(&base)?, base, password: token::password(&access.token), clock })
    }

    /// Those that are gone, asked about in order, up to the first that is not known to be.
    pub(super) async fn gone(&self, images: &[String]) -> Vec<String> {
        let mut gone = Vec::new();
        let asked = async {
            for image in images {
                match self.ask(image).await {
                    Known::There => return,
                    Known::Gone => {
                        tracing::info!(image, "the image is gone from the registry");
                        gone.push(image.clone());
                    }
                    Known::Nothing(why) => {
                        tracing::warn!(image, why, "it cannot be learned whether the image is there still");
                        return;
                    }
                }
            }
        };
        if clock::timeout(&*self.clock, WITHIN, asked).await.is_none() {
            let seconds = WITHIN.0 / 1_000;
            tracing::warn!(seconds, "the registry does not say in time whether images are there still");
        }
        gone
    }

    /// Whether an image is there. Bounded by whoever asks.
    pub(super) async fn ask(&self, image: &str) -> Known {
        let Some(url) = self.manifest(image) else { return Known::Nothing("not in fly.io's registry".to_owned()) };
        let request = self.http.get(url).header(ACCEPT, MANIFESTS);
        let request = request.basic_auth(USER, Some(self.password.expose_secret()));
        match exchange(request).await {
            Err(failure) => Known::Nothing(failure.said().to_owned()),
            Ok(reply) if reply.status.is_success() => Known::There,
            Ok(reply) if reply.status == StatusCode::NOT_FOUND && says_unknown(&reply.body) => Known::Gone,
            Ok(reply) => Known::Nothing(format!("it answered {}", reply.status.as_u16())),
        }
    }

    /// Whether it can be asked about an image.
    pub(super) fn knows_of(&self, image: &str) -> bool {
        self.manifest(image).is_some()
    }

    /// Where an image's manifest is; none for an image of another registry, or one without a digest.
    fn manifest(&self, image: &str) -> Option<Url> {
        let (place, digest) = image.strip_prefix(OURS)?.split_once('@')?;
        let repository = place.split_once(':').map_or(place, |(repository, _tag)| repository);
        let parts: Vec<&str> = repository.split('/').collect();
        let hex = digest.strip_prefix("sha256:")?;
        let fits = |part: &&str| !part.is_empty() && part.chars().all(in_name) && !part.starts_with('.');
        if !parts.iter().all(fits) || hex.len() != 64 || !hex.chars().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        let mut url = self.base.clone();
        url.path_segments_mut().ok()?.pop_if_empty().push("v2").extend(parts).extend(["manifests", digest]);
        Some(url)
    }
}

fn in_name(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '.' | '_' | '-')
}

/// Whether it is a registry that says so. Any web server says 404; taken at its word, one wrong address would leave
/// nothing to go back to.
fn says_unknown(body: &[u8]) -> bool {
    let refused: Refused = serde_json::from_slice(body).unwrap_or_default();
    refused.errors.iter().any(|reason| matches!(reason.code.as_str(), "MANIFEST_UNKNOWN" | "NAME_UNKNOWN"))
}
