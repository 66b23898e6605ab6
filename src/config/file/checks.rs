//! `check = { kind = …, … }`: what a gate or a rule asks of the outside world.
//!
//! To add a kind: an arm in [`read`] that makes its settings.

use reqwest::Url;

use super::table::Table;
use super::value::Value;
use crate::checks::http::{Field, Method, Settings};
use crate::checks::prometheus;
use crate::config::problem::{list, shown};
use crate::domain::{CheckSpec, Note, Span};

/// Kinds that this version has, and those that are planned.
const KINDS: [&str; 2] = ["http", "prometheus"];
const LATER: [&str; 4] = ["load", "github", "program", "logs"];

/// The only thing in braces that an address may hold.
const BASE: &str = "{url}";

/// What is made of a check's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Whether it is good: a gate passes, or failures are counted.
    Verdict,
    /// Its number, which is held against the bound of the rule that asks.
    Number,
    /// Nobody can say, because what asks is not right itself.
    Unclear,
}

/// Reads a check. `base` is the environment's own address.
pub(super) fn read(value: Value<'_>, base: Option<&Url>, used: Use) -> Option<CheckSpec> {
    let mut table = value.table()?;
    let kind = table.required("kind", r#"kind = "http""#)?;
    match kind.among(&KINDS)? {
        "http" => {
            table.is_a("check", "http");
            http(table, base)
        }
        "prometheus" => {
            table.is_a("check", "prometheus");
            prometheus(table, base, used)
        }
        later if LATER.contains(&later) => kind.fail(not_yet("check", later, &KINDS)),
        other => kind.unknown("config-unknown-word", other, &KINDS),
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
    let timeout = table.either("timeout", Settings::TIMEOUT, timeout);
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

fn prometheus(mut table: Table<'_>, base: Option<&Url>, used: Use) -> Option<CheckSpec> {
    let query = table.required("query", r#"query = "sum(rate(http_errors[1m]))""#).and_then(|value| {
        let query = value.text()?;
        if query.trim().is_empty() {
            return value.fail(Note::new("config-no-query"));
        }
        Some(query.to_owned())
    });
    let url = table.maybe("url", |value| {
        let url = address(value, base)?;
        match (url.query(), url.fragment()) {
            (None, None) => Some(url),
            _ => value.fail(Note::new("config-url-with-query")),
        }
    });
    let bounds = bounds(&mut table, used);
    let timeout = table.either("timeout", prometheus::Settings::TIMEOUT, timeout);
    table.finish();
    let (query, url, (above, below), timeout) = (query?, url?, bounds?, timeout?);
    Some(prometheus::Settings { query, url: url.map(|url| url.to_string()), above, below, timeout }.spec())
}

/// `above` and `below`: one of them where the check itself says what is bad, neither where the rule that asks does.
fn bounds(table: &mut Table<'_>, used: Use) -> Option<(Option<f64>, Option<f64>)> {
    let both = [table.optional("above"), table.optional("below")];
    let numbers = both.map(|bound| bound.map_or(Some(None), |value| value.number().map(Some)));
    let found: Vec<Value<'_>> = both.into_iter().flatten().collect();
    match (used, found.as_slice()) {
        (Use::Number, found @ [_, ..]) => {
            for bound in found {
                bound.fail_key::<()>(Note::new("config-bound-twice"));
            }
            None
        }
        (Use::Verdict, []) => {
            table.fail(Note::new("config-no-bound"));
            None
        }
        (_, [_, second]) => second.fail_key(Note::new("config-two-bounds")),
        _ => numbers[0].zip(numbers[1]),
    }
}

fn timeout(value: Value<'_>) -> Option<Span> {
    value.span_of(Span(100)..=Span::seconds(60))
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
            Some(word) => value.unknown("config-unknown-placeholder", word, &[BASE]),
            None => value.address(text),
        };
    };
    if let Some(word) = braces(rest) {
        return value.unknown("config-unknown-placeholder", word, &[BASE]);
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
