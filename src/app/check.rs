//! `shipgate check`, outside: whether everything that a config describes can be worked with. All parts are asked at
//! once, each for a bounded time, and nothing is changed anywhere. Not here: what is asked (each part knows), and words.

use std::sync::Arc;

use futures::future::{join, join_all, join3};

use super::{StartTrouble, chats, fly_access, prometheus_access};
use crate::chat::Chat;
use crate::checks;
use crate::clock::{self, SharedClock, SystemClock};
use crate::config::{Config, Environment, Variables};
use crate::domain::{CheckSpec, Note, Span, Verdict};
use crate::finding::Finding;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::targets;

/// How long one part may take to say how it is.
const BOUND: Span = Span::seconds(30);

/// What the world said.
#[derive(Debug)]
pub struct Checked {
    /// The database, the chats and the targets. What is wrong there keeps Shipgate from working.
    pub findings: Vec<Finding>,
    /// What the checks of gates and rules answer now. A fail is the app's own affair; that none can be had may not be.
    pub answers: Vec<Answered>,
}

/// A check of an environment, asked once.
#[derive(Debug)]
pub struct Answered {
    /// The app.
    pub app: String,
    /// The environment.
    pub environment: String,
    /// The gate or rule that asks.
    pub name: String,
    /// Whether it would pass.
    pub passed: bool,
    /// What came back.
    pub note: Note,
    /// What to do before an answer can be had; none where that is well.
    pub next: Option<Note>,
}

/// Asks everything that a config describes.
///
/// # Errors
/// What cannot even be tried.
pub async fn check(config: &Config, variables: &Variables) -> Result<Checked, StartTrouble> {
    let (clock, metrics) = (SystemClock::real(), Metrics::default());
    let chats = chats(config, variables, &clock, &metrics)?;
    let http = checks::client().map_err(|e| StartTrouble::Client(Note::new("start-client").with("reason", e)))?;
    let asking = checks::Deps { clock: Arc::clone(&clock), http, prometheus: prometheus_access(variables) };
    let chats = join_all(chats.iter().map(|chat| ask_chat(&**chat, config, &clock)));
    let targets = join_all(environments(config).map(|(_, environment)| ask_target(environment, variables, &clock)));
    let answers = join_all(asked(config).into_iter().map(|question| ask(question, &asking)));
    let all = join(join3(database(config, variables), chats, targets), answers);
    let ((database, chats, targets), answers) = all.await;
    let findings = [database].into_iter().chain(chats.into_iter().flatten()).chain(targets.into_iter().flatten());
    let mut findings: Vec<Finding> = findings.collect();
    // Environments share a token, and what is wrong with it is one problem.
    let mut told = Vec::new();
    findings.retain(|finding| {
        let is_new = !told.contains(finding);
        told.extend(is_new.then(|| finding.clone()));
        is_new
    });
    Ok(Checked { findings, answers })
}

async fn database(config: &Config, variables: &Variables) -> Finding {
    let url = config.database_url(variables);
    match Store::inspect(url).await {
        Ok(Some(schema)) => Finding::fine(Note::new("live-database").with("schema", schema)),
        Ok(None) => Finding::fine(Note::new("live-no-database")),
        Err(trouble) => Finding { note: trouble.note(), next: Some(Note::new("live-database-next")) },
    }
}

async fn ask_chat(chat: &dyn Chat, config: &Config, clock: &SharedClock) -> Vec<Finding> {
    let found = clock::timeout(&**clock, BOUND, chat.check(&config.people)).await;
    found.unwrap_or_else(|| vec![Finding::wrong("live-silent", |n| n.with("chat", chat.name()))])
}

async fn ask_target(environment: &Environment, variables: &Variables, clock: &SharedClock) -> Vec<Finding> {
    let deps = targets::Deps { clock: Arc::clone(clock), fly: fly_access(variables) };
    let target = match targets::build(&environment.policy.target, &deps) {
        Ok(target) => target,
        Err(note) => return vec![Finding { note, next: Some(Note::new("live-target-next")) }],
    };
    let found = clock::timeout(&**clock, BOUND, target.check()).await;
    found.unwrap_or_else(|| vec![Finding::wrong("live-target-silent", |n| n.with("environment", &environment.name))])
}

fn environments(config: &Config) -> impl Iterator<Item = (&str, &Environment)> {
    config.apps.iter().flat_map(|app| app.environments.iter().map(|environment| (app.name.as_str(), environment)))
}

/// A question, with whose it is: app, environment, gate or rule.
type Question<'a> = ([&'a str; 3], &'a CheckSpec);

/// Every check that is asked by a gate or a rule, each once for its environment.
fn asked(config: &Config) -> Vec<Question<'_>> {
    let mut asked: Vec<Question<'_>> = Vec::new();
    for (app, environment) in environments(config) {
        for (name, spec) in environment.policy.checks() {
            let is_new = |([a, e, _], known): &Question<'_>| (*a, *e, *known) != (app, environment.name.as_str(), spec);
            if asked.iter().all(is_new) {
                asked.push(([app, &environment.name, name], spec));
            }
        }
    }
    asked
}

async fn ask(([app, environment, name], spec): Question<'_>, deps: &checks::Deps) -> Answered {
    let (passed, note, next) = match checks::build(spec, deps) {
        Ok(check) => {
            let answer = check.ask().await;
            (answer.verdict == Verdict::Pass, answer.note, answer.mend)
        }
        Err(note) => (false, note, None),
    };
    let [app, environment, name] = [app, environment, name].map(str::to_owned);
    Answered { app, environment, name, passed, note, next }
}
