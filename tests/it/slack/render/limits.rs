//! Whatever a card holds, Slack takes what is painted of it, and nothing from outside is more than text.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use shipgate::card::{Detail, Row};
use shipgate::chat::Message;
use shipgate::chat::slack::render::{lines, moved, paint, said, sections};
use shipgate::domain::{CardKey, Channel, Id};

use crate::cards::here;
use crate::cards::strange::{card, outside, row};
use crate::world::slack::judge_message;

#[test]
fn a_row_of_spaces_is_left_out() {
    let card = shipgate::card::Card {
        title: "t".to_owned(),
        tone: shipgate::card::Tone::Plain,
        rows: vec![Row::Text { text: " ".to_owned() }],
        buttons: Vec::new(),
        footer: String::new(),
        environment: None,
        time_zone: None,
    };
    let painted = paint(&card, &here("en"));
    assert_eq!(painted.blocks.len(), 1, "the header alone: {:?}", painted.blocks);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_card_holds_slack_takes_it(card in card(), language in prop_oneof![Just("en"), Just("ja")]) {
        let words = here(language);
        let painted = paint(&card, &words);
        let body = json!({"text": painted.text, "blocks": painted.blocks});
        prop_assert_eq!(judge_message(&body), Vec::<String>::new());
        prop_assert_eq!(&paint(&card, &words), &painted);
        let again = moved(painted, "https://harbour.slack.com/archives/C0DEPLOY/p1795410000000001", &words);
        prop_assert_eq!(judge_message(&json!({"text": again.text, "blocks": again.blocks})), Vec::<String>::new());
    }

    #[test]
    fn the_sentence_on_what_is_going_on_is_never_lost(rows in vec(row(), 0..150)) {
        let sentence = Row::Text { text: "Only people are missing now.".to_owned() };
        let card = shipgate::card::Card {
            title: "t".to_owned(),
            tone: shipgate::card::Tone::Plain,
            rows: std::iter::once(sentence).chain(rows).collect(),
            buttons: Vec::new(),
            footer: String::new(),
            environment: None,
            time_zone: None,
        };
        let painted = serde_json::to_string(&paint(&card, &here("en")).blocks).expect("json");
        prop_assert!(painted.contains("Only people are missing now."));
    }

    #[test]
    fn nobody_is_called_but_by_name(text in outside(), strangers in vec(outside(), 0..5), many in 0..200_usize) {
        let known = (0..many).map(|n| format!("slack:user:U0{n}"));
        let call = ["slack:user:U0ADA", "slack:group:S0REL"].map(str::to_owned).into_iter().chain(known);
        let message = Message {
            key: Id("k".to_owned()),
            since: shipgate::domain::Moment(0), tries: 1,
            card: CardKey::Deployment(Id("d".to_owned())),
            channel: Channel::Incidents,
            title: "t".to_owned(),
            text,
            call: call.chain(strangers.into_iter().map(|who| format!("slack:user:{who}"))).collect(),
        };
        let said = said(&message, Some("https://harbour.slack.com/archives/C0/p1"));
        prop_assert!(said.starts_with("<@U0ADA> <!subteam^S0REL>"));
        prop_assert_eq!(judge_message(&json!({ "text": said, "blocks": sections(&said) })), Vec::<String>::new());
    }

    #[test]
    fn every_line_of_a_thread_is_told_in_order(texts in vec((0..5_u64, outside()), 0..40)) {
        let mut seq = 0;
        let details: Vec<Detail> = texts.into_iter().map(|(more, text)| {
            seq += more;
            Detail { seq, text }
        }).collect();
        let batches = lines(&details);
        for batch in &batches {
            let body = json!({ "text": batch.content, "blocks": sections(&batch.content) });
            prop_assert_eq!(judge_message(&body), Vec::<String>::new());
        }
        prop_assert!(batches.windows(2).all(|two| two[0].last <= two[1].last));
    }
}
