//! `docs/refusal-codes.md` is made of the code: every code that Shipgate refuses with, its status over HTTP, its words.

use std::collections::BTreeMap;

use shipgate::card::SERVICE_CODES;
use shipgate::words::Words;

use super::text;

const HEAD: &str = "# Refusal codes

Every no carries one of these codes: below the answer in a chat, as `code` of a problem over HTTP. They are stable: script
against them, not against the words. What stands in capitals is filled in.

This page is made of the code; a test says so when it is out of date, and where the new one is.

| code | status | what happened | what to do |
|---|---|---|---|
";

#[test]
fn the_page_of_codes_says_what_the_code_says() {
    let page = page();
    if text("docs/refusal-codes.md") != page {
        let fresh = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("refusal-codes.md");
        std::fs::write(&fresh, page).unwrap();
        panic!("it is out of date: cp {} docs/refusal-codes.md", fresh.display());
    }
}

fn page() -> String {
    let words = Words::new("en");
    let statuses = statuses();
    let say = |key: String| capitals(&words.get(&key)).replace('|', "\\|");
    let mut page = HEAD.to_owned();
    for code in codes() {
        let status = statuses.get(&code).copied().unwrap_or(409);
        let (what, next) = (say(format!("refusal-{code}")), say(format!("refusal-{code}-next")));
        page.push_str(&format!("| `{code}` | {status} | {what} | {next} |\n"));
    }
    page
}

/// Every code, in order of the alphabet: the core's, and the service's.
pub(crate) fn codes() -> Vec<String> {
    let refusals = text("src/domain/refusal.rs");
    let core = refusals.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut codes: Vec<_> = core.chain(SERVICE_CODES.iter().map(|(code, _)| *code)).map(str::to_owned).collect();
    codes.sort();
    codes
}

/// The status of each code that has one of its own, out of the source; all others are 409.
fn statuses() -> BTreeMap<String, u16> {
    let source = text("src/http/problem.rs");
    let arms = source.split("fn status(").nth(1).and_then(|rest| rest.split("\n}\n").next()).unwrap_or_default();
    let mut found = BTreeMap::new();
    let mut before = "";
    // An arm's status stands behind the arrow, or in braces of its own where the line would be too long.
    for part in arms.split("StatusCode::") {
        let end = part.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let number = match name {
            "BAD_REQUEST" => 400,
            "UNAUTHORIZED" => 401,
            "FORBIDDEN" => 403,
            "NOT_FOUND" => 404,
            "METHOD_NOT_ALLOWED" => 405,
            "REQUEST_TIMEOUT" => 408,
            "PAYLOAD_TOO_LARGE" => 413,
            "UNSUPPORTED_MEDIA_TYPE" => 415,
            "UNPROCESSABLE_ENTITY" => 422,
            "TOO_MANY_REQUESTS" => 429,
            "INTERNAL_SERVER_ERROR" => 500,
            "SERVICE_UNAVAILABLE" => 503,
            "CONFLICT" => 409,
            // Before the first of them stands the head of the match.
            _ if before.is_empty() => 409,
            other => panic!("the status of this name is to be added here: {other}"),
        };
        found.extend(before.split('"').skip(1).step_by(2).map(|code| (code.to_owned(), number)));
        before = if before.is_empty() { part } else { rest };
    }
    found
}

/// Arguments as capitals: `{$version}` is VERSION.
fn capitals(text: &str) -> String {
    let mut parts = text.split("{$");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |said, part| {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        format!("{said}{}{rest}", name.to_uppercase())
    })
}
