//! The names that a config knows, so that a line can be read without guessing.

/// Every app with its environments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// In the order of the config.
    pub apps: Vec<AppNames>,
}

/// An app with its environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppNames {
    /// Its name.
    pub name: String,
    /// Its environments, in the order of promotion.
    pub environments: Vec<String>,
}

impl AppNames {
    /// The app's environment of that name, as the config writes it there.
    #[must_use]
    pub fn environment(&self, typed: &str) -> Option<&str> {
        named(typed, self.environments.iter(), |name| name).map(String::as_str)
    }
}

impl Names {
    /// The environment of that name, as the config writes it, in any app.
    #[must_use]
    pub fn environment(&self, typed: &str) -> Option<&str> {
        named(typed, self.apps.iter().flat_map(|app| &app.environments), |name| name).map(String::as_str)
    }

    /// The app of that name.
    #[must_use]
    pub fn app(&self, typed: &str) -> Option<&AppNames> {
        named(typed, self.apps.iter(), |app| &app.name)
    }

    /// The app that is meant: the one that is named, or the only one.
    #[must_use]
    pub fn meant(&self, typed: Option<&str>) -> Option<&AppNames> {
        match typed {
            Some(name) => self.app(name),
            None => self.apps.first().filter(|_| self.apps.len() == 1),
        }
    }

    /// Every environment once, of one app or of all.
    #[must_use]
    pub fn environments(&self, app: Option<&AppNames>) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.apps.iter().filter(|a| app.is_none_or(|app| app == *a)).flat_map(|a| &a.environments) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// Whether a word was probably meant to be an environment.
    pub(super) fn resembles_environment(&self, typed: &str) -> bool {
        let typed = typed.to_lowercase();
        self.environments(None).iter().any(|name| strsim::jaro_winkler(&typed, &name.to_lowercase()) >= 0.85)
    }
}

/// The one of that very name, else the first that is the same but for capitals.
fn named<'n, T>(typed: &str, all: impl Iterator<Item = &'n T> + Clone, name: impl Fn(&T) -> &str) -> Option<&'n T> {
    let folded = typed.to_lowercase();
    all.clone().find(|one| name(one) == typed).or_else(|| all.clone().find(|one| name(one).to_lowercase() == folded))
}
