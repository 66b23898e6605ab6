//! The setup lines of a story: the config's policy, people, releases and what is so before the first event.

use std::collections::BTreeMap;

use shipgate::domain::{
    Breaks, CheckGate, CheckSpec, Environment, Evidence, Freeze, Gate, GateRule, HOUSE, Halt, Id, Inconclusive, Lock,
    Moment, Policy, Quarantine, Release, Rule, Span, TargetSpec, Watch, Who, Window,
};

use super::shell::Shell;

pub(super) fn prepare(shell: &mut Shell, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let options = options(&words);
    match words.as_slice() {
        ["env", name, rest @ ..] => {
            shell.environment = Environment::new("hello", name);
            shell.facts.before = rest.get(1).map(|before| (*before).to_owned());
        }
        ["at", moment] => shell.facts.now = instant(moment),
        ["before", kind, name, rest @ ..] => {
            shell.policy().before.push(Gate { name: (*name).to_owned(), rule: rule(kind, rest, &options) });
        }
        ["after", kind, name, rest @ ..] => {
            shell.policy().after.push(Gate { name: (*name).to_owned(), rule: rule(kind, rest, &options) });
        }
        ["watch", length, ..] => shell.policy().watch = Some(watch(length, &options)),
        ["rule", name, ..] => {
            let rule = watch_rule(name, &options);
            shell.policy().watch.as_mut().expect("a watch before its rules").rules.push(rule);
        }
        ["give_up", length] => shell.policy().give_up = span(length),
        ["rollout_within", length] => shell.policy().rollout_within = span(length),
        ["unfenced"] => shell.policy().target.fenced = false,
        ["app_lock", owner, reason] => {
            let (owner, reason, at) = (Some(shell.actor(owner).who), (*reason).to_owned(), shell.facts.now);
            shell.facts.app_lock = Some(Lock { owner, reason, at, ..Lock::default() });
        }
        ["house"] => {
            let (app, name) = HOUSE;
            shell.environment = Environment::new(app, name);
        }
        ["halt", owner, reason, rest @ ..] => {
            let (owner, at) = (shell.actor(owner).who, shell.facts.now);
            let expires_at = rest.first().map(|length| at.plus(span(length)));
            shell.facts.halt = Some(halt("h1", owner, reason, (at, expires_at)));
        }
        ["lifted"] => shell.facts.halt = None,
        ["override_by", count] => shell.policy().override_by = count.parse().expect("a number"),
        ["gone"] => shell.facts.policy = None,
        ["releases", versions @ ..] => {
            for (n, version) in versions.iter().enumerate() {
                shell.facts.releases.insert(0, release(version, n as i64));
            }
        }
        ["same", version, known] => {
            let Release { image, digest, .. } = shell.release(known);
            let other = Release { image, digest, ..release(version, shell.facts.releases.len() as i64) };
            shell.facts.releases.insert(0, other);
        }
        ["running", version] => shell.environment.running = Some(shell.release(version)),
        ["evidence", version, rest @ ..] => {
            let evidence = evidence(shell, version, rest);
            shell.facts.evidence.insert(0, evidence);
        }
        ["evidence_before", version, rest @ ..] => {
            let evidence = evidence(shell, version, rest);
            shell.facts.evidence_before.insert(0, evidence);
        }
        ["disproven", version] => shell.facts.evidence_before.retain(|e| e.release.version != *version),
        ["quarantine", version] => {
            let digest = shell.release(version).digest;
            let (version, environment, at) = ((*version).to_owned(), "staging".to_owned(), shell.facts.now);
            shell.facts.quarantine.push(Quarantine { digest, version, environment, at });
        }
        ["lock", owner, reason, rest @ ..] => {
            let owner = (*owner != "self").then(|| shell.actor(owner).who);
            let expires_at = rest.first().map(|length| shell.facts.now.plus(span(length)));
            shell.facts.lock =
                Some(Lock { owner, reason: (*reason).to_owned(), at: shell.facts.now, expires_at, ..Lock::default() });
        }
        _ => panic!("no such setup line: {line}"),
    }
}

