//! A no, in words: what happened and what it means, then what to do; the stable code in the small print. What is to be
//! typed differently where commands are filled in field by field has a third message, `…-next-fields`.
//!
//! To add a refusal of the service: a line in [`SERVICE_CODES`] and its two messages in `locales/`. One of the core:
//! the variant, an arm below, and its two messages.

use super::{Card, Row, Tone, help};
use crate::command;
use crate::domain::{Moment, Refusal};
use crate::view::No;
use crate::words::Words;

/// The codes that do not come from the core, with the arguments that their words need. Where a `command` is named,
/// its `usage` is added; where a name was asked for that there is not, `near` and `nearest` are.
pub const SERVICE_CODES: [(&str, &[&str]); 41] = [
    ("unknown_command", &["typed", "near", "nearest"]),
    ("missing_argument", &["command", "argument"]),
    ("too_many_arguments", &["command", "extra"]),
    ("unknown_app", &["app", "known"]),
    ("which_app", &["known"]),
    ("unknown_environment", &["environment", "known", "app"]),
    ("no_later_environment", &["app"]),
    ("nothing_waits", &["action"]),
    ("which_deployment", &["known"]),
    ("image_not_pinned", &["image"]),
    ("version_taken", &["version", "differs"]),
    ("bad_version", &["version"]),
    ("no_such_button", &["label", "known", "count"]),
    ("button_gone", &["version", "environment", "next"]),
    ("button_foreign", &[]),
    ("other_guild", &[]),
    ("other_workspace", &[]),
    ("groups_unknown", &[]),
    ("workspace_unknown", &[]),
    ("form_not_opened", &[]),
    ("try_again", &[]),
    ("out_of_order", &["note"]),
    ("broke", &[]),
    ("unknown_help", &["command", "near", "nearest"]),
    ("bad_span", &["typed"]),
    ("not_authenticated", &[]),
    ("no_tokens_set", &[]),
    ("no_such_route", &[]),
    ("no_such_method", &[]),
    ("malformed_body", &[]),
    ("not_json", &["reason"]),
    ("not_an_object", &[]),
    ("unknown_member", &["reason"]),
    ("body_too_large", &["limit"]),
    ("body_too_slow", &["seconds"]),
    ("wrong_content_type", &["kind"]),
    ("too_long", &["member", "limit"]),
    ("bad_key", &["limit"]),
    ("key_reused", &[]),
    ("too_many_keys", &["until"]),
    ("bad_after", &["typed"]),
];

/// The nos to a name that there is not, with the argument that it stands in.
const MISSPELT: [(&str, &str); 3] =
    [("unknown_app", "app"), ("unknown_environment", "environment"), ("unknown_version", "version")];

/// The answer to a person who asked for something that is not done.
#[must_use]
pub fn no(no: &No, words: &Words) -> Card {
    let words = &no.time_zone.as_ref().map_or_else(|| words.clone(), |zone| words.in_zone(zone));
    let key = format!("refusal-{}", no.code);
    let next = format!("{key}-next");
    let mut args = no.args.clone();
    if let Some(spec) = args.get("command").and_then(|name| command::find(name)) {
        args.insert("usage".to_owned(), help::usage(spec, words));
    }
    if let Some((_, argument)) = MISSPELT.iter().find(|(code, _)| *code == no.code) {
        let meant = probably_meant(no, argument);
        args.insert("near".to_owned(), if meant.is_some() { "yes" } else { "no" }.to_owned());
        args.insert("nearest".to_owned(), meant.unwrap_or_default().to_owned());
    }
    let first = args.get("first").zip(args.get("did"));
    let first = first.map(|(name, did)| words.with("no-first", &[("name", name), ("action", did)]));
    let next = words.has(&next).then(|| words.say(&next, &args));
    let rows = first.into_iter().chain(next).map(Row::text).collect();
    let mut card = Card::page(words.say(&key, &args), Tone::Warning, rows);
    card.footer = words.with("no-code", &[("code", &no.code)]);
    card
}

