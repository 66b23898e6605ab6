//! A release to production: how far it is taken, by whom, what becomes of it there, and what each chat shows of it in the
//! end: everything once, whatever was wrong on the way.

use shipgate::clock::Span;

use super::setup::PRODUCTION;
use super::watcher::Plug;
use super::wire::Trouble;
use super::{Expected, World, discord, slack};

/// The cards of such a release, in order.
const CARDS: [&str; 2] = ["hello v2 → staging", "hello v2 → production"];

impl World {
    /// A release to production, by people at the terminal.
    pub(crate) async fn releases(&mut self) {
        self.ada().says("/deploy staging").await;
        self.until("v2 → staging · Succeeded").await;
        self.promotes().await;
    }

    /// The same from staging on.
    pub(crate) async fn promotes(&mut self) {
        self.ada().says("/promote").await;
        self.until("v2 → production · Waiting for people").await;
        self.bob().presses("Approve").await;
        self.until("v2 → production · Succeeded").await;
    }

    /// The same to staging, where the program dies at what it remembers as the how manieth thing, and another one goes on.
    /// Says whether it came to that.
    pub(crate) async fn is_staged_though_it_dies(&mut self, nth: usize) -> bool {
        self.program().watcher.arm(Plug::Nth("about_to_commit remember".to_owned(), nth));
        self.ada().insists("/deploy staging").await.expect("a deployment");
        let ended = |w: &Self| w.screen.card("v2 → staging").is_some_and(|card| card.title.ends_with("Succeeded"));
        self.until_it("its death or its end", |w| w.is_dead() || ended(w)).await;
        self.pass(Span::minutes(1)).await;
        let dies = self.is_dead();
        if dies {
            // What it was doing is taken up at once, while its lease on a machine may still hold.
            self.expects(Expected::Refusals);
            self.starts_again().await;
            self.until("v2 → staging · Succeeded").await;
        }
        self.pass(Span::minutes(3)).await;
        dies
    }

    /// ada takes v2 to staging, on Slack.
    pub(crate) async fn is_staged_on_slack(&mut self) {
        self.on_slack("ada").types("/deploy staging").await;
        self.until("v2 → staging · Succeeded").await;
        self.slack_catches_up().await;
    }

    /// And then on to production, where it comes to this.
    pub(crate) async fn is_promoted_on_slack(&mut self, to: &str) {
        self.is_staged_on_slack().await;
        self.on_slack("ada").types("/promote").await;
        self.until(&format!("v2 → production · {to}")).await;
        self.slack_catches_up().await;
    }

    /// ada takes v2 to staging, on Discord.
    pub(crate) async fn is_staged_on_discord(&mut self) {
        self.types("ada", "/deploy environment:staging").await;
        self.until("v2 → staging · Succeeded").await;
    }

    /// And then on to production, where it comes to this.
    pub(crate) async fn is_promoted_on_discord(&mut self, to: &str) {
        self.is_staged_on_discord().await;
        self.types("ada", "/promote").await;
        self.until(&format!("v2 → production · {to}")).await;
        self.catches_up().await;
    }

    /// While v2 is watched in production, the answers there become too large to look into, so that people must decide.
    pub(crate) async fn is_undecided(&mut self) {
        self.until("v2 → production · Watching").await;
        let large = Box::leak("x".repeat(70_000).into_boxed_str());
        self.fly().edge_fails(PRODUCTION, Trouble::Says(200, large));
        self.until("v2 → production · People must decide").await;
    }

    /// While v2 is checked in production it turns bad, and somebody removes a machine, so that it cannot be put back.
    pub(crate) async fn cannot_be_put_back(&mut self) {
        self.until("v2 → production · Checking").await;
        self.fly().edge_fails(PRODUCTION, Trouble::Says(500, "broken"));
        self.expects(Expected::Refusals);
        self.fly().destroy(PRODUCTION, 0).await;
        self.until("v2 → production · Needs people").await;
    }

    /// What Discord shows of it.
    #[track_caller]
    pub(crate) fn is_told_once_on_discord(&self, what: &str) {
        assert_eq!(
            self.lines_on_discord(discord::DEPLOYMENTS),
            succeeded(),
            "{what}: each card once, in order, as it is"
        );
        for card in CARDS {
            each_line_is_told_once(&self.told_in(card), &format!("{what}, on Discord, {card}"));
        }
        assert!(self.discord().threads().iter().all(|(_, _, archived)| *archived), "{:?}", self.discord().threads());
        let announced = self.lines_on_discord(discord::ANNOUNCEMENTS);
        assert_eq!(announced.len(), 2, "{what}: {announced:#?}");
    }

    /// What Slack shows of it.
    #[track_caller]
    pub(crate) fn is_told_once_on_slack(&self, what: &str) {
        let posted = self.slack().messages(slack::DEPLOYMENTS);
        let cards = posted.iter().map(|card| card.title().trim_start_matches("🟢 ").to_owned());
        let cards: Vec<String> = cards.filter(|title| !title.is_empty()).collect();
        assert_eq!(cards, succeeded(), "{what}: each card once, in order, as it is");
        for card in CARDS {
            let told: Vec<String> = self.told_below(card).lines().map(str::to_owned).collect();
            each_line_is_told_once(&told, &format!("{what}, on Slack, {card}"));
            assert_eq!(self.handed_over(card).len(), 1, "{what}: the report of {card}");
        }
        let announced = self.slack().messages(slack::ANNOUNCEMENTS);
        assert_eq!(announced.len(), 2, "{what}: {announced:#?}");
    }
}

fn succeeded() -> [String; 2] {
    CARDS.map(|card| format!("{card} · Succeeded"))
}

#[track_caller]
fn each_line_is_told_once(told: &[String], what: &str) {
    let mut seen = told.to_vec();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), told.len(), "{what}: a line was told twice: {told:#?}");
    assert!(told.first().is_some_and(|line| line.contains("asked to take v2")), "{what}: {told:#?}");
    assert!(told.iter().any(|line| line.contains("It has ended: Succeeded")), "{what}: {told:#?}");
}
