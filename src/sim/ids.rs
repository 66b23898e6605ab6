//! Identifiers and times as fly.io writes them. Made by counting, so that a run under a manual clock repeats exactly.

use chrono::{DateTime, SecondsFormat};
use sha2::{Digest, Sha256};

use crate::clock::Moment;

/// A source of identifiers that never gives the same one twice.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: String,
    count: u64,
}

impl Ids {
    /// A source of its own for each seed.
    pub(crate) fn new(seed: &str) -> Self {
        Self { seed: seed.into(), count: 0 }
    }

    /// 26 characters that sort by time, and by age within a millisecond.
    pub(crate) fn ulid(&mut self, now: Moment) -> String {
        let noise = self.next();
        let time = u128::from(now.0.unsigned_abs()) & 0xFFFF_FFFF_FFFF;
        let mut value = (time << 24) | u128::from(self.count & 0xFF_FFFF);
        for byte in &noise[..7] {
            value = (value << 8) | u128::from(*byte);
        }
        let digit = |place: u32| char::from(ALPHABET[usize::try_from((value >> (5 * place)) & 31).unwrap_or(0)]);
        (0..26).rev().map(digit).collect()
    }

    /// So many hex digits, at most 64.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        let mut text = hex(&self.next());
        text.truncate(digits);
        text
    }

    /// A number below a bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let noise = self.next();
        usize::from(u16::from_be_bytes([noise[0], noise[1]])) % bound.max(1)
    }

    fn next(&mut self) -> [u8; 32] {
        self.count += 1;
        Sha256::digest(format!("{} {}", self.seed, self.count)).into()
    }
}

/// RFC 3339 in UTC, to the second.
pub(crate) fn rfc3339(moment: Moment) -> String {
    DateTime::from_timestamp_millis(moment.0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A name such as `wild-river-4711`.
pub(crate) fn machine_name(ids: &mut Ids) -> String {
    let adjective = ADJECTIVES[ids.below(ADJECTIVES.len())];
    let noun = NOUNS[ids.below(NOUNS.len())];
    format!("{adjective}-{noun}-{:04}", ids.below(10_000))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ADJECTIVES: [&str; 8] = ["aged", "bold", "cold", "dawn", "icy", "quiet", "snowy", "wild"];
const NOUNS: [&str; 8] = ["bird", "breeze", "field", "moon", "pine", "river", "sun", "wave"];