/// The known name that was probably meant. A version with other digits is another version, and no slip of a finger.
fn probably_meant<'n>(no: &'n No, argument: &str) -> Option<&'n str> {
    let (typed, known) = (no.args.get(argument)?, no.args.get("known")?);
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let may_be = |name: &&str| argument != "version" || digits(name) == digits(typed);
    command::likest(typed, known.split(", ").filter(may_be))
}

impl From<&Refusal> for No {
    fn from(refusal: &Refusal) -> Self {
        let no = Self::new(refusal.code());
        match refusal {
            Refusal::NotPermitted { permission } => {
                no.with("permission", permission.word()).with("word", permission.word())
            }
            Refusal::NotInGroup { gate, group } => no.with("gate", gate).with("group", group),
            Refusal::UnknownVersion { version, known } => listed(no.with("version", version), "known", known),
            Refusal::NeverGoodHere { version } => no.with("version", version),
            Refusal::UnderWay { version, back } => {
                no.with("version", version).with("back", if *back { "yes" } else { "no" })
            }
            Refusal::NoEvidence { version, before } => maybe(no.with("before", before), "version", version.as_ref()),
            Refusal::Quarantined { asked, version, environment, at } => {
                let no = no.with("asked", asked).with("same", if asked == version { "yes" } else { "no" });
                no.with("version", version).with("environment", environment).with("at", at.0)
            }
            Refusal::AlreadyRunning { version } => no.with("version", version),
            Refusal::Locked { owner, reason, expires_at } => {
                until(maybe(no, "owner", owner.as_ref()).with("reason", reason), *expires_at)
            }
            Refusal::Halted { owner, reason, expires_at } => {
                until(no.with("owner", owner).with("reason", reason), *expires_at)
            }
            Refusal::Reserved { owner, until_at } => no.with("owner", owner).with("until", until_at.0),
            Refusal::LockQueueFull { owner, count } => no.with("owner", owner).with("count", count),
            Refusal::WholeAppLocked { owner } => no.with("owner", owner),
            Refusal::LockedByAnother { owner } => maybe(no, "owner", owner.as_ref()),
            Refusal::AlreadyClosed { outcome } => no.with("outcome", word(outcome)),
            Refusal::StaleCard { pressed, now } => no.with("pressed", pressed).with("now", now),
            Refusal::WrongPhase { action, phase } => no.with("action", word(action)).with("phase", word(phase)),
            Refusal::NoSuchGate { gate, waiting } => listed(maybe(no, "gate", gate.as_ref()), "waiting", waiting),
            Refusal::WhichGate { waiting } => listed(no, "waiting", waiting),
            Refusal::NotAskedYet { missing } => listed(no, "missing", missing),
            Refusal::UnknownPerson { identity } => no.with("identity", identity),
            Refusal::NotQuarantined { version, barred } => listed(no.with("version", version), "barred", barred),
            Refusal::ReasonMissing => no.with("next", "no"),
            Refusal::NoReleases
            | Refusal::NothingToGoBackTo
            | Refusal::NotLocked
            | Refusal::NotHalted
            | Refusal::OwnLock
            | Refusal::AlreadyOverridden
            | Refusal::RollingBack
            | Refusal::EnvironmentGone
            | Refusal::NoSuchDeployment
            | Refusal::OwnRequest
            | Refusal::AlreadyApproved
            | Refusal::NoChecks => no,
        }
    }
}

/// The stable word of an enum of the core, as it is written in JSON.
fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn listed(no: No, name: &str, items: &[String]) -> No {
    no.with(name, items.join(", ")).with("count", items.len())
}

/// An argument that may be missing; the words ask `named` for it.
fn maybe(no: No, name: &str, value: Option<&String>) -> No {
    match value {
        Some(value) => no.with("named", "yes").with(name, value),
        None => no.with("named", "no"),
    }
}

fn until(no: No, end: Option<Moment>) -> No {
    match end {
        Some(at) => no.with("expires", "yes").with("expires_at", at.0),
        None => no.with("expires", "no"),
    }
}
