//! The one workspace: who is in it, its groups and channels.
//!
//! To add a person, a group or a channel: a line in [`Workspace::new`].

use serde_json::{Value, json};

pub(crate) const TEAM: &str = "T0HARBOUR";
pub(crate) const OTHER_TEAM: &str = "T0ELSEWHERE";
pub(crate) const APP: &str = "A0SHIPGATE";
pub(crate) const BOT: &str = "U0SHIPGATE";
pub(crate) const ADA: &str = "U0ADA";
pub(crate) const BOB: &str = "U0BOB";
pub(crate) const EVE: &str = "U0EVE";
/// Of another workspace.
pub(crate) const ZED: &str = "U0ZED";
pub(crate) const RELEASERS: &str = "S0REL";
pub(crate) const DEPLOYMENTS: &str = "C0DEPLOY";
pub(crate) const INCIDENTS: &str = "C0INCIDENT";
pub(crate) const WARNINGS: &str = "C0WARN";
pub(crate) const ANNOUNCEMENTS: &str = "C0ANNOUNCE";

#[derive(Clone, Debug)]
pub(super) struct Human {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) team: &'static str,
    pub(super) locale: &'static str,
}

#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) archived: bool,
    /// Whether the bot is in it.
    pub(super) joined: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: &'static str,
    pub(super) handle: &'static str,
    pub(super) users: Vec<&'static str>,
    pub(super) deactivated: bool,
}

#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) people: Vec<Human>,
    pub(super) channels: Vec<Channel>,
    pub(super) groups: Vec<Group>,
}

impl Workspace {
    pub(super) fn new() -> Self {
        let human = |id, name, team| Human { id, name, team, locale: "en-US" };
        let people = vec![
            human(ADA, "ada", TEAM),
            human(BOB, "bob", TEAM),
            human(EVE, "eve", TEAM),
            human(ZED, "zed", OTHER_TEAM),
            human(BOT, "shipgate", TEAM),
        ];
        let channels = [
            (DEPLOYMENTS, "deployments"),
            (INCIDENTS, "incidents"),
            (WARNINGS, "warnings"),
            (ANNOUNCEMENTS, "announcements"),
        ];
        let channels = channels.map(|(id, name)| Channel { id, name, archived: false, joined: true }).into();
        let groups = vec![Group { id: RELEASERS, handle: "releasers", users: vec![ADA, BOB], deactivated: false }];
        Self { people, channels, groups }
    }

    pub(super) fn human(&self, id: &str) -> Option<&Human> {
        self.people.iter().find(|human| human.id == id)
    }

    pub(super) fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    #[track_caller]
    pub(super) fn channel_mut(&mut self, id: &str) -> &mut Channel {
        self.channels.iter_mut().find(|channel| channel.id == id).expect("a channel")
    }

    #[track_caller]
    pub(super) fn group_mut(&mut self, id: &str) -> &mut Group {
        self.groups.iter_mut().find(|group| group.id == id).expect("a group")
    }

    /// What a mention says to who reads it.
    pub(super) fn called(&self, mark: &str) -> Option<String> {
        let person = mark.strip_prefix('@').and_then(|id| self.human(id)).map(|human| human.name);
        let group = mark.strip_prefix("!subteam^").and_then(|id| self.groups.iter().find(|group| group.id == id));
        person.or(group.map(|group| group.handle)).map(|name| format!("@{name}"))
    }

    pub(super) fn user_json(&self, id: &str, with_locale: bool) -> Value {
        let human = self.human(id).expect("a person");
        let mut json = json!({
            "id": human.id, "team_id": human.team, "name": human.name, "deleted": false, "real_name": human.name,
            "tz": "Asia/Tokyo", "tz_label": "Japan Standard Time", "tz_offset": 32_400,
            "profile": {"real_name": human.name, "display_name": human.name, "team": human.team},
            "is_admin": false, "is_owner": false, "is_bot": human.id == BOT, "updated": 1_795_000_000,
        });
        if with_locale {
            json["locale"] = json!(human.locale);
        }
        json
    }
}
