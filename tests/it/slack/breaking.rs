//! What breaks while somebody is attended to: they are told, and everybody else is attended to as ever.

use insta::assert_snapshot;

use super::over_either;
use crate::world::setup::{APPROVAL, Setup};
use crate::world::watcher::Plug;
use crate::world::{Expected, World};

const CARD: &str = "v2 → production";

/// The connections that there are, and that there were.
fn connections(w: &World) -> (usize, usize) {
    (w.slack().connections(), w.slack().calls_of("apps.connections.open").len())
}

#[tokio::test]
async fn what_breaks_on_the_way_is_answered_and_breaks_nothing_else() {
    let heard = over_either(async |mode| {
        let mut w = World::of(Setup::production(APPROVAL).machines(1, 1).instantly().on_slack(mode)).await;
        w.expects(Expected::Errors("what somebody asked for broke on the way"));
        w.slack().person("bob").reads("ja-JP");
        let before = connections(&w);
        let breaks = |w: &World, plug| w.program().watcher.arm(Plug::Breaks(plug));
        // Nobody can know whether it was done: this was.
        breaks(&w, "committed advance");
        let mut heard = vec![w.on_slack("ada").types("/deploy staging").await];
        w.until("v2 → staging · Succeeded").await;
        // And this was not.
        breaks(&w, "about_to_commit advance");
        heard.push(w.on_slack("ada").mentions("promote").await);
        assert!(w.screen.card(CARD).is_none());
        w.on_slack("ada").types("/promote").await;
        w.until("v2 → production · Waiting for people").await;
        w.slack_catches_up().await;
        breaks(&w, "about_to_commit advance");
        heard.push(w.on_slack("bob").presses(CARD, "Approve").await);
        let form = w.reaches_on_slack("bob", CARD, "Reject");
        w.hears_on_slack(&form).await;
        breaks(&w, "about_to_commit advance");
        heard.push(w.submits_on_slack("bob", &form, &[("reason", "not on a monday")]).await);
        w.on_slack("bob").presses(CARD, "Approve").await;
        w.until("v2 → production · Succeeded").await;
        assert_eq!(connections(&w), before, "no connection was lost");
        assert!(w.log().contains("user=\"U0ADA\" channel=\"C0DEPLOY\""), "{}", w.log());
        heard.dedup();
        heard.join("\n")
    })
    .await;
    assert_snapshot!(heard, @"
    shipgate to ada (private)
      # 🟠 Something broke in Shipgate on the way, so nobody can say here whether it was done.
      `/shipgate status` shows how things stand. Whoever runs Shipgate finds the reason in its log.
      _ code for questions about this: broke

    shipgate to bob (private)
      # 🟠 Shipgate の処理中に不具合が起きました。実行されたかどうかは、ここでは分かりません。
      いまの状況は `/shipgate status` で確認できます。原因は Shipgate のログにあります。
      _ お問い合わせ用コード：broke
    ");
}
