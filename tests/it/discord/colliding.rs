//! Two presses at once, presses that come too late, and presses on what was never painted.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::discord::{Asked, Fault};
use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, Setup, WATCH, minutes};

const CARD: &str = "v2 → production";

async fn promoted(mode: &str, production: &str) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 1).on_discord(mode)).await;
    w.is_promoted_on_discord("Waiting for people").await;
    w
}

/// What two people hear, who pressed in the same moment.
async fn both_hear(w: &mut World, both: [Asked; 2]) -> String {
    format!("{}\n{}", w.hears(&both[0]).await, w.hears(&both[1]).await)
}

#[tokio::test]
async fn of_a_double_click_one_counts() {
    for mode in ["gateway", "http"] {
        let mut w = promoted(mode, APPROVAL).await;
        let both = [w.reaches("bob", CARD, "Approve"), w.reaches("bob", CARD, "Approve")];
        let heard = both_hear(&mut w, both).await;
        assert_eq!(heard.matches("**You approved v2 for production.**").count(), 1, "{heard}");
        assert_eq!(heard.matches("**Something has changed since that card was painted").count(), 1, "{heard}");
        assert_eq!(heard.matches("bob was first: Approve.").count(), 1, "{heard}");
        w.until("v2 → production · Succeeded").await;
        assert_eq!(w.fly().updates(PRODUCTION), [1]);
    }
}

#[tokio::test]
async fn of_two_people_one_is_first_and_the_other_is_told_who_and_what() {
    let mut w = promoted("gateway", &APPROVAL.replace("true", "false")).await;
    let form = w.reaches("ada", CARD, "Reject");
    w.hears(&form).await;
    let reject = w.discord().person("ada").submit(&form, &[("reason", "not today")]);
    let both = [reject, w.reaches("bob", CARD, "Approve")];
    let heard = both_hear(&mut w, both).await;
    let (first, deed) = if heard.contains("You approved") { ("bob", "Approve") } else { ("ada", "Reject") };
    assert_eq!(heard.matches("**You ").count(), 1, "{heard}");
    assert_eq!(heard.matches(&format!("{first} was first: {deed}.")).count(), 1, "{heard}");
}

