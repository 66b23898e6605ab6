//! The registry of the simulated fly.io, on the same port: whether an image is there. Nothing can be pulled or pushed.
//!
//! To add an address: a row in `action::route`, an [`Action`](super::Action) and an arm in [`answer`].

use std::sync::Arc;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::action::{Action, Route};
use super::cloud::Contents;
use super::config::Image;
use super::wire::{Answer, Body};

/// The host in the references of its images.
const HOST: &str = "registry.fly.io";

/// What a manifest is called.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Whether a path is the registry's.
pub(crate) fn is_its(path: &str) -> bool {
    path == "/v2" || path.starts_with("/v2/")
}

/// The answer to a call; none of its own to an address that is not there.
pub(crate) fn answer(contents: &Contents, route: &Route, authorization: Option<&str>) -> Answer {
    if !opens(contents, authorization.unwrap_or_default()) {
        return error(401, "UNAUTHORIZED", "authentication required");
    }
    match (route.action, route.key.as_deref().and_then(|key| key.split_once('@'))) {
        (Action::ManifestGet, Some((repository, reference))) => manifest(contents, repository, reference),
        _ => nothing_there(),
    }
}

/// The answer to what is not simulated.
pub(crate) fn nothing_there() -> Answer {
    error(404, "UNSUPPORTED", "the operation is unsupported")
}

fn manifest(contents: &Contents, repository: &str, reference: &str) -> Answer {
    let here = |image: &&Arc<Image>| image.registry == HOST && image.repository == repository;
    let mut here = contents.images.iter().filter(here).peekable();
    if here.peek().is_none() {
        return error(404, "NAME_UNKNOWN", "repository name not known to registry");
    }
    match here.find(|image| image.digest == reference || image.tag.as_deref() == Some(reference)) {
        Some(image) => Answer { status: 200, body: Body::Manifest(shown(&image.digest)) },
        None => error(404, "MANIFEST_UNKNOWN", "manifest unknown"),
    }
}

/// A manifest of one layer. It stands for the image and is not what its digest was made of.
fn shown(digest: &str) -> Value {
    let part =
        |kind: &str| json!({"mediaType": format!("application/vnd.oci.image.{kind}"), "digest": digest, "size": 2});
    json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": part("config.v1+json"), "layers": [part("layer.v1.tar+gzip")]})
}

/// Basic authentication: any name, and a token as the password. Which apps the token opens does not matter here.
fn opens(contents: &Contents, authorization: &str) -> bool {
    let sent = authorization.strip_prefix("Basic ").and_then(decoded).unwrap_or_default();
    let (_, password) = sent.split_once(':').unwrap_or_default();
    let known = |part: &str| contents.tokens.iter().any(|token| token.secret.expose_secret() == part.trim());
    password.split(',').any(known)
}

/// Base64, as in Basic authentication.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        (held, bits) = ((held << 6 | u32::from(value)) & 0xffff, bits + 6);
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer { status, body: Body::Json(json!({"errors": [{"code": code, "message": message, "detail": null}]})) }
}
