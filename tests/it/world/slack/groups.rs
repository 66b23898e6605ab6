//! User groups that change, and what Slack tells of it. Each change returns the event, which a test may have told or not.

use serde_json::{Value, json};

use super::FakeSlack;
use super::asked::{Ask, Asked};
use super::payload::{self, Kind};
use super::state::State;
use super::workspace::TEAM;

impl FakeSlack {
    /// Somebody is put into a group.
    pub(crate) fn joins(&self, group: &str, user: &'static str) -> Value {
        let mut state = self.lock();
        state.workspace.group_mut(group).users.push(user);
        moved(&state, group, &[user], &[])
    }

    /// Somebody is taken out of a group.
    pub(crate) fn leaves(&self, group: &str, user: &str) -> Value {
        let mut state = self.lock();
        state.workspace.group_mut(group).users.retain(|member| *member != user);
        moved(&state, group, &[], &[user])
    }

    /// A group is deactivated, or taken into use again.
    pub(crate) fn deactivates(&self, group: &str, deactivated: bool) -> Value {
        let mut state = self.lock();
        state.workspace.group_mut(group).deactivated = deactivated;
        let group = state.workspace.group_mut(group).clone();
        let at = state.now().0 / 1_000;
        json!({
            "type": "subteam_updated",
            "subteam": {
                "id": group.id, "team_id": TEAM, "is_usergroup": true, "name": group.handle, "handle": group.handle,
                "date_delete": if deactivated { at } else { 0 }, "users": group.users, "user_count": group.users.len(),
            },
        })
    }

    /// The app is told of something that nobody waits for an answer to.
    pub(crate) fn is_told(&self, event: Value) -> Asked {
        let ask = {
            let mut state = self.lock();
            let (id, now) = (state.number(), state.now());
            Ask::new(id, "", event["type"].to_string(), Kind::Event, "", now)
        };
        self.asks(ask, |state, ask| payload::event(state, ask, event))
    }
}

fn moved(state: &State, group: &str, added: &[&str], removed: &[&str]) -> Value {
    json!({
        "type": "subteam_members_changed", "subteam_id": group, "team_id": TEAM,
        "date_previous_update": state.now().0 / 1_000 - 60, "date_update": state.now().0 / 1_000,
        "added_users": added, "added_users_count": added.len(),
        "removed_users": removed, "removed_users_count": removed.len(),
    })
}
