//! State → [`Card`]. The only place that chooses words, and it takes them from `locales/` through
//! [`Words`].
//!
//! A card is chat-neutral: a chat turns it into an embed, blocks or lines. Times stay moments, so that each chat can
//! show them its own way. Nothing here does I/O.
//!
//! Reading order: the deployment's card (`deployment`, with its sentence on what is going on in `now`, its `cause`,
//! `gates`, `rollout`, `watch` and `buttons`), the answers to commands (`pages`, `status`, `why`, `help`, `smoke`,
//! `refusal`), what is said once (`message`), the lines of a thread (`detail`), and the files of a deployment that is over
//! (`report`, `chart`).
//!
//! To add a page: a function from a view to a [`Card`] in a file here, and an arm in [`answer`].

mod buttons;
mod cause;
mod chart;
mod choices;
mod deployment;
mod detail;
mod gates;
mod halt;
mod help;
mod history;
mod lock;
mod message;
mod now;
mod pages;
mod plan;
mod refusal;
mod remedy;
mod report;
mod rollout;
mod smoke;
mod status;
mod watch;
mod why;

use serde::{Deserialize, Serialize};

use crate::domain::{Action, Id, Moment};
use crate::words::Words;

pub use choices::version_choice;
pub(crate) use deployment::short;
pub use deployment::{deployment, thread_title};
pub use detail::{Detail, Story};
pub use gates::evidence;
pub use halt::{halt, halt_is_past, halt_message};
pub use lock::{lock, lock_is_past, lock_message};
pub use message::{is_past, message, smoke_message};
pub use pages::answer;
pub use refusal::{SERVICE_CODES, no};
pub(crate) use remedy::typed;
pub use report::{Paper, Papers, papers};
pub use smoke::smoke;

/// A message about a deployment, a smoke test, or a page that answers a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// One line.
    pub title: String,
    /// How it looks; always said in words too.
    pub tone: Tone,
    /// What it says, in order.
    pub rows: Vec<Row>,
    /// What can be pressed now.
    pub buttons: Vec<Button>,
    /// The small print: who asked, the ledger's mark.
    pub footer: String,
    /// The environment that it is about, so that a press can name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The zone in which people read the moments that it counts towards; none where it counts towards none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl Card {
    /// A page that answers a command: no buttons, no environment.
    fn page(title: String, tone: Tone, rows: Vec<Row>) -> Self {
        Self { title, tone, rows, buttons: Vec::new(), footer: String::new(), environment: None, time_zone: None }
    }

    /// The same with moments in somebody's zone.
    fn in_zone(self, time_zone: &str) -> Self {
        Self { time_zone: Some(time_zone.to_owned()), ..self }
    }

    /// Words for the people who read the moments on it.
    #[must_use]
    pub fn words(&self, words: &Words) -> Words {
        self.time_zone.as_ref().map_or_else(|| words.clone(), |zone| words.in_zone(zone))
    }
}

/// How a card looks. A colour or an icon, never the only bearer of a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nothing to do.
    Plain,
    /// Under way.
    Busy,
    /// Waits for a person.
    Asking,
    /// Good.
    Good,
    /// Not good, but in hand.
    Warning,
    /// A person is needed.
    Bad,
}

/// One row of a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "snake_case")]
pub enum Row {
    /// A sentence or two.
    Text {
        /// The words.
        text: String,
    },
    /// A heading over the rows that follow.
    Heading {
        /// The words.
        text: String,
    },
    /// A name and a value.
    Field {
        /// The name.
        name: String,
        /// The value.
        value: String,
        /// Where a part of the value leads to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<Link>,
    },
    /// An item of a checklist, a machine, or a rule: a mark and words that say the same.
    Item {
        /// How it stands.
        mark: Mark,
        /// What it is.
        text: String,
        /// How it stands, in words, with the evidence.
        detail: String,
        /// A moment that the detail counts towards (the end of a watch, the opening of a window).
        until: Option<Moment>,
    },
    /// How far something is.
    Progress {
        /// What.
        text: String,
        /// So many are done.
        done: u32,
        /// Of so many.
        of: u32,
    },
    /// A moment that is waited for; chats show it as a countdown.
    Countdown {
        /// What comes then.
        text: String,
        /// When.
        until: Moment,
    },
    /// A line of code or a command to type.
    Code {
        /// As it is.
        text: String,
    },
}

