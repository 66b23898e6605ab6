//! What a button carries, there and back.

use proptest::prelude::*;
use shipgate::card::Press;
use shipgate::chat::button::{Pressed, asks_reason, decode, decode_modal, encode, gate_of, mark, modal, select};
use shipgate::domain::{Action, Id};

const ID: &str = "01990b6e-7a10-7cc3-98c4-dc0c3fa9c2d1";
const ACTIONS: [Action; 8] = [
    Action::Approve,
    Action::Reject,
    Action::Confirm,
    Action::Abort,
    Action::Rollback,
    Action::Keep,
    Action::Override,
    Action::Snooze,
];

fn act(action: Action, gate: Option<&str>, goes_back: bool) -> Press {
    Press::Act { deployment: Id(ID.to_owned()), action, gate: gate.map(str::to_owned), revision: 7, goes_back }
}

fn promote() -> Press {
    let text = |text: &str| text.to_owned();
    Press::Promote { deployment: Id(text(ID)), app: text("a"), environment: text("b"), version: text("c") }
}

#[test]
fn custom_ids_are_stable() {
    // What is on a card in a channel now must be understood by the next release.
    assert_eq!(encode(&act(Action::Approve, Some("approval"), false)), format!("sg1:approve:7:9deb65b8:{ID}"));
    assert_eq!(encode(&act(Action::Abort, None, false)), format!("sg1:abort:7::{ID}"));
    assert_eq!(encode(&act(Action::Abort, None, true)), format!("sg1:abort-back:7::{ID}"));
    assert_eq!(encode(&act(Action::Snooze, None, false)), format!("sg1:snooze:7::{ID}"));
    assert_eq!(encode(&promote()), format!("sg1:promote:::{ID}"));
    assert_eq!(select(&Id(ID.to_owned()), Action::Confirm, 7), format!("sg1:pick-confirm:7::{ID}"));
    let pressed = decode(&encode(&act(Action::Reject, None, false))).expect("ours");
    assert_eq!(modal(&pressed), format!("m.sg1:reject:7::{ID}"));
}

#[test]
fn foreign_and_damaged_ids_mean_nothing() {
    for id in [
        "",
        "sg1",
        "poll:yes",
        "sg1:approve:7:9deb65b8:",
        "sg2:approve:7:9deb65b8:01990b6e",
        "sg1:approve:07:9deb65b8:01990b6e",
        "sg1:approve:-7:9deb65b8:01990b6e",
        "sg1:approve:7:9deb65:01990b6e",
        "sg1:approve:7:9DEB65B8:01990b6e",
        "sg1:applaud:7::01990b6e",
        "sg1:approve:7::019 90b6e",
        "sg1:approve:7::01990b6e:more",
        "sg1:promote:7::01990b6e",
        "sg1:pick-approve:7:9deb65b8:01990b6e",
        "m.sg1:reject:7::01990b6e",
        "sg1:approve:99999999999999999999::01990b6e",
    ] {
        assert_eq!(decode(id), None, "{id}");
        assert_eq!(decode_modal(&format!("m.{id}")), None, "{id}");
    }
    assert_eq!(decode_modal("sg1:reject:7::01990b6e"), None);
}

#[test]
fn saying_no_and_going_back_ask_for_a_reason() {
    let asks = |press: &Press| asks_reason(&decode(&encode(press)).expect("ours"));
    for (action, goes_back, reason) in [
        (Action::Approve, false, false),
        (Action::Confirm, false, false),
        (Action::Keep, false, false),
        (Action::Reject, false, true),
        (Action::Abort, false, false),
        (Action::Abort, true, true),
        (Action::Rollback, true, true),
    ] {
        assert_eq!(asks(&act(action, None, goes_back)), reason, "{action:?} {goes_back}");
    }
    assert!(!asks(&promote()));
}

#[test]
fn a_button_that_goes_back_says_so() {
    for (name, card) in crate::cards::sheets(&crate::cards::here("en")).remove(0).1 {
        for button in card.buttons {
            let goes_back = matches!(button.english.as_str(), "Roll back" | "Go back anyway");
            let wanted = goes_back || button.english == "Reject";
            let asks = asks_reason(&decode(&encode(&button.press)).expect("ours"));
            assert_eq!(asks, wanted, "{name}: {}", button.english);
        }
    }
}

#[test]
fn a_gate_is_found_by_its_mark() {
    let (_, view) = crate::cards::deployments().into_iter().find(|(name, _)| *name == "watching").expect("watching");
    let gates = &view.deployment.gates;
    assert_eq!(gate_of(&mark("approval"), gates), Some("approval"));
    assert_eq!(gate_of(&mark("aproval"), gates), None);
    assert_eq!(gate_of("", gates), None);
}

#[test]
fn an_option_of_a_select_is_a_press() {
    let picked = decode(&select(&Id(ID.to_owned()), Action::Confirm, 7)).expect("ours");
    let expected = decode(&encode(&act(Action::Confirm, Some("notes"), false)));
    assert_eq!(picked.clone().picking(&mark("notes")), expected);
    assert_eq!(picked.picking("notes"), None);
}

proptest! {
    #[test]
    fn every_press_comes_back(
        id in "[a-zA-Z0-9_-]{1,48}", action in 0..6_usize, gate in proptest::option::of(any::<String>()), revision: u64,
        goes_back: bool,
    ) {
        let (deployment, action) = (Id(id), ACTIONS[action]);
        let press = Press::Act { deployment: deployment.clone(), action, gate: gate.clone(), revision, goes_back };
        let pressed = Pressed::Act { deployment, action, gate: gate.as_deref().map(mark), revision, goes_back };
        let id = encode(&press);
        prop_assert!(id.len() <= 98);
        prop_assert_eq!(decode(&id), Some(pressed.clone()));
        let id = modal(&pressed);
        prop_assert!(id.len() <= 100);
        prop_assert_eq!(decode_modal(&id), Some(pressed));
    }

    #[test]
    fn an_id_that_is_not_ours_still_fits(id: String) {
        let press = Press::Act {
            deployment: Id(id), action: Action::Approve, gate: None, revision: u64::MAX, goes_back: true,
        };
        let encoded = encode(&press);
        prop_assert!(encoded.is_ascii() && encoded.len() <= 98, "{}", encoded);
    }

    #[test]
    fn anything_can_be_decoded(text in "\\PC{0,120}", tail in "[a-z0-9:-]{0,60}") {
        for text in [text, format!("sg1:{tail}")] {
            if let Some(pressed) = decode(&text) {
                prop_assert_eq!(modal(&pressed), format!("m.{text}"));
            }
        }
    }
}
