//! Every card and page as Slack is sent it, in both languages; and what is said.

use insta::assert_snapshot;
use serde_json::json;
use shipgate::chat::slack::render::paint;

use crate::cards::{here, sheets};
use crate::world::slack::{judge_message, shown};

#[test]
fn every_card_as_slack_is_sent_it() {
    for language in ["en", "ja"] {
        let words = here(language);
        for (sheet, cards) in sheets(&words) {
            let page = |(name, card)| {
                let painted = paint(card, &words);
                let body = json!({ "text": painted.text, "blocks": painted.blocks });
                assert_eq!(judge_message(&body), Vec::<String>::new(), "{name}");
                format!("── {name}\n{}\n{}", painted.text, shown(&painted.blocks))
            };
            let pages: Vec<String> = cards.iter().map(|(name, card)| page((name, card))).collect();
            let name = format!("slack_{sheet}_{language}");
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path("../../snapshots");
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| assert_snapshot!(name, pages.join("\n")));
        }
    }
}
