//! Slack's signature over a request: HMAC-SHA256 with the app's signing secret over `v0:TIME:BODY`, compared in constant
//! time. <https://docs.slack.dev/authentication/verifying-requests-from-slack>
//!
//! Not here: whether the request is of now, and whether it came before.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// What every signature of this version begins with.
const VERSION: &str = "v0";

/// Whether a signature is the secret's over a time and a body, to the byte.
#[must_use]
pub fn is_genuine(secret: &SecretString, timestamp: &str, body: &[u8], signature: &str) -> bool {
    let Some(given) = given(signature) else { return false };
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else { return false };
    for part in [VERSION.as_bytes(), b":", timestamp.as_bytes(), b":", body] {
        mac.update(part);
    }
    mac.verify_slice(&given).is_ok()
}

/// Whether it could be a signature at all.
pub(super) fn is_well_formed(signature: &str) -> bool {
    given(signature).is_some()
}

fn given(signature: &str) -> Option<[u8; 32]> {
    signature.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('=')).and_then(bytes)
}

/// The bytes of 64 small hexadecimal digits. Slack writes them in one way only; what is written in another does not come
/// from there.
fn bytes(hex: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let digits: &[u8; 64] = hex.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
