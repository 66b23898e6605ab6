//! Files, in three steps. <https://docs.slack.dev/messaging/working-with-files#uploading_files>

use serde_json::{Value, json};

use super::super::server::Incoming;
use super::super::state::State;
use super::{Answered, may_write, text};

pub(super) fn begin(state: &mut State, body: &Value) -> Answered {
    let length = body["length"].as_str().and_then(|length| length.parse().ok()).ok_or("invalid_arguments")?;
    let id = format!("F0{}", state.number());
    state.files.insert(id.clone(), (text(body, "filename").to_owned(), length, false));
    Ok(json!({"upload_url": format!("{}/upload/{id}", state.url), "file_id": id}))
}

pub(super) fn upload(state: &mut State, call: &Incoming) -> Answered {
    let (_, length, there) = state.files.get_mut(&call.rest).ok_or("file_not_found")?;
    if call.bytes != *length {
        return Err("wrong_length");
    }
    *there = true;
    Ok(json!({}))
}

pub(super) fn end(state: &mut State, body: &Value) -> Answered {
    if let Some(channel) = body["channel_id"].as_str() {
        may_write(state, channel)?;
    }
    let files = body["files"].as_array().ok_or("invalid_arguments")?;
    for file in files {
        let (_, _, there) = state.files.get(text(file, "id")).ok_or("file_not_found")?;
        if !there {
            return Err("file_not_found");
        }
    }
    Ok(json!({ "files": files }))
}
