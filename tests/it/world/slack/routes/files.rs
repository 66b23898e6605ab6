//! Files, in three steps. <https://docs.slack.dev/messaging/working-with-files#uploading_files>

use serde_json::{Value, json};

use super::super::message::{Message, Upload};
use super::super::server::Incoming;
use super::super::state::State;
use super::{Answered, may_write, text};

/// The longest words for who does not see a picture. <https://docs.slack.dev/reference/methods/files.getUploadURLExternal>
const LONGEST_ALT: usize = 1_000;

pub(super) fn begin(state: &mut State, body: &Value) -> Answered {
    let length = body["length"].as_str().and_then(|length| length.parse().ok()).filter(|length| *length > 0);
    let length: usize = length.ok_or("invalid_arguments")?;
    let alt = text(body, "alt_txt").to_owned();
    if alt.chars().count() > LONGEST_ALT {
        return Err("alt_txt_too_large");
    }
    let id = format!("F0{}", state.number());
    let upload = Upload { id: id.clone(), name: text(body, "filename").to_owned(), alt, length, ..Upload::default() };
    state.files.insert(id.clone(), upload);
    Ok(json!({"upload_url": format!("{}/upload/{id}", state.url), "file_id": id}))
}

pub(super) fn upload(state: &mut State, call: &Incoming) -> Answered {
    let file = state.files.get_mut(&call.rest).ok_or("file_not_found")?;
    if call.raw.len() != file.length {
        return Err("wrong_length");
    }
    file.bytes = Some(call.raw.to_vec());
    Ok(json!({}))
}

/// Files that come together are shown in one message.
pub(super) fn end(state: &mut State, body: &Value) -> Answered {
    let channel = body["channel_id"].as_str().ok_or("invalid_arguments")?;
    may_write(state, channel)?;
    let asked = body["files"].as_array().ok_or("invalid_arguments")?;
    let mut message = Message::new(channel, state.ts(), state.now());
    message.text = text(body, "initial_comment").to_owned();
    message.thread = body["thread_ts"].as_str().map(str::to_owned);
    for one in asked {
        let file = state.files.get_mut(text(one, "id")).filter(|file| file.bytes.is_some()).ok_or("file_not_found")?;
        text(one, "title").clone_into(&mut file.title);
        message.files.push(file.clone());
    }
    state.messages.push(message);
    Ok(json!({ "files": asked }))
}
