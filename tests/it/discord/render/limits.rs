//! Whatever a card holds, Discord takes what is painted of it, and nothing from outside is more than text.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use shipgate::card::{Button, ButtonStyle, Card, Detail, Mark, Press, Row, Tone};
use shipgate::chat::Message;
use shipgate::chat::button::{decode, mark};
use shipgate::chat::discord::render::{lines, paint, said};
use shipgate::domain::{Action, CardKey, Channel, Id};
use shipgate::words::Words;
use twilight_model::channel::message::{Component, Embed};

use crate::cards::here;
use crate::cards::strange::{card, outside};

fn units(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.encode_utf16().count())
}

fn embed_fits(embed: &Value) {
    let (title, description) = (&embed["title"], &embed["description"]);
    let footer = &embed["footer"]["text"];
    assert!(units(title) <= 256 && units(description) <= 4_096 && units(footer) <= 2_048, "{embed}");
    assert!(units(title) + units(description) + units(footer) <= 6_000);
    let texts = [title, description].map(|text| text.as_str().unwrap_or_default());
    assert!(texts.iter().any(|text| !text.trim().is_empty()), "nothing to read");
    texts.iter().for_each(|text| is_tame(text));
    let mut typed = embed.clone();
    typed["type"] = Value::from("rich");
    let typed: Embed = serde_json::from_value(typed).expect("twilight reads it");
    twilight_validate::embed::embed(&typed).expect("twilight takes it");
}

fn rows_fit(rows: &Value) {
    let rows = rows.as_array().expect("rows");
    assert!(rows.len() <= 5);
    let mut ids = BTreeSet::new();
    for row in rows {
        let parts = row["components"].as_array().expect("components");
        assert!((1..=5).contains(&parts.len()));
        for part in parts {
            let id = part["custom_id"].as_str().expect("a custom id");
            assert!(ids.insert(id.to_owned()), "{id} is there twice");
            assert!(units(&part["custom_id"]) <= 100);
            if part["type"] == 2 {
                assert!((1..=80).contains(&units(&part["label"])));
            } else {
                select_fits(part, parts.len());
            }
        }
        let typed: Component = serde_json::from_value(row.clone()).expect("twilight reads it");
        twilight_validate::component::component_v1(&typed).expect("twilight takes it");
    }
}

fn select_fits(select: &Value, beside: usize) {
    assert_eq!(beside, 1);
    assert!((1..=150).contains(&units(&select["placeholder"])));
    let options = select["options"].as_array().expect("options");
    assert!((1..=25).contains(&options.len()));
    let values: BTreeSet<&str> = options.iter().map(|option| option["value"].as_str().expect("a value")).collect();
    assert_eq!(values.len(), options.len());
    assert!(
        options.iter().all(|option| (1..=100).contains(&units(&option["label"])) && units(&option["value"]) <= 100)
    );
}

/// Nothing in it but what we put there ourselves means anything: read as Discord reads it, backslashes and code first.
fn is_tame(text: &str) {
    for line in text.split('\n') {
        let mut meant = String::new();
        let (mut is_code, mut is_escaped) = (false, false);
        for c in line.chars() {
            match c {
                _ if is_escaped => {
                    meant.push('\u{1}');
                    is_escaped = false;
                }
                '\\' if !is_code => is_escaped = true,
                '`' => is_code = !is_code,
                _ if is_code => {}
                _ => meant.push(c),
            }
        }
        assert!(!is_code && !is_escaped, "something is left open: {line}");
        let meant = without_ours(&meant);
        for bad in ["<", "@everyone", "@here", "*", "_", "~", "|", "[", "](", "://"] {
            assert!(!meant.to_lowercase().contains(bad), "{bad} means something in {line}");
        }
        for bad in ["# ", "> ", "-# ", "- ", "+ "] {
            assert!(!meant.trim_start().starts_with(bad), "{bad} begins {line}");
        }
    }
}

/// The line without the markup of ours: times, bold names, links to the one good address.
fn without_ours(line: &str) -> String {
    let mut left = line.replace("](https://github.com/acme/hello/commit/abc1234)", "").replace("**", "");
    if left != line.replace("**", "") {
        left = left.replace('[', "");
    }
    while let Some(from) = left.find("<t:") {
        let to = left[from..].find(":R>").map(|to| from + to + 3).expect("a whole time");
        assert!(left[from + 3..to - 3].trim_start_matches('-').bytes().all(|b| b.is_ascii_digit()), "{left}");
        left.replace_range(from..to, "");
    }
    left.replace("https://github.com/acme/hello/commit/abc1234", "")
}