fn options<'l>(words: &[&'l str]) -> BTreeMap<&'l str, &'l str> {
    words.iter().map(|word| word.split_once('=').unwrap_or((*word, ""))).collect()
}

fn evidence(shell: &Shell, version: &str, rest: &[&str]) -> Evidence {
    let ago = rest.iter().find_map(|word| word.strip_prefix('-')).map_or(Span(0), span);
    Evidence {
        release: shell.release(version),
        at: Moment(shell.facts.now.0 - ago.0),
        deployment: None,
        found: rest.contains(&"found"),
    }
}

pub(super) fn release(version: &str, n: i64) -> Release {
    let (version, one_way) = version.strip_suffix('!').map_or((version, false), |version| (version, true));
    let digest = digest(version);
    Release {
        app: "hello".to_owned(),
        version: version.to_owned(),
        image: format!("registry.example/hello@{digest}"),
        digest,
        commit: None,
        notes: None,
        one_way,
        registered_at: Moment(n),
    }
}

pub(super) fn digest(version: &str) -> String {
    format!("sha256:{}", version.bytes().map(|b| format!("{b:02x}")).collect::<String>())
}

/// The version whose image that is.
pub(super) fn version(image: &str) -> String {
    // A machine that nobody has looked at has none.
    let Some((_, name)) = image.split_once('@') else { return "?".to_owned() };
    // What was found running has its version in place of a digest: see `Shell::found`.
    let Some(hex) = name.strip_prefix("sha256:").map(str::as_bytes) else { return name.to_owned() };
    let letter = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("hex"), 16).expect("hex");
    String::from_utf8(hex.chunks(2).map(letter).collect()).expect("a version")
}

pub(super) fn policy() -> Policy {
    Policy {
        target: TargetSpec { kind: "fake".to_owned(), settings: serde_json::Value::Null, fenced: true },
        url: None,
        time_zone: "Asia/Tokyo".to_owned(),
        before: Vec::new(),
        after: Vec::new(),
        watch: None,
        give_up: Span::hours(24),
        rollout_within: Span::minutes(15),
        override_by: 1,
    }
}

pub(super) fn halt(id: &str, owner: Who, reason: &str, (at, expires_at): (Moment, Option<Moment>)) -> Halt {
    let (id, reason) = (Id(id.to_owned()), reason.to_owned());
    Halt { id, owner, reason, at, changed_at: None, expires_at, reminded_at: None, lifted_at: None, lifted_by: None }
}

fn check(name: &str) -> CheckSpec {
    CheckSpec { kind: "http".to_owned(), settings: serde_json::json!({ "url": name }) }
}

fn rule(kind: &str, rest: &[&str], options: &BTreeMap<&str, &str>) -> GateRule {
    let text = |name: &str, default: &str| (*options.get(name).unwrap_or(&default)).to_owned();
    let number = |name: &str, default: u32| options.get(name).map_or(default, |n| n.parse().expect("a number"));
    let length = |name: &str| options.get(name).map(|length| span(length));
    match kind {
        "approval" => GateRule::Approval {
            from: text("from", "releasers"),
            count: number("count", 1),
            not_requester: options.contains_key("not_requester"),
            expires: length("expires"),
        },
        "confirm" => GateRule::Confirm { from: text("from", "everyone"), within: length("within") },
        "soak" => GateRule::Soak(span(rest[0])),
        "window" => GateRule::Window(windows(rest, options)),
        "freeze" => {
            let words: Vec<&str> = rest.iter().filter(|word| !word.contains('=')).copied().collect();
            GateRule::Freeze(words.chunks(2).map(|pair| freeze(pair, options)).collect())
        }
        "check" => GateRule::Check(CheckGate {
            check: check("health"),
            times: number("times", 1),
            every: length("every").unwrap_or(Span::seconds(10)),
            within: length("within").unwrap_or(Span::minutes(2)),
        }),
        _ => panic!("no such gate: {kind}"),
    }
}

