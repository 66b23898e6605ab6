//! The token, as the API wants it: macaroons as `FlyV1`, anything else as `Bearer`; and as a password, which has no such
//! word before it.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::Note;

/// What a macaroon begins with.
const MACAROONS: [&str; 3] = ["fm1r_", "fm1a_", "fm2_"];
/// Shorter parts of a token are no secrets, and taking them out of texts would spoil the texts.
const SHORTEST_SECRET: usize = 8;

/// The `authorization` header for a token as people paste it: with or without its scheme, one or several with commas.
///
/// # Errors
/// There is no token in it, or it cannot stand in a header.
pub(super) fn authorization(token: &SecretString) -> Result<HeaderValue, Note> {
    let (scheme, text) = preferred(token).ok_or_else(|| Note::new("fly-token-missing"))?;
    let mut header =
        HeaderValue::from_str(&format!("{scheme} {text}")).map_err(|_| Note::new("fly-token-malformed"))?;
    header.set_sensitive(true);
    Ok(header)
}

/// The token as a password.
pub(super) fn password(token: &SecretString) -> SecretString {
    preferred(token).map(|(_, text)| text).unwrap_or_default().into()
}

/// What must not stand in any text.
pub(super) fn secrets(token: &SecretString) -> Vec<&str> {
    parts(token.expose_secret()).filter(|p| p.len() >= SHORTEST_SECRET).collect()
}

/// All macaroons together; without any, the first token. With the word that stands before it in the API.
fn preferred(token: &SecretString) -> Option<(&'static str, String)> {
    let parts: Vec<&str> = parts(token.expose_secret()).collect();
    let macaroons: Vec<&str> = parts.iter().copied().filter(|p| MACAROONS.iter().any(|m| p.starts_with(m))).collect();
    match (parts.first(), macaroons.is_empty()) {
        (None, _) => None,
        (Some(first), true) => Some(("Bearer", (*first).to_owned())),
        (Some(_), false) => Some(("FlyV1", macaroons.join(","))),
    }
}

fn parts(token: &str) -> impl Iterator<Item = &str> {
    let mut rest = token.trim();
    while let Some(bare) = ["FlyV1 ", "Bearer "].iter().find_map(|scheme| rest.strip_prefix(scheme)) {
        rest = bare.trim_start();
    }
    rest.split(',').map(str::trim).filter(|p| !p.is_empty())
}
