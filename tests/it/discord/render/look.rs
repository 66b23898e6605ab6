//! Every card and page as Discord is sent it, in both languages; and what is said.

use insta::assert_snapshot;
use serde_json::Value;
use shipgate::card::{Detail, Link, Row, Tone};
use shipgate::chat::Message;
use shipgate::chat::discord::render::{Painted, lines, paint, said};
use shipgate::domain::{CardKey, Channel, Id};

use crate::cards::{here, sheets};

const LANGUAGES: [&str; 2] = ["en", "ja"];

#[test]
fn every_card_as_discord_is_sent_it() {
    for language in LANGUAGES {
        let words = here(language).in_fields().that_stay();
        for (sheet, cards) in sheets(&words) {
            let pages: Vec<String> =
                cards.iter().map(|(name, card)| format!("── {name}\n{}\n", text(&paint(card, &words)))).collect();
            let name = format!("discord_{sheet}_{language}");
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path("../../snapshots");
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| assert_snapshot!(name, pages.join("\n")));
        }
    }
}

/// The embed and its buttons, one below the other.
fn text(painted: &Painted) -> String {
    let embed = serde_json::to_value(&painted.embed).expect("json");
    let rows = serde_json::to_value(&painted.rows).expect("json");
    let of = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let mut parts = vec![format!("[{:06x}] {}", embed["color"].as_u64().unwrap_or_default(), of(&embed, "title"))];
    parts.push(of(&embed, "description"));
    for row in rows.as_array().expect("rows") {
        let face = |c: &Value| match c["type"].as_u64() {
            Some(2) => format!("[{}]({})", of(c, "label"), of(c, "custom_id")),
            _ => {
                let options = c["options"].as_array().expect("options").iter();
                let options: Vec<String> =
                    options.map(|o| format!("  - {} ({})", of(o, "label"), of(o, "value"))).collect();
                format!("[v {}]({})\n{}", of(c, "placeholder"), of(c, "custom_id"), options.join("\n"))
            }
        };
        parts.push(row["components"].as_array().expect("components").iter().map(face).collect::<Vec<_>>().join(" "));
    }
    parts.push(of(&embed["footer"], "text"));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn described(rows: Vec<Row>) -> String {
    let card = shipgate::card::Card {
        title: "t".to_owned(),
        tone: Tone::Plain,
        rows,
        buttons: Vec::new(),
        footer: String::new(),
        environment: None,
        time_zone: None,
    };
    let embed = serde_json::to_value(paint(&card, &here("en")).embed).expect("json");
    embed["description"].as_str().expect("a description").to_owned()
}

fn sentence(text: &str) -> String {
    described(vec![Row::Text { text: text.to_owned() }])
}

#[test]
fn what_comes_from_outside_is_text() {
    for (given, shown) in [
        ("# big", r"\# big"),
        ("-# small", r"\-# small"),
        ("> quote", r"\> quote"),
        ("1. list", r"1\. list"),
        ("2.", r"2\."),
        ("0.05 and 1.2", "0.05 and 1.2"),
        ("a *b* _c_ ~~d~~ ||e||", r"a \*b\* \_c\_ \~\~d\~\~ \|\|e\|\|"),
        ("<@1> <@&2> <#3> <t:4:R> <:e:5> </c:6>", r"\<@1> \<@&2> \<#3> \<t\:4\:R> \<\:e\:5> \</c\:6>"),
        ("@everyone and @HERE", "@\u{200B}everyone and @\u{200B}HERE"),
        ("[a](https://b)", r"\[a\](https\://b)"),
        (":tada: at 14:30:00", r"\:tada: at 14:30:00"),
        (r"\*a\*", r"\\\*a\\\*"),
        ("a\nb\u{2028}c\u{7}", "a b c"),
        ("type `/why` or `/help`", "type `/why` or `/help`"),
        ("an open ` tick * here", r"an open \` tick \* here"),
        ("`<@1>` and `a``b`", "`<@1>` and `a`\u{200B}`b`"),
        ("``", r"\`\`"),
    ] {
        assert_eq!(sentence(given), shown, "{given}");
    }
}

#[test]
fn a_link_lies_under_its_part_of_the_value() {
    let field = |value: &str, text: &str, url: &str| {
        let link = Some(Link { text: text.to_owned(), url: url.to_owned() });
        described(vec![Row::Field { name: "Release".to_owned(), value: value.to_owned(), link }])
    };
    let good = "https://github.com/acme/hello/commit/abc1234";
    assert_eq!(
        field("v2 · commit abc1234 · in place of v_1", "abc1234", good),
        format!(r"**Release** v2 · commit [abc1234]({good}) · in place of v\_1"),
    );
    assert_eq!(
        field("at https://a.example/x_y", "https://a.example/x_y", "https://a.example/x_y"),
        "**Release** at https://a.example/x_y"
    );
    for bad in ["javascript:alert(1)", "https://a.example/) [x](https://b.example", "https://a.example/>", "ftp://a"] {
        assert_eq!(field("v2", "v2", bad), "**Release** v2", "{bad}");
    }
}

#[test]
fn rows_look_as_discord_has_them() {
    assert_snapshot!(described(vec![
        Row::Text { text: "One.".to_owned() },
        Row::Text { text: "Two.".to_owned() },
        Row::Progress { text: "run it".to_owned(), done: 2, of: 4 },
        Row::Progress { text: "run it".to_owned(), done: 50, of: 100 },
        Row::Countdown { text: "It ends".to_owned(), until: shipgate::domain::Moment(1_795_392_010_999) },
        Row::Code { text: "/deploy `ENVIRONMENT`".to_owned() },
        Row::Heading { text: "A heading".to_owned() },
        Row::Text { text: "Three.".to_owned() },
    ]), @"
    One.
    Two.

    ▰▰▱▱ 2 of 4 run it
    ▰▰▰▰▰▰▱▱▱▱▱▱ 50 of 100 run it
    ⏱ It ends 09:00 Mon 23 Nov, Asia/Tokyo, <t:1795392010:R>
    `/deploy 'ENVIRONMENT'`

    **A heading**
    Three.
    ");
}

fn message(text: &str, call: &[&str]) -> Message {
    Message {
        key: Id("k".to_owned()),
        since: shipgate::domain::Moment(0),
        tries: 1,
        card: CardKey::Deployment(Id("d".to_owned())),
        channel: Channel::Deployments,
        title: String::new(),
        text: text.to_owned(),
        call: call.iter().map(|who| (*who).to_owned()).collect(),
    }
}

#[test]
fn only_who_is_called_is_called() {
    let call = [
        "discord:user:20",
        "discord:role:30",
        "discord:user:20",
        "terminal:ada",
        "discord:user:x",
        "discord:user:0",
        "discord:role:99999999999999999999999",
        "discord:user:",
    ];
    let (content, allowed) = said(&message("hello <@7> @everyone", &call));
    assert_eq!(content, "<@20> <@&30> hello \\<@7> @\u{200B}everyone");
    let allowed = serde_json::to_value(&allowed).expect("json");
    assert_eq!(allowed["parse"], serde_json::json!([]));
    assert_eq!(allowed["users"], serde_json::json!(["20"]));
    assert_eq!(allowed["roles"], serde_json::json!(["30"]));
}

#[test]
fn nobody_is_called_when_nobody_is_named() {
    let (content, allowed) = said(&message("<@&1>", &[]));
    assert_eq!(content, "\\<@&1>");
    let allowed = serde_json::to_value(&allowed).expect("json");
    assert_eq!(allowed, serde_json::json!({"parse": [], "users": [], "roles": []}));
}

#[test]
fn a_thread_gets_its_lines_in_order_and_in_few_messages() {
    let detail = |seq: u64| Detail { seq, text: format!("{seq} {}", "x".repeat(900)) };
    let batches = lines(&(1..=5).map(detail).collect::<Vec<_>>());
    assert_eq!(batches.iter().map(|batch| batch.last).collect::<Vec<_>>(), [2, 4, 5]);
    assert_eq!(lines(&[Detail { seq: 1, text: String::new() }]), []);
    let long = lines(&[Detail { seq: 1, text: "😀".repeat(5_000) }]);
    assert_eq!(long[0].content.encode_utf16().count(), 1_999);
}

/// A restart tells again what was not told to its end, and nothing else.
#[test]
fn the_lines_of_one_entry_stay_together_where_they_can() {
    let detail = |seq: u64| Detail { seq, text: "x".repeat(900) };
    let told = |seqs: &[u64]| {
        let batches = lines(&seqs.iter().map(|seq| detail(*seq)).collect::<Vec<_>>());
        batches.iter().map(|batch| (batch.last, batch.content.lines().count())).collect::<Vec<_>>()
    };
    assert_eq!(told(&[1, 2, 2]), [(1, 1), (2, 2)]);
    assert_eq!(told(&[1, 5, 5, 5, 6]), [(1, 1), (4, 2), (6, 2)]);
}
