//! Files in a card's thread, in three steps: Slack gives an address, the bytes go there, and then the file is shown.
//! <https://docs.slack.dev/messaging/working-with-files#upload>
//!
//! What was asked to be shown, with its outcome unknown, is looked for in the thread before it is asked for again. Files
//! are a convenience: after a few tries they are let be, and nothing waits for them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Slack;
use super::api::Failure;
use super::mrkdwn::Mrkdwn;
use super::post::{Posted, recall, remember};
use crate::card::{Paper, Papers};
use crate::chat::markup::Dialect as _;
use crate::chat::{Again, ChatTrouble, Memory};
use crate::domain::CardKey;

/// How often it is tried.
const TRIES: u32 = 3;

/// How long what is said with files may be.
const TEXT: usize = 300;

/// How many messages of a thread are looked through: as many as Slack gives at once.
const LOOKED_THROUGH: &str = "1000";

/// How far the files of a card are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Handed {
    /// How often it was begun.
    tries: u32,
    /// What Slack calls the files that it was asked to show.
    asked: Vec<String>,
    /// Nothing more is to be done.
    over: bool,
}

impl Handed {
    /// Those of a card that was posted before there were files: where everything is told, nobody waits for them.
    pub(super) fn of_an_older_version() -> Self {
        Self { over: true, ..Self::default() }
    }

    /// More is told below the card, so there will be files, whichever version posted it.
    pub(super) const fn go_on(&mut self) {
        self.over &= self.tries > 0;
    }

    pub(super) const fn are_wanted(&self) -> bool {
        !self.over && self.tries < TRIES
    }
}

impl Slack {
    pub(super) async fn hands_over(
        &self,
        key: &CardKey,
        papers: &Papers,
        memory: &dyn Memory,
    ) -> Result<(), ChatTrouble> {
        let Some(mut posted) = recall(key, memory).await?.filter(|posted| posted.files.are_wanted()) else {
            return Ok(());
        };
        // Counted before it is tried: also a program that dies of it gives up.
        posted.files.tries += 1;
        remember(key, &posted, memory).await?;
        let Err(failure) = self.brings(key, &mut posted, papers, memory).await? else {
            posted.files.over = true;
            return remember(key, &posted, memory).await;
        };
        let trouble = failure.trouble();
        if failure.is_closed() || trouble.again == Again::Never || !posted.files.are_wanted() {
            tracing::warn!(?failure, "a report is not handed over; `shipgate check` names a scope that is missing");
            posted.files.over = true;
            return remember(key, &posted, memory).await;
        }
        Err(trouble)
    }

    /// Does what is left to do; what Slack does not take is no trouble of the memory's.
    async fn brings(
        &self,
        key: &CardKey,
        posted: &mut Posted,
        papers: &Papers,
        memory: &dyn Memory,
    ) -> Result<Result<(), Failure>, ChatTrouble> {
        if posted.files.asked.is_empty() {
            let mut ids = Vec::new();
            for paper in &papers.files {
                match self.brings_one(paper).await {
                    Ok(id) => ids.push(id),
                    Err(failure) => return Ok(Err(failure)),
                }
            }
            posted.files.asked = ids;
            remember(key, posted, memory).await?;
        } else {
            match self.are_shown(posted).await {
                Ok(false) => {}
                shown => return Ok(shown.map(|_| ())),
            }
        }
        Ok(self.shows(posted, papers).await)
    }

    /// Brings the bytes of one file, and says what Slack calls it.
    async fn brings_one(&self, paper: &Paper) -> Result<String, Failure> {
        let length = paper.bytes.len().to_string();
        let mut query = vec![("filename", paper.name.as_str()), ("length", &length)];
        query.extend(paper.alt.as_deref().map(|alt| ("alt_txt", alt)));
        let place = self.workspace.api.get("files.getUploadURLExternal", &query).await?;
        let (Some(url), Some(id)) = (place["upload_url"].as_str(), place["file_id"].as_str()) else {
            return Err(Failure::Unreached("an answer without an address"));
        };
        self.workspace.api.upload(url, &paper.bytes).await?;
        Ok(id.to_owned())
    }

    /// All of them in one message of the thread.
    async fn shows(&self, posted: &Posted, papers: &Papers) -> Result<(), Failure> {
        let named = posted.files.asked.iter().zip(&papers.files);
        let files: Value = named.map(|(id, paper)| json!({"id": id, "title": paper.title})).collect();
        let text = Mrkdwn.text(&papers.text).cut(TEXT).to_string();
        let message = json!({
            "files": files, "channel_id": posted.channel, "thread_ts": posted.ts, "initial_comment": text,
        });
        self.workspace.api.post("files.completeUploadExternal", &message).await.map(|_| ())
    }

    /// Whether the thread shows the files already.
    async fn are_shown(&self, posted: &Posted) -> Result<bool, Failure> {
        let query = [("channel", posted.channel.as_str()), ("ts", &posted.ts), ("limit", LOOKED_THROUGH)];
        let thread = self.workspace.api.get("conversations.replies", &query).await?;
        let messages = thread["messages"].as_array().into_iter().flatten();
        let mut files = messages.flat_map(|message| message["files"].as_array().into_iter().flatten());
        Ok(files.any(|file| posted.files.asked.iter().any(|id| file["id"] == *id)))
    }
}
