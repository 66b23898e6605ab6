//! Who does something, and what they may do. Groups and permissions are worked out by the service from the
//! config; the core only compares.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// An identity in one chat or on the API, such as `discord:user:123`, `terminal:ada` or `api:ci`,
/// and the human behind it where `[people]` names one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Who {
    /// `chat:…`; the part before the first colon is the chat.
    pub identity: String,
    /// The person that `[people]` maps the identity to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What cards call this person.
    pub name: String,
}

impl Who {
    /// The chat (or `api`) that the identity belongs to.
    #[must_use]
    pub fn chat(&self) -> &str {
        self.identity.split(':').next().unwrap_or_default()
    }

    /// Whether both are one human: the same identity, or two identities of one person.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.identity == other.identity || (self.person.is_some() && self.person == other.person)
    }

    /// Whether it is known that both are one human, or known that they are two. Two identities in different
    /// chats tell nothing unless `[people]` knows both.
    #[must_use]
    pub fn comparable(&self, other: &Self) -> bool {
        self.chat() == other.chat() || (self.person.is_some() && other.person.is_some())
    }
}

/// What is done, and so what must be permitted. It follows the deed, not the word typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// A deployment into the first environment.
    Deploy,
    /// A deployment into any later environment.
    Promote,
    /// Registering a release.
    Release,
    /// Going back.
    Rollback,
    /// Approving and rejecting.
    Approve,
    /// Passing a gate by word, with a reason; hotfixes too.
    Override,
    /// Locking, and unlocking what another has locked.
    Lock,
    /// Stopping everything, and resuming.
    Halt,
    /// Lifting a quarantine.
    Quarantine,
}

impl Permission {
    /// Every permission, in the order in which `shipgate check` lists them.
    pub const ALL: [Self; 9] = [
        Self::Deploy,
        Self::Promote,
        Self::Release,
        Self::Rollback,
        Self::Approve,
        Self::Override,
        Self::Lock,
        Self::Halt,
        Self::Quarantine,
    ];

    /// The word in the config and in refusals.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Promote => "promote",
            Self::Release => "release",
            Self::Rollback => "rollback",
            Self::Approve => "approve",
            Self::Override => "override",
            Self::Lock => "lock",
            Self::Halt => "halt",
            Self::Quarantine => "quarantine",
        }
    }

    /// Whether everybody has it when the config does not name it.
    #[must_use]
    pub const fn open_by_default(self) -> bool {
        matches!(self, Self::Deploy | Self::Release)
    }
}

/// The person who acts, with what the config lets them do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who it is.
    pub who: Who,
    /// Every group they are in; `everyone` is built in and not listed.
    pub groups: BTreeSet<String>,
    /// What they may do.
    pub may: BTreeSet<Permission>,
}

impl Actor {
    /// Whether the person is in a group; everyone is in `everyone`.
    #[must_use]
    pub fn is_in(&self, group: &str) -> bool {
        group == "everyone" || self.groups.contains(group)
    }
}
