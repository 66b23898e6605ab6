//! A channel as a reader sees it, as text for snapshots. Custom ids and times are left out.

use std::fmt::Write as _;

use serde_json::Value;

use super::{FakeDiscord, Message, Place};

impl FakeDiscord {
    /// What a channel or thread shows, message by message.
    #[track_caller]
    pub(crate) fn seen(&self, place: impl Into<Place>) -> String {
        let all = self.messages(place);
        all.iter().map(|message| self.seen_message(message.id)).collect::<Vec<_>>().join("\n")
    }

    /// What one message shows, also a private one.
    #[track_caller]
    pub(crate) fn seen_message(&self, id: u64) -> String {
        let message = self.message(id);
        let state = self.lock();
        let author = state.guild.member(message.author).map(|member| member.name).unwrap_or("?");
        let mut said = author.to_owned();
        let asked = message.interaction.and_then(|id| state.interactions.get(&id));
        if let Some(who) = asked.and_then(|asked| state.guild.member(asked.person)) {
            let _ = write!(said, " to {}", who.name);
        }
        let thread =
            state.guild.channel(message.id).and_then(|below| Some((below.name.clone(), below.thread.clone()?)));
        let marks = [
            message.ephemeral().then(|| "private".to_owned()),
            message.edited.map(|_| "edited".to_owned()),
            message.deleted.then(|| "deleted".to_owned()),
            message.reply_to.map(|_| "reply".to_owned()),
            (!message.pings.is_empty()).then(|| format!("pings {}", message.pings.join(" "))),
        ];
        let marks: Vec<String> = marks.into_iter().flatten().collect();
        if !marks.is_empty() {
            let _ = write!(said, " ({})", marks.join(", "));
        }
        said.push('\n');
        said.push_str(&body(&message));
        if let Some((name, thread)) = thread {
            let archived = if thread.is_archived(state.now()) { " (archived)" } else { "" };
            let _ = writeln!(said, "  # {name}{archived}");
        }
        said
    }
}

fn body(message: &Message) -> String {
    let mut said = String::new();
    indent(&mut said, "  ", &message.content);
    for embed in &message.embeds {
        let colour = embed["color"].as_u64().map(|colour| format!(" #{colour:06x}")).unwrap_or_default();
        let url = embed["url"].as_str().map(|url| format!(" <{url}>")).unwrap_or_default();
        indent(&mut said, "  | ", &format!("**{}**{colour}{url}", embed["title"].as_str().unwrap_or_default()));
        indent(&mut said, "  | ", embed["author"]["name"].as_str().unwrap_or_default());
        indent(&mut said, "  | ", embed["description"].as_str().unwrap_or_default());
        for field in embed["fields"].as_array().into_iter().flatten() {
            let inline = if field["inline"] == true { " (inline)" } else { "" };
            indent(&mut said, "  | ", &format!("{}{inline}:", field["name"].as_str().unwrap_or_default()));
            indent(&mut said, "  |   ", field["value"].as_str().unwrap_or_default());
        }
        let footer = embed["footer"]["text"].as_str().unwrap_or_default();
        if !footer.is_empty() {
            indent(&mut said, "  | _ ", footer);
        }
    }
    for component in &message.components {
        part(&mut said, "  ", component);
    }
    for file in &message.attachments {
        let _ = writeln!(said, "  file {}", file["filename"].as_str().unwrap_or_default());
    }
    said
}

/// Danger has a `!`, success a `+`, a link an arrow, what cannot be pressed round brackets.
fn part(said: &mut String, before: &str, component: &Value) {
    match component["type"].as_u64() {
        Some(1) => {
            let parts: Vec<String> = component["components"].as_array().into_iter().flatten().map(control).collect();
            let _ = writeln!(said, "{before}{}", parts.join(" "));
        }
        Some(10) => indent(said, before, component["content"].as_str().unwrap_or_default()),
        Some(14) => indent(said, before, "---"),
        _ => {
            for one in component["components"].as_array().into_iter().flatten() {
                part(said, &format!("{before}| "), one);
            }
            if component.get("accessory").is_some() {
                let _ = writeln!(said, "{before}{}", control(&component["accessory"]));
            }
        }
    }
}

fn control(one: &Value) -> String {
    let emoji = one["emoji"]["name"].as_str().map(|emoji| format!("{emoji} ")).unwrap_or_default();
    let label = one["label"].as_str().unwrap_or_default();
    if one["type"] == 2 {
        let mark = match one["style"].as_u64() {
            Some(3) => "+",
            Some(4) => "!",
            Some(5) => "→",
            _ => "",
        };
        return if one["disabled"] == true {
            format!("({emoji}{label}){mark}")
        } else {
            format!("[{emoji}{label}]{mark}")
        };
    }
    let options: Vec<String> = one["options"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|option| {
            let chosen = if option["default"] == true { "*" } else { "" };
            format!("{chosen}{}", option["label"].as_str().unwrap_or_default())
        })
        .collect();
    format!("<{}: {}>", one["placeholder"].as_str().unwrap_or_default(), options.join(" | "))
}

fn indent(said: &mut String, before: &str, text: &str) {
    for line in text.lines() {
        let _ = writeln!(said, "{}", format!("{before}{line}").trim_end());
    }
}
