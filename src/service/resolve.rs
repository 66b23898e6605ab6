//! From the words of a command to the config's apps and environments, and from an image to its digest.

use super::{Place, Service};
use crate::command::{AppNames, Names};
use crate::config::{App, Config};
use crate::text::is_word;
use crate::view::No;

/// The apps and environments that commands can name.
pub(super) fn names(config: &Config) -> Names {
    let names = |app: &App| AppNames {
        name: app.name.clone(),
        environments: app.environments.iter().map(|environment| environment.name.clone()).collect(),
    };
    Names { apps: config.apps.iter().map(names).collect() }
}

/// The digest that pins an image.
pub(super) fn digest(image: &str) -> Result<String, No> {
    let refuse = || No::new("image_not_pinned").with("image", image);
    let (repository, digest) = image.split_once('@').ok_or_else(refuse)?;
    let hex = digest.strip_prefix("sha256:").ok_or_else(refuse)?;
    let pinned = hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let sane = !repository.is_empty() && repository.len() <= 512 && repository.bytes().all(|b| b.is_ascii_graphic());
    if pinned && sane { Ok(digest.to_owned()) } else { Err(refuse()) }
}

/// A version is a word that people can type; `found-…` is what Shipgate calls what it finds running.
pub(super) fn version(version: &str) -> Result<(), No> {
    if is_word(version) && !version.starts_with("found-") {
        Ok(())
    } else {
        Err(No::new("bad_version").with("version", version))
    }
}

impl Service {
    /// The app that is meant: with one app, the app is never asked for.
    pub(super) fn app_named(&self, name: Option<&str>) -> Result<&App, No> {
        let apps = &self.0.config.apps;
        let known = || apps.iter().map(|app| app.name.as_str()).collect::<Vec<_>>().join(", ");
        match (name, apps.as_slice()) {
            (Some(name), _) => {
                self.0.config.app(name).ok_or_else(|| No::new("unknown_app").with("app", name).with("known", known()))
            }
            (None, [only]) => Ok(only),
            (None, _) => Err(No::new("which_app").with("known", known())),
        }
    }

    pub(super) fn place(&self, app: Option<&str>, environment: &str) -> Result<Place<'_>, No> {
        let app = self.app_named(app)?;
        let found = app.environment(environment).ok_or_else(|| unknown_environment(app, environment))?;
        Ok(Place { app: &app.name, environment: &found.name })
    }

    /// Where a promotion goes: the environment after the first, when not said.
    pub(super) fn later_place(&self, app: Option<&str>, environment: Option<&str>) -> Result<Place<'_>, No> {
        if let Some(environment) = environment {
            return self.place(app, environment);
        }
        let app = self.app_named(app)?;
        let second = app.environments.get(1).ok_or_else(|| No::new("no_later_environment").with("app", &app.name))?;
        Ok(Place { app: &app.name, environment: &second.name })
    }

    pub(super) fn first_place(&self, app: Option<&str>) -> Result<Place<'_>, No> {
        let app = self.app_named(app)?;
        let first = app.environments.first().ok_or_else(|| No::new("no_later_environment").with("app", &app.name))?;
        Ok(Place { app: &app.name, environment: &first.name })
    }

    /// Every place that may be meant: of one app or all, one environment or all.
    pub(super) fn places(&self, app: Option<&str>, environment: Option<&str>) -> Result<Vec<Place<'_>>, No> {
        let apps: Vec<&App> = match app {
            Some(name) => vec![self.app_named(Some(name))?],
            None => self.0.config.apps.iter().collect(),
        };
        let all = apps.iter().flat_map(|app| app.environments.iter().map(|e| (app.name.as_str(), e.name.as_str())));
        let places: Vec<Place<'_>> = all
            .filter(|(_, name)| environment.is_none_or(|wanted| wanted.to_lowercase() == name.to_lowercase()))
            .map(|(app, environment)| Place { app, environment })
            .collect();
        match (places.is_empty(), environment, apps.first()) {
            (true, Some(environment), Some(app)) => Err(unknown_environment(app, environment)),
            _ => Ok(places),
        }
    }
}

pub(super) fn unknown_environment(app: &App, environment: &str) -> No {
    let known: Vec<&str> = app.environments.iter().map(|e| e.name.as_str()).collect();
    No::new("unknown_environment")
        .with("environment", environment)
        .with("app", &app.name)
        .with("known", known.join(", "))
}