impl Row {
    fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    fn heading(text: impl Into<String>) -> Self {
        Self::Heading { text: text.into() }
    }

    fn field(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Field { name: name.into(), value: value.into(), link: None }
    }

    fn linked(name: impl Into<String>, value: impl Into<String>, link: Option<Link>) -> Self {
        Self::Field { name: name.into(), value: value.into(), link }
    }

    fn item(mark: Mark, text: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Item { mark, text: text.into(), detail: detail.into(), until: None }
    }
}

/// Where something on a card leads to. A chat that has no links shows the text alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The part of the value that it lies under.
    pub text: String,
    /// The whole address: `https` or `http`.
    pub url: String,
}

/// Puts what belongs to one line together.
fn parts<T: AsRef<str>>(parts: &[T]) -> String {
    parts.iter().map(AsRef::as_ref).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// How an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Yes.
    Passed,
    /// Not yet, and nothing is being done.
    Waiting,
    /// Not yet; it is being worked on.
    Running,
    /// No.
    Failed,
    /// Not any more.
    Skipped,
    /// A person must act.
    Asking,
}

/// Something to press.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Button {
    /// The word on it.
    pub label: String,
    /// What the English label is, for `/press`.
    pub english: String,
    /// How it looks.
    pub style: ButtonStyle,
    /// What it does.
    pub press: Press,
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonStyle {
    /// The expected one.
    Primary,
    /// Another.
    Secondary,
    /// It takes something away.
    Danger,
}

/// What pressing a button does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "press", rename_all = "snake_case")]
pub enum Press {
    /// A decision about a deployment, at a revision.
    Act {
        /// Which deployment.
        deployment: Id,
        /// What.
        action: Action,
        /// Which gate, where several wait.
        gate: Option<String>,
        /// The revision of the card it is painted on.
        revision: u64,
        /// Whether something may be touched already, so that stopping it is going back.
        #[serde(default)]
        goes_back: bool,
    },
    /// Asks to hold next what another holds.
    Next {
        /// Which lock.
        lock: Id,
    },
    /// Lifts a lock.
    Unlock {
        /// Which lock.
        lock: Id,
    },
    /// Lets everything go on after a halt.
    Resume {
        /// Which halt.
        halt: Id,
    },
    /// Promotes the release of a deployment that succeeded to the next environment.
    Promote {
        /// The deployment that succeeded.
        deployment: Id,
        /// The app.
        app: String,
        /// The environment to promote to.
        environment: String,
        /// The version.
        version: String,
    },
}

/// A card as plain text, for an answer that is not a chat's: no marks that need a font, no colours.
#[must_use]
pub fn plain(card: &Card, words: &Words) -> String {
    let words = card.words(words);
    let row = |row: &Row| match row {
        Row::Text { text } | Row::Heading { text } | Row::Code { text } => text.clone(),
        Row::Field { name, value, .. } => format!("{name}: {value}"),
        Row::Item { text, detail, until, .. } => {
            parts(&[text.clone(), detail.clone(), until.map(|at| words.countdown(at)).unwrap_or_default()])
        }
        Row::Progress { text, done, of } => format!("{text}: {done}/{of}"),
        Row::Countdown { text, until } => format!("{text}: {}", words.countdown(*until)),
    };
    let lines = std::iter::once(card.title.clone()).chain(card.rows.iter().map(row));
    lines.chain([card.footer.clone()]).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}
