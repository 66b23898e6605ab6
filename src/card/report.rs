//! The files of a deployment that is over: a report of all that is known of it, as Markdown, and a chart of each rule of
//! its watch that gave numbers.
//!
//! A report is for who reads it in a year: it says everything in full, with whole dates, and counts towards nothing.

use super::detail::{Stand, stand};
use super::{Row, Story, cause, chart, deployment, gates, parts, plan, watch};
use crate::domain::{Entry, Moment, Reading, Rule, Standing, Subject, What, When};
use crate::view::DeploymentView;
use crate::words::{NAME, Words, harmless};

/// The longest report, in bytes. What happened, and the samples, can be more.
const LARGEST: usize = 512 * 1024;

/// How long a part of a file's name may be.
const PART: usize = 60;

/// The files, and what is said with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Papers {
    /// One line.
    pub text: String,
    /// The files, the report first.
    pub files: Vec<Paper>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// What it is called where it is kept: letters, digits, `.`, `-`, `_`.
    pub name: String,
    /// What it is called where it is shown.
    pub title: String,
    /// What it shows, for who does not see it; none for a text.
    pub alt: Option<String>,
    /// What stands in it.
    pub bytes: Vec<u8>,
}

/// The files of a deployment, with all of its entries.
#[must_use]
pub fn papers(view: &DeploymentView, entries: &[(u64, Entry)], words: &Words) -> Papers {
    let words = &words.here(&view.time_zone, view.now);
    let d = &view.deployment;
    let name = [&d.app, &d.release.version, &d.environment].map(|part| plain(part)).join("-");
    let about = deployment::thread_title(view, words);
    let title = words.with("report-title", &[("what", &about)]);
    let text = words.with("report-is-here", &[("what", &about)]);
    let report = Report { view, entries, words }.text();
    let mut files = vec![Paper { name: format!("{name}.md"), title, alt: None, bytes: report.into_bytes() }];
    for (rule, samples) in samples(view, entries) {
        let number = files.len();
        files.extend(chart::of(rule, &samples, words).map(|(alt, bytes)| Paper {
            name: format!("{name}-{number}.png"),
            title: parts(&[harmless(&rule.name, NAME), about.clone()]),
            alt: Some(alt),
            bytes,
        }));
    }
    Papers { text, files }
}

/// A part of a file's name that every system takes.
fn plain(part: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
    part.chars().map(keep).take(PART).collect()
}

/// Every sample of every rule of the watch.
fn samples<'a>(view: &'a DeploymentView, entries: &'a [(u64, Entry)]) -> Vec<(&'a Rule, Vec<(u32, &'a Reading)>)> {
    let watch = view.deployment.plan.as_ref().and_then(|plan| plan.policy.watch.as_ref());
    let of = |rule: &'a Rule| {
        let samples = entries.iter().filter_map(|(_, entry)| match &entry.what {
            What::Answered { subject: Subject::Rule { deployment, name }, round, reading } => {
                (*name == rule.name && *deployment == view.deployment.id).then_some((*round, reading))
            }
            _ => None,
        });
        (rule, samples.collect())
    };
    watch.iter().flat_map(|watch| &watch.rules).map(of).collect()
}

/// What a report is made of.
struct Report<'a> {
    view: &'a DeploymentView,
    entries: &'a [(u64, Entry)],
    words: &'a Words,
}

