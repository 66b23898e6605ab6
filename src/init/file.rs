//! The file that `shipgate init` writes: the parts of a first config, each below what it is for.

use super::Answers;
use crate::domain::Permission;
use crate::words::Words;

/// A config, commented in the language of `words`. Whether the answers make a good one, its reader says.
#[must_use]
pub fn write(answers: &Answers, words: &Words) -> String {
    let mut file = Lines { words, text: String::new() };
    file.say("init-file-head");
    file.text.push('\n');
    file.say("init-file-top");
    file.set("time_zone", &quoted(&answers.time_zone));
    file.set("locale", &quoted(&answers.locale));
    file.section("[database]", "init-file-database");
    file.set("url", r#""sqlite://shipgate.db""#);
    if let Some(room) = &answers.discord {
        file.section("[discord]", "init-file-discord");
        file.set("guild", &quoted(&room.guild));
        file.set("channels", &format!("{{ deployments = {} }}", quoted(&room.channel)));
    }
    if let Some(place) = &answers.slack {
        file.section("[slack]", "init-file-slack");
        file.set("channels", &format!("{{ deployments = {} }}", quoted(&place.channel)));
    }
    file.people(answers);
    file.section("[permissions]", "init-file-permissions");
    for permission in Permission::ALL {
        file.set(permission.word(), r#"["releasers"]"#);
    }
    file.text.push_str("\n[[apps]]\n");
    file.set("name", &quoted(&answers.app));
    let last = answers.environments.len().saturating_sub(1);
    for (index, (name, on_fly)) in answers.environments.iter().enumerate() {
        file.section("[[apps.environments]]", if index == 0 { "init-file-first" } else { "init-file-later" });
        file.set("name", &quoted(name));
        file.set("url", &quoted(&format!("https://{on_fly}.fly.dev")));
        file.set("target", &format!("{{ kind = \"fly\", app = {} }}", quoted(on_fly)));
        if index == last && index > 0 {
            file.approval(answers);
        }
        file.section("[[apps.environments.after]]", "init-file-after");
        file.set("name", r#""health""#);
        file.set("check", r#"{ kind = "http", url = "{url}/health", latency_below = "2s" }"#);
        file.set("times", "3");
        if index == last {
            file.watch();
        }
    }
    file.text
}

struct Lines<'a> {
    words: &'a Words,
    text: String,
}

impl Lines<'_> {
    fn say(&mut self, key: &str) {
        for line in self.words.get(key).lines() {
            self.text.push_str(&format!("# {line}\n"));
        }
    }

    fn section(&mut self, heading: &str, key: &str) {
        self.text.push('\n');
        self.say(key);
        self.text.push_str(&format!("{heading}\n"));
    }

    fn set(&mut self, key: &str, value: &str) {
        self.text.push_str(&format!("{key} = {value}\n"));
    }

    fn people(&mut self, answers: &Answers) {
        self.section("[people]", "init-file-people");
        for name in &answers.people {
            let is_bare = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') && !name.is_empty();
            let key = if is_bare { name.clone() } else { quoted(name) };
            self.set(&key, &format!("[{}]", quoted(&format!("api:{name}"))));
        }
        self.section("[groups]", "init-file-groups");
        let members: Vec<String> = answers.people.iter().cloned().chain(crowds(answers)).map(|m| quoted(&m)).collect();
        self.set("releasers", &format!("[{}]", members.join(", ")));
    }

    /// Nobody approves what they have asked for themselves, so it takes two.
    fn approval(&mut self, answers: &Answers) {
        if answers.people.len() < 2 && crowds(answers).next().is_none() {
            self.text.push('\n');
            self.say("init-file-alone");
            return;
        }
        self.section("[[apps.environments.before]]", "init-file-approval");
        self.set("name", r#""approval""#);
        self.set("approval", r#"{ from = "releasers", not_requester = true, expires = "20m" }"#);
    }

    fn watch(&mut self) {
        self.section("[apps.environments.watch]", "init-file-watch");
        self.set("for", r#""30m""#);
        self.set("inconclusive", r#"{ ask = "releasers", within = "30m", otherwise = "keep" }"#);
        self.text.push_str("\n[[apps.environments.watch.rules]]\n");
        self.set("name", r#""health""#);
        self.set("check", r#"{ kind = "http", url = "{url}/health" }"#);
        self.set("fails", "3");
    }
}

/// Those who may release, as a chat knows them: a role, a user group.
fn crowds(answers: &Answers) -> impl Iterator<Item = String> {
    let role = answers.discord.as_ref().and_then(|room| room.role.as_ref());
    let group = answers.slack.as_ref().and_then(|place| place.group.as_ref());
    let role = role.map(|role| format!("discord:role:{role}"));
    role.into_iter().chain(group.map(|group| format!("slack:group:{group}")))
}

/// A text as TOML has it; JSON's notation is a part of TOML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
