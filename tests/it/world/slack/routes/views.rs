//! Forms. <https://docs.slack.dev/reference/methods/views.open>

use serde_json::{Value, json};
use shipgate::clock::Span;

use super::super::state::State;
use super::{Answered, text};

/// How long a form can be opened after what somebody did.
const TRIGGER: Span = Span::seconds(3);

pub(super) fn open(state: &mut State, body: &Value) -> Answered {
    let now = state.now();
    let trigger = text(body, "trigger_id");
    let ask = state.asks.values_mut().find(|ask| ask.trigger_id == trigger).ok_or("invalid_trigger_id")?;
    if now.since(ask.at) > TRIGGER {
        return Err("expired_trigger_id");
    }
    if ask.view.is_some() {
        return Err("exchanged_trigger_id");
    }
    let mut view = body["view"].clone();
    view["id"] = json!(format!("V0{}", ask.id));
    view["hash"] = json!(format!("{}.form", now.0));
    ask.view = Some(view);
    Ok(json!({}))
}