#[tokio::test]
async fn a_press_on_an_old_card_is_refused_and_the_card_painted_again() {
    let mut w = promoted("gateway", &[APPROVAL, HEALTH, WATCH].concat()).await;
    let old = w.message(CARD);
    w.clicks("bob", CARD, "Approve").await;
    w.until("v2 → production · Watching").await;
    w.catches_up().await;
    let edits = w.message(CARD).edits;
    assert_snapshot!(w.clicks_id("ada", old.id, &old.custom_id("Approve")).await, @"
    shipgate to ada (private)
      | **Something has changed since that card was painted, so the press did not count.** #e67e22
      | bob was first: Approve.
      | Look at the card as it is now and press again if you still want to (it was revision 3, now it is 7).
      | _ code for questions about this: stale_card
    ");
    w.catches_up().await;
    assert!(w.message(CARD).edits > edits, "the card is painted again");
    let person = w.discord().person("ada").locale("ja");
    let asked = person.clicks_id(old.id, &old.custom_id("Abort"));
    assert_snapshot!(w.hears(&asked).await, @"
    shipgate to ada (private)
      | **カードの表示後に状態が変わったため、この操作は無効です。** #e67e22
      | 先に bob さんが「承認」を行いました。
      | 最新のカードを確認し、必要ならもう一度押してください（押した時点の版 3、現在の版 7）。
      | _ お問い合わせ用コード：stale_card
    ");
    w.until("v2 → production · Succeeded").await;
    assert_snapshot!(w.clicks_id("ada", old.id, &old.custom_id("Abort")).await, @"
    shipgate to ada (private)
      | **It has ended already: Succeeded.** #e67e22
      | Nothing was changed by this. `/status` shows how things stand.
      | _ code for questions about this: already_closed
    ");
}

#[tokio::test]
async fn a_promote_on_a_card_that_could_not_be_painted_since_is_refused_until_it_is() {
    let mut w = World::of(Setup::production("").machines(1, 1).instantly().on_discord("gateway")).await;
    w.types("ada", "/deploy environment:staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.catches_up().await;
    w.discord().always_fails("PATCH", "", Fault::status(500));
    w.types("ada", "/deploy environment:staging version:v4-late").await;
    w.until("v4-late → staging · Succeeded").await;
    assert_snapshot!(w.clicks("ada", "v2 → staging", "Promote").await, @"
    shipgate to ada (private)
      | **Something else has come to staging since that card was painted, so the button for v2 is gone and the press did not count.** #e67e22
      | Look at the card as it is now. To promote v2 all the same, choose it and production in the fields of `/promote`.
      | _ code for questions about this: button_gone
    ");
    w.discord().works_again();
    w.pass(minutes(1)).await;
    assert_eq!(w.message("v2 → staging").buttons(), [""; 0]);
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
    w.types("ada", "/promote environment:production version:v2").await;
    w.until("v2 → production · Succeeded").await;
}

#[tokio::test]
async fn a_button_that_was_never_painted_does_nothing() {
    let mut w = promoted("gateway", APPROVAL).await;
    let card = w.message(CARD);
    let approve = card.custom_id("Approve");
    assert_snapshot!(w.clicks_id("bob", card.id, "vote:7").await, @"
    shipgate to bob (private)
      | **This button is of a card that Shipgate does not know.** #e67e22
      | `/status` shows what is under way; its card has the buttons that work.
      | _ code for questions about this: button_foreign
    ");
    let person = w.discord().person("bob").locale("ja");
    let asked = person.clicks_id(card.id, "sg0:approve:3::x");
    assert_snapshot!(w.hears(&asked).await, @"
    shipgate to bob (private)
      | **このボタンは、Shipgate の把握していないカードのものです。** #e67e22
      | 進行中のものは `/status` で確認できます。そのカードのボタンを使ってください。
      | _ お問い合わせ用コード：button_foreign
    ");
    let foreign = w.clicks_id("bob", card.id, "vote:7").await;
    for damaged in [
        approve.replace("sg1", "sg2"),
        approve.replace("approve", "deploy"),
        approve[..approve.len() - 37].to_owned(),
        format!("m.{approve}"),
        approve.replace("approve", "approve-back-back"),
        "sg1::::".to_owned(),
    ] {
        assert_eq!(w.clicks_id("bob", card.id, &damaged).await, foreign, "{damaged}");
    }
    let unknown = format!("{}0000", &approve[..approve.len() - 4]);
    assert_snapshot!(w.clicks_id("bob", card.id, &unknown).await, @"
    shipgate to bob (private)
      | **There is no such deployment here.** #e67e22
      | `/status` shows what is under way, `/history` what was.
      | _ code for questions about this: no_such_deployment
    ");
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
}

#[tokio::test]
async fn a_reason_that_comes_after_the_deployment_has_moved_on_is_refused() {
    let mut w = promoted("gateway", APPROVAL).await;
    let form = w.reaches("ada", CARD, "Reject");
    assert_snapshot!(w.hears(&form).await, @"form `Reject`: Why?");
    w.clicks("bob", CARD, "Approve").await;
    w.until("v2 → production · Succeeded").await;
    assert_snapshot!(w.submits("ada", &form, "not today").await, @"
    shipgate to ada (private)
      | **It has ended already: Succeeded.** #e67e22
      | Nothing was changed by this. `/status` shows how things stand.
      | _ code for questions about this: already_closed
    ");
    w.catches_up().await;
    let form = w.reaches("bob", CARD, "Roll back");
    w.hears(&form).await;
    w.clicks_because("ada", CARD, "Roll back", "blank pages").await;
    w.until("back to v1 in production · Succeeded").await;
    assert_snapshot!(w.submits("bob", &form, "blank pages").await, @"
    shipgate to bob (private)
      | **It has ended already: Succeeded.** #e67e22
      | Nothing was changed by this. `/status` shows how things stand.
      | _ code for questions about this: already_closed
    ");
    assert_eq!(w.fly().updates(PRODUCTION), [2]);
}
