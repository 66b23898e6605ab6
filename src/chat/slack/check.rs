//! `shipgate check` on Slack: tokens, scopes, the way in, channels, groups, and what to click to mend it. Nothing is
//! changed by it, and nothing is posted.

use secrecy::SecretString;
use serde_json::Value;

use super::api::{Failure, NO_ENTRY};
use super::manifest::{GROUPS, SCOPES};
use super::{Slack, WayIn};
use crate::chat::Finding;
use crate::config::People;
use crate::domain::Note;
use crate::text::cut;

impl Slack {
    /// Everything that is wrong, or that all is well.
    pub(super) async fn findings(&self, people: &People) -> Vec<Finding> {
        let granted = match self.workspace.api.granted().await {
            Ok(granted) => granted,
            Err(failure) => return vec![of_bot_token(&failure)],
        };
        let text = |key: &str| cut(granted.answer[key].as_str().unwrap_or_default(), 60);
        let (name, team) = (text("user"), text("team"));
        let mut findings = vec![Finding::fine(Note::new("slack-check-token").with("name", &name).with("team", team))];
        let groups = named_groups(people);
        findings.extend(granted.scopes.as_deref().map(|scopes| of_scopes(scopes, !groups.is_empty())));
        findings.push(self.way_in().await);
        for (key, id) in self.channels() {
            findings.push(self.channel(key, id, &name).await);
        }
        if !groups.is_empty() {
            findings.extend(self.groups(&groups).await);
        }
        // A scope that is missing is told once, with all the others.
        let mut told = false;
        findings.retain(|f| f.note.key != "slack-check-missing-scopes" || !std::mem::replace(&mut told, true));
        findings
    }

    async fn way_in(&self) -> Finding {
        match &self.way_in {
            WayIn::Http(_) => Finding::fine(Note::new("slack-check-http")),
            WayIn::Socket(token) => self.socket(token).await,
        }
    }

    /// Whether a connection could be opened. The address that is asked for is left unused.
    async fn socket(&self, token: &SecretString) -> Finding {
        let Err(failure) = self.workspace.api.open_connection(token).await else {
            return Finding::fine(Note::new("slack-check-socket"));
        };
        match failure.word() {
            Some("missing_scope" | "no_permission") => Finding::wrong("slack-check-app-token-scope", |n| n),
            Some("not_allowed_token_type") => Finding::wrong("slack-check-app-token-kind", |n| n),
            Some("link_disabled") => Finding::wrong("slack-check-socket-off", |n| n),
            Some(word) if NO_ENTRY.contains(&word) => {
                Finding::wrong("slack-check-bad-app-token", |n| n.with("said", word))
            }
            _ => unusable(&failure),
        }
    }

    /// The channels of the config, each with its key.
    fn channels(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let config = &self.config;
        let others = [
            ("warnings", &config.warnings),
            ("incidents", &config.incidents),
            ("announcements", &config.announcements),
        ];
        let others = others.into_iter().filter_map(|(key, id)| Some((key, id.as_deref()?)));
        std::iter::once(("deployments", config.deployments.as_str())).chain(others)
    }

    async fn channel(&self, key: &str, id: &str, bot: &str) -> Finding {
        let answer = match self.workspace.api.get("conversations.info", &[("channel", id)]).await {
            Ok(answer) => answer,
            Err(Failure::Said(word, _)) if word == "channel_not_found" => {
                return Finding::wrong("slack-check-no-channel", |n| {
                    n.with("key", key).with("id", id).with("bot", bot)
                });
            }
            Err(failure) => return unusable(&failure),
        };
        let channel = &answer["channel"];
        let name = cut(channel["name"].as_str().unwrap_or(id), 60);
        let with = |n: Note| n.with("key", key).with("name", &name).with("bot", bot);
        match (channel["is_archived"].as_bool(), channel["is_member"].as_bool()) {
            (Some(true), _) => Finding::wrong("slack-check-archived", with),
            (_, Some(false)) => Finding::wrong("slack-check-not-in", with),
            _ => Finding::fine(with(Note::new("slack-check-channel"))),
        }
    }

    /// Groups of the config that are not there.
    async fn groups(&self, named: &[&str]) -> Vec<Finding> {
        let answer = match self.workspace.api.get("usergroups.list", &[]).await {
            Ok(answer) => answer,
            Err(failure) => return vec![unusable(&failure)],
        };
        let known: Vec<&Value> = answer["usergroups"].as_array().into_iter().flatten().collect();
        let is_there = |id: &str| known.iter().any(|group| group["id"] == id);
        let gone = named.iter().filter(|id| !is_there(id));
        gone.map(|id| Finding::wrong("slack-check-no-group", |n| n.with("id", id))).collect()
    }
}

/// The user groups that the config names, each once.
fn named_groups(people: &People) -> Vec<&str> {
    let members = people.groups.values().flatten();
    let mut named: Vec<&str> = members.filter_map(|member| member.strip_prefix("slack:group:")).collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// What the bot was granted against what it needs.
fn of_scopes(granted: &[String], with_groups: bool) -> Finding {
    let needed = SCOPES.into_iter().filter(|scope| with_groups || *scope != GROUPS);
    let missing: Vec<&str> = needed.filter(|scope| granted.iter().all(|one| one != scope)).collect();
    match missing.as_slice() {
        [] => Finding::fine(Note::new("slack-check-scopes")),
        missing => no_scope(&missing.join(", ")),
    }
}

fn no_scope(missing: &str) -> Finding {
    Finding::wrong("slack-check-missing-scopes", |n| n.with("missing", missing))
}

fn of_bot_token(failure: &Failure) -> Finding {
    match failure.word() {
        Some("not_allowed_token_type") => Finding::wrong("slack-check-token-kind", |n| n),
        Some(word) if NO_ENTRY.contains(&word) => Finding::wrong("slack-check-bad-token", |n| n.with("said", word)),
        _ => unusable(failure),
    }
}

/// Slack cannot be asked at all, or not that.
fn unusable(failure: &Failure) -> Finding {
    match failure {
        Failure::Said(word, needed) if word == "missing_scope" => no_scope(needed.as_deref().unwrap_or("?")),
        Failure::Said(word, _) => Finding::wrong("slack-check-refused", |n| n.with("said", word)),
        _ => Finding { note: failure.trouble().note, next: Some(Note::new("slack-check-unreachable")) },
    }
}