/// `mon-fri 09:00-17:30 and daily 20:00-21:00`.
fn windows(rest: &[&str], options: &BTreeMap<&str, &str>) -> Vec<Window> {
    rest.split(|word| *word == "and").map(|words| window(words, options)).collect()
}

/// `2026-12-24T18:00..2027-01-04T09:00 once`, or `mon-fri 15:00-24:00`.
fn freeze(pair: &[&str], options: &BTreeMap<&str, &str>) -> Freeze {
    match pair[0].split_once("..") {
        Some((from, to)) => Freeze::Dates {
            time_zone: (*options.get("zone").unwrap_or(&"Asia/Tokyo")).to_owned(),
            from: from.replace('T', " "),
            to: to.replace('T', " "),
        },
        None => Freeze::Week(window(pair, options)),
    }
}

fn window(rest: &[&str], options: &BTreeMap<&str, &str>) -> Window {
    let days: Vec<u8> = match rest[0] {
        "daily" => (0..7).collect(),
        _ => (0..5).collect(),
    };
    let minutes = |text: &str| {
        let (hours, minutes) = text.split_once(':').expect("HH:MM");
        hours.parse::<u16>().expect("hours") * 60 + minutes.parse::<u16>().expect("minutes")
    };
    let (from, to) = rest[1].split_once('-').expect("HH:MM-HH:MM");
    let except = options.get("except").map(|days| days.split_once("..").unwrap_or((days, days)));
    Window {
        time_zone: (*options.get("zone").unwrap_or(&"Asia/Tokyo")).to_owned(),
        days,
        from: minutes(from),
        to: minutes(to),
        except: except.into_iter().map(|(first, last)| (first.to_owned(), last.to_owned())).collect(),
    }
}

fn watch(length: &str, options: &BTreeMap<&str, &str>) -> Watch {
    Watch {
        length: span(length),
        rules: Vec::new(),
        inconclusive: Inconclusive {
            ask: (*options.get("ask").unwrap_or(&"releasers")).to_owned(),
            within: options.get("within").map_or(Span::minutes(30), |length| span(length)),
            roll_back: options.get("otherwise") == Some(&"roll_back"),
        },
    }
}

fn watch_rule(name: &str, options: &BTreeMap<&str, &str>) -> Rule {
    let number = |name: &str| options.get(name).map(|n| n.parse::<f64>().expect("a number"));
    let whole = |name: &str, default: u32| options.get(name).map_or(default, |n| n.parse().expect("a number"));
    let breaks = match number("above").map(|bound| (true, bound)).or(number("below").map(|bound| (false, bound))) {
        Some((above, bound)) => Breaks::Threshold {
            above,
            bound,
            lasting: span(options.get("for").expect("for=")),
            at_least: whole("at_least", 0),
        },
        None => Breaks::Consecutive { fails: whole("fails", 3) },
    };
    let every = options.get("every").map_or(Span::seconds(15), |length| span(length));
    Rule { name: name.to_owned(), check: check(name), every, breaks }
}

pub(super) fn span(text: &str) -> Span {
    let (number, unit) = text.split_at(text.len() - 1);
    let number: i64 = number.parse().expect("a number");
    match unit {
        "s" => Span::seconds(number),
        "m" => Span::minutes(number),
        "h" => Span::hours(number),
        _ => panic!("no such length: {text}"),
    }
}

pub(super) fn instant(text: &str) -> Moment {
    Moment(chrono::DateTime::parse_from_rfc3339(text).expect("RFC 3339").timestamp_millis())
}

/// The time of day of a moment, in UTC.
pub(super) fn clock(at: Moment) -> String {
    chrono::DateTime::from_timestamp_millis(at.0).expect("a moment").format("%H:%M:%S").to_string()
}
