//! Releases, the evidence for them, and what bars them.

use serde::{Deserialize, Serialize};

use super::{Id, Moment};

/// A version: a commit and an immutable artifact. Never changes once made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The app it belongs to.
    pub app: String,
    /// The version people type, unique in the app.
    pub version: String,
    /// The whole image reference, `registry/repository@sha256:…`.
    pub image: String,
    /// `sha256:` and 64 hex digits.
    pub digest: String,
    /// The commit it was built from, if it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What the registrant wrote about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Whether what came before cannot run after it (a migration that cannot be undone).
    #[serde(default)]
    pub one_way: bool,
    /// When it was registered, or found.
    pub registered_at: Moment,
}

impl Release {
    /// The release that stands for something found running: `found-` and the first 8 of the digest.
    #[must_use]
    pub fn found(app: &str, image: &str, digest: &str, at: Moment) -> Self {
        let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
        Self {
            app: app.to_owned(),
            version: format!("found-{}", hex.chars().take(8).collect::<String>()),
            image: image.to_owned(),
            digest: digest.to_owned(),
            commit: None,
            notes: None,
            one_way: false,
            registered_at: at,
        }
    }

    /// Whether it was found running rather than registered. Such versions cannot be registered.
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.version.starts_with("found-")
    }
}

/// The recorded success of a release in an environment: gates and watch passed. Or, with `found`, that it ran
/// there when Shipgate first looked: good to go back to, but no ground for a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What succeeded.
    pub release: Release,
    /// When.
    pub at: Moment,
    /// By which deployment; none for what was found.
    pub deployment: Option<Id>,
    /// Found running at first contact rather than released by Shipgate.
    pub found: bool,
}

/// An artifact that is barred from every environment of its app, because it was rolled back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    /// The artifact.
    pub digest: String,
    /// The version it was rolled back as.
    pub version: String,
    /// Where that was.
    pub environment: String,
    /// When.
    pub at: Moment,
}
