//! fly.io's own health checks of a machine: nothing is reported until the first one has run, and a status has the time
//! of its last change. Computed from the clock, like everything here.

use serde_json::{Map, Value, json};

use super::config::Behaviour;
use super::faults::Reports;
use super::ids::rfc3339;
use super::machine::Machine;
use super::sample;
use crate::clock::{Moment, Span};

/// How the names of the checks of services begin.
const OF_SERVICES: &str = "servicecheck-";

/// Whether the proxy may send requests to a machine: every check of a service has run, and passes.
pub(crate) fn let_requests_in(machine: &Machine, app: &str, now: Moment) -> bool {
    let reported = report(machine, app, now);
    let passes = |check: &Check| reported.iter().any(|one| one["name"] == *check.name && one["status"] == "passing");
    wanted(&machine.config).iter().filter(|check| check.name.starts_with(OF_SERVICES)).all(passes)
}

/// The checks of a machine as its `checks` field lists them.
pub(crate) fn report(machine: &Machine, app: &str, now: Moment) -> Vec<Value> {
    let Some(up) = machine.started_at.filter(|_| machine.reports != Reports::Nothing) else { return Vec::new() };
    wanted(&machine.config)
        .into_iter()
        .filter_map(|check| {
            let first = up.plus(check.grace.unwrap_or(check.every));
            if now < first {
                return None;
            }
            let (passing, since) = verdict(machine, app, &check, (first, now));
            let (status, output) = match (passing, check.http) {
                (true, false) => ("passing", "Success"),
                (true, true) => ("passing", "200 OK"),
                (false, _) if slow(machine, &check) => ("critical", "context deadline exceeded"),
                (false, _) => ("critical", "500 Internal Server Error"),
            };
            Some(json!({"name": check.name, "status": status, "output": output, "updated_at": rfc3339(since)}))
        })
        .collect()
}

/// Whether a check passes at its last run, and since which run.
fn verdict(machine: &Machine, app: &str, check: &Check, (first, now): (Moment, Moment)) -> (bool, Moment) {
    match machine.reports {
        Reports::Failing => return (false, first),
        Reports::Flapping(span) => {
            let turns = now.since(first).0.div_euclid(span.0.max(1));
            return (turns % 2 == 0, first.plus(Span(turns * span.0)));
        }
        Reports::Truly | Reports::Nothing => {}
    }
    if !check.http {
        return (true, first);
    }
    if slow(machine, check) {
        return (false, first);
    }
    let run_after = |moment: Moment| {
        let runs = moment.since(first).0.div_euclid(check.every.0);
        let run = first.plus(Span(runs * check.every.0));
        if run < moment { run.plus(check.every) } else { run }
    };
    match sample::turns_bad(machine, app).map(run_after) {
        Some(bad) if bad <= now => (false, bad),
        _ => (true, first),
    }
}

fn slow(machine: &Machine, check: &Check) -> bool {
    matches!(machine.image.image.behaviour, Behaviour::Slow(span) if check.http && span >= check.timeout)
}

struct Check {
    name: String,
    http: bool,
    every: Span,
    grace: Option<Span>,
    timeout: Span,
}

/// The checks of the services, numbered, then those of the machine, by their names.
fn wanted(config: &Map<String, Value>) -> Vec<Check> {
    let of_services = config
        .get("services")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .flat_map(|service| {
            let port = service["internal_port"].clone();
            service["checks"].as_array().into_iter().flatten().map(move |check| (port.clone(), check))
        })
        .enumerate()
        .map(|(place, (port, check))| {
            let kind = check["type"].as_str().unwrap_or("tcp");
            let port = if check["port"].is_null() { &port } else { &check["port"] };
            read(format!("{OF_SERVICES}{place:02}-{kind}-{port}"), check)
        });
    let of_machine = config
        .get("checks")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, check)| read(name.clone(), check));
    of_services.chain(of_machine).collect()
}

fn read(name: String, check: &Value) -> Check {
    Check {
        name,
        http: check["type"] == "http",
        every: span(&check["interval"]).filter(|every| every.0 > 0).unwrap_or(Span::seconds(15)),
        grace: span(&check["grace_period"]),
        timeout: span(&check["timeout"]).unwrap_or(Span::seconds(2)),
    }
}

/// A duration as Go writes it (`1m30s`, `500ms`); a plain number is nanoseconds.
pub(crate) fn span(value: &Value) -> Option<Span> {
    if let Some(nanos) = value.as_i64() {
        return Some(Span(nanos / 1_000_000));
    }
    let mut rest = value.as_str()?;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let letters = rest[digits..].find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len() - digits);
        total += number
            * match &rest[digits..digits + letters] {
                "ms" => 1.0,
                "s" => 1_000.0,
                "m" => 60_000.0,
                "h" => 3_600_000.0,
                _ => return None,
            };
        rest = &rest[digits + letters..];
    }
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds; the fraction is meant to go")]
    (!value.as_str()?.is_empty()).then_some(Span(total as i64))
}
