//! What Slack tells of people, whichever way it came: over a connection, or as a signed request. Read leniently: what is
//! not needed may be missing or of another shape.
//!
//! Shapes: <https://docs.slack.dev/interactivity/implementing-slash-commands>,
//! <https://docs.slack.dev/reference/interaction-payloads>, <https://docs.slack.dev/apis/events-api>.
//!
//! To hear of one more thing: a variant of [`Incoming`] and an arm in `desk`.

use serde::Deserialize;
use serde_json::Value;

use crate::text::cut;

/// The longest id that is remembered.
const LONGEST_KEY: usize = 200;

/// What it is said to be by the way it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A slash command.
    Command,
    /// A press, or a form that was sent.
    Interaction,
    /// An event that the app listens to.
    Event,
}

/// Something that people did.
#[derive(Clone, Debug)]
pub(super) enum Incoming {
    Command(SlashCommand),
    Press(Press),
    Submission(Submission),
    Mention(Mention),
    Group(GroupChange),
    /// What we have no use for, and its type.
    Other(String),
}

/// A slash command.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SlashCommand {
    pub(super) command: String,
    pub(super) text: String,
    pub(super) user_id: String,
    pub(super) user_name: String,
    pub(super) team_id: String,
    pub(super) channel_id: String,
    pub(super) trigger_id: String,
    pub(super) response_url: String,
}

/// A press on a button, or a choice in a menu, of a message.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Press {
    pub(super) user: User,
    pub(super) team: Named,
    pub(super) channel: Named,
    pub(super) container: Container,
    pub(super) trigger_id: String,
    pub(super) response_url: String,
    pub(super) actions: Vec<Action>,
}

/// A form that was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Submission {
    pub(super) user: User,
    pub(super) team: Named,
    pub(super) trigger_id: String,
    pub(super) view: View,
}

/// Somebody spoke to us in a channel or a thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Mention {
    pub(super) event_id: String,
    pub(super) user: String,
    /// The workspace that they are of.
    pub(super) team: String,
    pub(super) channel: String,
    pub(super) text: String,
    /// The thread that it was said in.
    pub(super) thread: Option<String>,
}

/// Who did it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) team_id: String,
}

/// Something with an id.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) id: String,
}

/// Where it was pressed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Container {
    pub(super) message_ts: String,
    pub(super) thread_ts: Option<String>,
}

/// What was pressed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Action {
    pub(super) action_id: String,
    pub(super) value: Option<String>,
    pub(super) selected_option: Option<Chosen>,
}

/// What was chosen.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    pub(super) value: String,
}

/// The form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct View {
    pub(super) id: String,
    pub(super) hash: String,
    pub(super) callback_id: String,
    pub(super) private_metadata: String,
    pub(super) state: State,
}

/// What stands in it: by the id of the block, then of the field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct State {
    pub(super) values: serde_json::Map<String, Value>,
}

/// A user group has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GroupChange {
    pub(super) id: String,
    /// Who was taken out; none where that is not told.
    pub(super) removed: Option<Vec<String>>,
    /// Whether it is deactivated.
    pub(super) is_gone: bool,
}

impl Incoming {
    /// Reads what came.
    ///
    /// # Errors
    /// It is not what it is said to be.
    pub(super) fn read(sort: Sort, payload: Value) -> Result<Self, serde_json::Error> {
        let kind = payload["type"].as_str().unwrap_or_default().to_owned();
        let payload = without_nulls(payload);
        match (sort, kind.as_str()) {
            (Sort::Command, _) => SlashCommand::deserialize(payload).map(Self::Command),
            (Sort::Interaction, "block_actions") => Press::deserialize(payload).map(Self::Press),
            (Sort::Interaction, "view_submission") => Submission::deserialize(payload).map(Self::Submission),
            (Sort::Event, "event_callback") => Ok(Self::event(&payload)),
            _ => Ok(Self::Other(kind)),
        }
    }

    fn event(payload: &Value) -> Self {
        let event = &payload["event"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match event["type"].as_str() {
            Some("subteam_members_changed") => return Self::Group(GroupChange::of_members(event)),
            Some("subteam_updated") => return Self::Group(GroupChange::of_group(&event["subteam"])),
            _ => {}
        }
        // What a bot says is no command: two of them would talk for ever.
        if event["type"] != "app_mention" || event["bot_id"].is_string() || event["user"].as_str().is_none() {
            return Self::Other(text(&event["type"]));
        }
        let teams = [&event["user_team"], &event["team"], &payload["team_id"]];
        Self::Mention(Mention {
            event_id: text(&payload["event_id"]),
            user: text(&event["user"]),
            team: teams.into_iter().find_map(Value::as_str).unwrap_or_default().to_owned(),
            channel: text(&event["channel"]),
            text: text(&event["text"]),
            thread: event["thread_ts"].as_str().map(str::to_owned),
        })
    }

    /// The same whenever Slack sends it again, also by the other way in. What Slack gives no id is told apart by its
    /// `delivery`: the signature or the envelope. None where it may be done again.
    pub(super) fn key(&self, delivery: &str) -> Option<String> {
        let key = match self {
            Self::Command(command) => &command.trigger_id,
            Self::Press(press) => &press.trigger_id,
            Self::Submission(sent) if sent.trigger_id.is_empty() && !sent.view.id.is_empty() => {
                return Some(format!("view/{}/{}", sent.view.id, sent.view.hash))
                    .filter(|key| key.len() <= LONGEST_KEY);
            }
            Self::Submission(sent) => &sent.trigger_id,
            Self::Mention(mention) => &mention.event_id,
            Self::Group(_) | Self::Other(_) => return None,
        };
        match key.len() {
            1..=LONGEST_KEY => Some(format!("interaction/{key}")),
            _ => Some(format!("delivery/{}", cut(delivery, LONGEST_KEY))).filter(|_| !delivery.is_empty()),
        }
    }
}

/// Without members that are nothing: Slack writes `"team": null` as well as no team, and both mean that.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let known = members.into_iter().filter(|(_, value)| !value.is_null());
            known.map(|(name, value)| (name, without_nulls(value))).collect::<serde_json::Map<_, _>>().into()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        value => value,
    }
}

impl GroupChange {
    /// <https://docs.slack.dev/reference/events/subteam_members_changed>: of many, not all may be named.
    fn of_members(event: &Value) -> Self {
        let names = event["removed_users"].as_array().into_iter().flatten();
        let names: Vec<String> = names.filter_map(Value::as_str).map(str::to_owned).collect();
        let count = &event["removed_users_count"];
        let count = count.as_u64().or_else(|| count.as_str()?.parse().ok());
        let removed = (count == u64::try_from(names.len()).ok()).then_some(names);
        Self { id: event["subteam_id"].as_str().unwrap_or_default().to_owned(), removed, is_gone: false }
    }

    /// <https://docs.slack.dev/reference/events/subteam_updated>
    fn of_group(group: &Value) -> Self {
        let is_gone = group["date_delete"].as_i64().is_some_and(|at| at > 0);
        Self { id: group["id"].as_str().unwrap_or_default().to_owned(), removed: None, is_gone }
    }
}

impl Submission {
    /// What was filled in, by the names of the fields: a block each.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.view.state.values.iter().filter_map(|(name, block)| {
            let field = block.as_object()?.values().next()?;
            Some((name.as_str(), field["value"].as_str()?))
        })
    }
}