impl Report<'_> {
    fn text(&self) -> String {
        let mut text = [self.head(), self.plan(), self.gates(), self.ledger()].concat().join("\n");
        for line in self.happened().into_iter().chain(self.samples()) {
            if text.len() + line.len() > LARGEST {
                let cut = self.words.with("report-cut", &[("most", &(LARGEST / 1024))]);
                text.push_str(&format!("\n\n{}", escaped(&cut)));
                break;
            }
            text.push('\n');
            text.push_str(&line);
        }
        text.push('\n');
        text
    }

    fn heading(&self, key: &str) -> [String; 3] {
        [String::new(), format!("## {}", escaped(&self.words.get(key))), String::new()]
    }

    fn head(&self) -> Vec<String> {
        let (view, d, words) = (self.view, &self.view.deployment, self.words);
        let status = deployment::status(view, words);
        let mut lines = vec![format!("# {}", escaped(&deployment::title(d, &status, words))), String::new()];
        let why = d.cause.as_ref().and_then(|why| cause::sentence(why, d, words));
        lines.extend([super::now::sentence(view, words), why.unwrap_or_default()].iter().map(|said| escaped(said)));
        lines.retain(|line| !line.is_empty());
        lines.insert(1, String::new());
        lines.push(String::new());
        lines.extend(self.fields(deployment::facts(view, words)));
        lines.extend(self.fields(vec![Row::field(words.get("card-image"), harmless(&d.release.image, 400))]));
        let until = d.closed_at.unwrap_or(view.now);
        let times: [(&str, &dyn std::fmt::Display); 3] =
            [("from", &words.stamp(d.requested_at)), ("to", &words.stamp(until)), ("zone", &view.time_zone)];
        lines.push(format!("- {}", escaped(&words.with("report-times", &times))));
        lines
    }

    fn fields(&self, rows: Vec<Row>) -> impl Iterator<Item = String> {
        rows.into_iter().filter_map(|row| match row {
            Row::Field { name, value, .. } => Some(format!("- **{}**: {}", escaped(&name), escaped(&value))),
            _ => None,
        })
    }

    fn plan(&self) -> Vec<String> {
        let Some(plan) = &self.view.deployment.plan else { return Vec::new() };
        let words = self.words;
        let mut rows = vec![plan::target(&plan.policy.target, words)];
        rows.push(Row::field(words.get("card-machines"), plan.machines.to_string()));
        rows.push(plan::falls_back(Some(plan), words));
        if let Some(watch) = plan.policy.watch.as_ref().filter(|watch| !watch.rules.is_empty()) {
            let rules: Vec<String> = watch.rules.iter().map(|rule| harmless(&rule.name, NAME)).collect();
            let said = words.with("watch-planned", &[("span", &watch.length.0), ("rules", &words.list(&rules))]);
            rows.push(Row::field(words.get("card-watch"), said));
        }
        self.heading("report-plan").into_iter().chain(self.fields(rows)).collect()
    }

    fn gates(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (when, key) in [(When::Before, "card-gates-before"), (When::After, "card-gates-after")] {
            let gates: Vec<String> = self.view.gates.iter().filter(|g| g.when == when).map(|g| self.gate(g)).collect();
            if !gates.is_empty() {
                lines.extend(self.heading(key).into_iter().chain(gates));
            }
        }
        lines
    }

    /// Each gate, also those that were never asked, with the evidence.
    fn gate(&self, gate: &Standing) -> String {
        let (d, words) = (&self.view.deployment, self.words);
        let progress = d.gates.iter().find(|g| g.gate.name == gate.name && g.when == gate.when);
        let said = parts(&[
            words.get(gates::state_key(gate.state)),
            progress.map(|progress| gates::in_a_row(progress, gate.state, words)).unwrap_or_default(),
            progress.map(|progress| words.note(&gates::evidence(progress, d, self.view.now))).unwrap_or_default(),
        ]);
        format!("- **{}**: {}", escaped(&harmless(&gate.name, NAME)), escaped(&said))
    }

    fn happened(&self) -> Vec<String> {
        let told = Story::default().goes_on(self.entries, self.view, self.words);
        let line = |detail: super::Detail| format!("- {}", escaped(&detail.text));
        self.heading("report-happened").into_iter().chain(told.into_iter().map(line)).collect()
    }

    fn ledger(&self) -> Vec<String> {
        let ends = [self.entries.first(), self.entries.last()].map(|end| end.map_or(0, |(seq, _)| *seq));
        let args: [(&str, &dyn std::fmt::Display); 4] = [
            ("mark", &self.view.mark),
            ("first", &ends[0]),
            ("last", &ends[1]),
            ("time", &self.words.stamp(self.view.now)),
        ];
        vec![String::new(), escaped(&self.words.with("report-ledger", &args))]
    }

    fn samples(&self) -> Vec<String> {
        let rules = samples(self.view, self.entries);
        rules.iter().filter(|(_, samples)| !samples.is_empty()).flat_map(|(rule, s)| self.table(rule, s)).collect()
    }

    /// Every sample of a rule, with how many there are, in which time, and what is asked of them.
    fn table(&self, rule: &Rule, samples: &[(u32, &Reading)]) -> Vec<String> {
        let words = self.words;
        let ends = [samples.first(), samples.last()].map(|end| end.map_or(Moment(0), |(_, reading)| reading.at));
        let bad = samples.iter().filter(|(_, reading)| stand(Some(rule), reading) == Stand::Bad).count();
        let args: [(&str, &dyn std::fmt::Display); 6] = [
            ("what", &watch::demand(&rule.breaks, &self.view.deployment, words)),
            ("every_span", &rule.every.0),
            ("n", &samples.len()),
            ("bad", &bad),
            ("from", &words.stamp(ends[0])),
            ("to", &words.stamp(ends[1])),
        ];
        let name = words.with("report-rule", &[("name", &harmless(&rule.name, NAME))]);
        let columns = ["report-column-time", "report-column-value", "report-column-verdict", "report-column-said"];
        let columns = columns.map(|column| words.get(column));
        let head = [
            String::new(),
            format!("## {}", escaped(&name)),
            String::new(),
            escaped(&words.with("report-window", &args)),
            String::new(),
            format!("| # | {} |", columns.join(" | ")),
            "|---|---|---|---|---|".to_owned(),
        ];
        let row = |(round, reading): &(u32, &Reading)| {
            let verdict = words.get(match stand(Some(rule), reading) {
                Stand::Good => "gate-passed",
                Stand::Bad => "report-bad",
                Stand::Unknown => "smoke-unknown",
            });
            let value = reading.value.map(|value| words.number(value)).unwrap_or_default();
            let said = cause::said(&reading.note, words);
            let cells = [words.stamp(reading.at), value, verdict, said].map(|cell| escaped(&cell));
            format!("| {round} | {} |", cells.join(" | "))
        };
        head.into_iter().chain(samples.iter().map(row)).collect()
    }
}

/// A text whose characters stand for themselves in Markdown. Inside of a word an underscore is one anyway.
fn escaped(said: &str) -> String {
    let chars: Vec<char> = said.chars().collect();
    let is_of_word = |n: Option<usize>| n.and_then(|n| chars.get(n)).is_some_and(|c| c.is_alphanumeric());
    let mut escaped = String::with_capacity(said.len());
    for (n, c) in chars.iter().enumerate() {
        let means = match c {
            '\\' | '*' | '[' | ']' | '<' | '|' | '~' => true,
            '_' => !(is_of_word(n.checked_sub(1)) && is_of_word(Some(n + 1))),
            '#' | '>' | '+' | '-' => n == 0,
            _ => false,
        };
        if means {
            escaped.push('\\');
        }
        escaped.push(*c);
    }
    escaped
}
