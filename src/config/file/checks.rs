//! `check = { kind = …, … }`: what a gate or a rule asks of the outside world.
//!
//! To add a kind: an arm in [`read`] that makes its settings.

use reqwest::Url;

use super::table::Table;
use super::value::Value;
use crate::checks::http::{Field, Method, Settings};
use crate::config::problem::{list, shown, unknown};
use crate::domain::{CheckSpec, Note, Span};

/// Kinds that this version has, and those that are planned.
const KINDS: [&str; 1] = ["http"];
const LATER: [&str; 5] = ["load", "prometheus", "github", "program", "logs"];

/// The only thing in braces that an address may hold.
const BASE: &str = "{url}";

/// Reads a check. `base` is the environment's own address.
pub(super) fn read(value: Value<'_>, base: Option<&Url>) -> Option<CheckSpec> {
    let mut table = value.table()?;
    let kind = table.required("kind", r#"kind = "http""#)?;
    match kind.among(&KINDS)? {
        "http" => http(table, base),
        later if LATER.contains(&later) => kind.fail(not_yet("check", later, &KINDS)),
        other => kind.fail(unknown("config-unknown-word", other, &KINDS)),
    }
}

/// The note for something that the design has and this version has not.
pub(super) fn not_yet(what: &str, word: &str, known: &[&str]) -> Note {
    Note::new("config-not-yet").with("what", what).with("word", word).with("known", list(known))
}

fn http(mut table: Table<'_>, base: Option<&Url>) -> Option<CheckSpec> {
    let url = table.required("url", r#"url = "{url}/health""#).and_then(|value| address(value, base));
    let method = table.choice("method", &[("GET", Method::Get), ("HEAD", Method::Head)]);
    let status = table.either("status", Settings::STATUS, |v| u16::try_from(v.whole(100..=599)?).ok());
    let latency = table.maybe("latency_below", |v| v.span_of(Span(1)..=Span::seconds(60)));
    let timeout = table.either("timeout", Settings::TIMEOUT, |v| v.span_of(Span(100)..=Span::seconds(60)));
    let json = table.optional("json");
    let field = json.map_or(Some(None), |value| field(value).map(Some));
    table.finish();
    let (url, method, latency_below, timeout) = (url?, method?, latency?, timeout?);
    if let (Method::Head, Some(json)) = (method, json) {
        return json.fail_key(Note::new("config-head-has-no-body"));
    }
    let settings = Settings { url: url.to_string(), method, status: status?, latency_below, json: field?, timeout };
    Some(settings.spec())
}

fn field(value: Value<'_>) -> Option<Field> {
    let mut table = value.table()?;
    let field = table.required("field", r#"field = "/status""#).and_then(|value| {
        let pointer = value.like("^/").text()?;
        let fits = pointer.starts_with('/') && pointer.len() <= 200;
        fits.then(|| pointer.to_owned()).or_else(|| value.fail(Note::new("config-not-pointer")))
    });
    let is = table.maybe("is", Value::scalar);
    table.finish();
    Some(Field { field: field?, is: is? })
}

/// An address in which `{url}` stands for the environment's own.
fn address(value: Value<'_>, base: Option<&Url>) -> Option<Url> {
    let text = value.like(r"^(\{url\}|https?://.)").text()?;
    let Some(rest) = text.strip_prefix(BASE) else {
        return match braces(text) {
            Some(word) => value.fail(unknown("config-unknown-placeholder", word, &[BASE])),
            None => value.address(text),
        };
    };
    if let Some(word) = braces(rest) {
        return value.fail(unknown("config-unknown-placeholder", word, &[BASE]));
    }
    let Some(base) = base else { return value.fail(Note::new("config-no-url")) };
    let whole = format!("{}{rest}", base.as_str().trim_end_matches('/'));
    match Url::parse(&whole) {
        // What follows `{url}` may not turn the host into another one: `{url}.example.org`.
        Ok(url) if url.host() == base.host() && url.port() == base.port() && url.username().is_empty() => Some(url),
        _ => value.fail(Note::new("config-bad-address").with("address", shown(text))),
    }
}

fn braces(text: &str) -> Option<&str> {
    let start = text.find('{')?;
    let end = text[start..].find('}').map_or(text.len(), |n| start + n + 1);
    Some(&text[start..end])
}