fn holds(card: &Card, words: &Words) {
    let painted = paint(card, words);
    assert_eq!(painted, paint(card, words));
    embed_fits(&serde_json::to_value(&painted.embed).expect("json"));
    rows_fit(&serde_json::to_value(&painted.rows).expect("json"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_card_fits_and_is_tame(card in card()) {
        holds(&card, &here("en"));
        holds(&card, &here("ja"));
    }

    #[test]
    fn anything_said_fits_and_calls_only_whom_it_should(
        text in outside(), call in vec(prop_oneof![
            any::<u64>().prop_map(|id| format!("discord:user:{id}")),
            any::<u64>().prop_map(|id| format!("discord:role:{id}")),
            outside().prop_map(|text| format!("discord:user:{text}")),
        ], 0..150),
    ) {
        let message = Message {
            key: Id("k".to_owned()), since: shipgate::domain::Moment(0), tries: 1, card: CardKey::Deployment(Id("d".to_owned())), channel: Channel::Incidents, title: String::new(), text, call,
        };
        let (content, allowed) = said(&message);
        prop_assert!((1..=2_000).contains(&content.encode_utf16().count()));
        let allowed = serde_json::to_value(&allowed).expect("json");
        prop_assert_eq!(&allowed["parse"], &serde_json::json!([]));
        let mut rest = content.clone();
        for (sort, mark) in [("users", "<@"), ("roles", "<@&")] {
            let ids = allowed[sort].as_array().expect("ids");
            prop_assert!(ids.len() <= 100);
            for id in ids {
                let mention = format!("{mark}{}>", id.as_str().expect("an id"));
                prop_assert!(rest.contains(&mention));
                rest = rest.replacen(&mention, "", 1);
            }
        }
        is_tame(&rest);
    }

    #[test]
    fn any_lines_fit_in_order(texts in vec(outside(), 0..30)) {
        let details: Vec<Detail> = (1..).zip(&texts).map(|(seq, text)| Detail { seq, text: text.clone() }).collect();
        let batches = lines(&details);
        for batch in &batches {
            prop_assert!((1..=2_000).contains(&batch.content.encode_utf16().count()));
            is_tame(&batch.content);
        }
        prop_assert!(batches.is_sorted_by(|a, b| a.last < b.last));
    }
}

#[test]
fn a_long_card_keeps_its_sentence_and_says_what_it_left_out() {
    let item = |n: usize| Row::Item {
        mark: Mark::Passed,
        text: format!("machine {n}"),
        detail: "a long story ".repeat(20),
        until: None,
    };
    let mut rows = vec![Row::Text { text: "What is going on.".to_owned() }];
    rows.push(Row::Heading { text: "Short".to_owned() });
    rows.extend((0..3).map(item));
    rows.push(Row::Heading { text: "Long".to_owned() });
    rows.extend((0..200).map(item));
    let card = Card {
        title: "t".to_owned(),
        tone: Tone::Busy,
        rows,
        buttons: Vec::new(),
        footer: String::new(),
        environment: None,
        time_zone: None,
    };
    let embed = serde_json::to_value(paint(&card, &here("en")).embed).expect("json");
    let text = embed["description"].as_str().expect("a description");
    let first = "What is going on.\n\n**Short**\n✅ **machine 0** · a long story a long story a l…";
    assert!(text.starts_with(first), "{text}");
    let shown = text.matches("machine").count() - 3;
    assert!(text.ends_with(&format!("… and {} more", 200 - shown)), "{text}");
    assert!(shown > 40, "{shown}");
}

#[test]
fn several_gates_of_a_sort_are_one_select() {
    let press = |action, gate: Option<&str>| Press::Act {
        deployment: Id("01990b6e".to_owned()),
        action,
        gate: gate.map(str::to_owned),
        revision: 3,
        goes_back: false,
    };
    let button = |label: &str, press| Button {
        label: label.to_owned(),
        english: label.to_owned(),
        style: ButtonStyle::Primary,
        press,
    };
    let buttons = vec![
        button("Approve", press(Action::Approve, Some("approval"))),
        button("Confirm: notes", press(Action::Confirm, Some("notes"))),
        button("Confirm: backup", press(Action::Confirm, Some("backup"))),
        button("Abort", press(Action::Abort, None)),
    ];
    let card = Card {
        title: "t".to_owned(),
        tone: Tone::Asking,
        rows: Vec::new(),
        buttons,
        footer: String::new(),
        environment: None,
        time_zone: None,
    };
    let rows = serde_json::to_value(paint(&card, &here("en")).rows).expect("json");
    let labels: Vec<&str> =
        rows[0]["components"].as_array().expect("buttons").iter().filter_map(|b| b["label"].as_str()).collect();
    assert_eq!(labels, ["Approve", "Abort"]);
    let select = &rows[1]["components"][0];
    assert_eq!(select["placeholder"], "Tick an item…");
    assert_eq!(select["options"][1]["label"], "backup");
    let picked = decode(select["custom_id"].as_str().expect("an id")).expect("ours");
    let picked = picked.picking(select["options"][1]["value"].as_str().expect("a value")).expect("a mark");
    let expected = decode(&format!("sg1:confirm:3:{}:01990b6e", mark("backup")));
    assert_eq!(Some(picked), expected);
}
