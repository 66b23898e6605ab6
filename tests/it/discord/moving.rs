//! The config of a running release is edited between two starts: channels come, go, and take the place of others.

use crate::world::World;
use crate::world::discord::{DEPLOYMENTS, Fault, INCIDENTS, WARNINGS};
use crate::world::setup::{APPROVAL, HEALTH, Setup, minutes};

/// The channel of the cards as the config has it first, and where it is moved to.
const HERE: &str = "deployments   = \"100000000000000002\"";
const THERE: &str = "deployments   = \"100000000000000004\"";

/// Lines of a config that are taken out.
const NO_INCIDENTS: (&str, &str) = ("incidents     = \"100000000000000003\"\n", "");

async fn staged(production: &str, machines: usize) -> World {
    let setup = Setup::production(production).machines(1, machines).on_discord("http").and_at_the_terminal();
    let mut w = World::of(setup).await;
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w
}

/// A production that waits for an approval.
async fn waits_for_people() -> World {
    let mut w = staged(APPROVAL, 1).await;
    w.ada().presses("Promote").await;
    w.until("v2 → production · Waiting for people").await;
    w.catches_up().await;
    w
}

/// The program ends, its config is edited, and the next one starts.
async fn is_edited(w: &mut World, (from, to): (&str, &str)) {
    w.stops().await;
    w.is_configured(|config| {
        assert!(config.contains(from), "{config}");
        config.replace(from, to)
    });
    w.starts_again().await;
    w.discord_is_ready().await;
}

/// Everything of v2's way to production was told in its thread, each line once.
#[track_caller]
fn is_told_once(w: &World) {
    let told = w.told_in("hello v2 → production");
    let mut seen = told.clone();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), told.len(), "a line was told twice: {told:#?}");
    assert!(told[0].contains("asked to take v2"), "{told:#?}");
    assert!(told.last().expect("lines").contains("It has ended: Succeeded"), "{told:#?}");
}

#[tokio::test]
async fn a_card_goes_on_where_it_is_and_the_next_one_comes_to_the_new_channel() {
    let mut w = waits_for_people().await;
    is_edited(&mut w, (HERE, THERE)).await;
    let said = w.clicks("bob", "v2 → production", "Approve").await;
    assert!(said.contains("You approved v2 for production"), "{said}");
    w.until("v2 → production · Succeeded").await;
    w.pass(minutes(2)).await;
    let old = ["hello v2 → staging · Succeeded", "hello v2 → production · Succeeded"];
    assert_eq!(w.lines_on_discord(DEPLOYMENTS), old);
    assert_eq!(w.lines_on_discord(WARNINGS), [""; 0], "nothing of it is doubled");
    is_told_once(&w);
    w.ada().says("/deploy staging v1").await;
    w.until("v1 → staging · Succeeded").await;
    w.pass(minutes(2)).await;
    assert_eq!(w.lines_on_discord(DEPLOYMENTS), old);
    assert_eq!(w.lines_on_discord(WARNINGS), ["hello v1 → staging · Succeeded"]);
}

#[tokio::test]
async fn a_card_whose_channel_was_closed_goes_on_in_the_new_one() {
    for gone in ["deleted", "hidden"] {
        let mut w = waits_for_people().await;
        let old = w.message("v2 → production");
        w.stops().await;
        if gone == "deleted" {
            w.discord().deletes_channel(DEPLOYMENTS);
        } else {
            w.discord().denies(DEPLOYMENTS, "VIEW_CHANNEL");
        }
        is_edited(&mut w, (HERE, THERE)).await;
        w.bob().presses("Approve").await;
        w.until("v2 → production · Succeeded").await;
        w.pass(minutes(5)).await;
        let cards: Vec<_> = w.discord().messages(WARNINGS).into_iter().filter(|m| !m.embeds.is_empty()).collect();
        assert_eq!(cards.len(), 1, "{gone}: {}", w.on_discord(WARNINGS));
        assert!(cards[0].content.contains(&old.link()), "{gone}: {}", cards[0].content);
        assert!(w.lines_on_discord(WARNINGS)[0].ends_with("hello v2 → production · Succeeded"), "{gone}");
    }
}

#[tokio::test]
async fn what_waited_for_a_channel_that_is_configured_away_is_said_once_beside_the_cards() {
    let mut w = staged(HEALTH, 2).await;
    w.discord().always_fails("POST", "/channels/100000000000000003/messages", Fault::status(500));
    w.ada().presses("Promote").await;
    w.cannot_be_put_back().await;
    w.fly().works_again();
    w.catches_up().await;
    assert_eq!(w.lines_on_discord(INCIDENTS), [""; 0]);
    is_edited(&mut w, NO_INCIDENTS).await;
    w.discord().works_again();
    w.pass(minutes(3)).await;
    let called: Vec<_> =
        w.lines_on_discord(DEPLOYMENTS).into_iter().filter(|line| line.contains("needs people now")).collect();
    assert_eq!(called.len(), 1, "{}", w.on_discord(DEPLOYMENTS));
    assert_eq!(w.lines_on_discord(INCIDENTS), [""; 0], "the channel is not used any more");
    w.stops().await;
    w.is_configured(|config| {
        config.replace("[discord.channels]\n", &format!("[discord.channels]\n{}", NO_INCIDENTS.0))
    });
    w.starts_again().await;
    w.discord_is_ready().await;
    w.pass(minutes(3)).await;
    assert_eq!(w.lines_on_discord(INCIDENTS), [""; 0], "nothing is said again when it comes back");
}

/// Whoever has one channel has all of it there.
#[tokio::test]
async fn with_the_channel_of_the_cards_alone_everything_is_said_there() {
    let mut setup =
        Setup::production(&format!("{APPROVAL}{HEALTH}")).machines(1, 1).on_discord("http").and_at_the_terminal();
    for channel in [
        "incidents     = \"100000000000000003\"\n",
        "warnings      = \"100000000000000004\"\n",
        "announcements = \"100000000000000005\"\n",
    ] {
        assert!(setup.config.contains(channel), "{channel}");
        setup.config = setup.config.replace(channel, "");
    }
    let mut w = World::of(setup).await;
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/halt tests").await;
    w.catches_up().await;
    let said = w.lines_on_discord(DEPLOYMENTS);
    assert!(said.iter().any(|line| line.contains("hello v2 → staging succeeded")), "{said:#?}");
    assert!(said.iter().any(|line| line.contains("Everything is halted")), "{said:#?}");
    for channel in [WARNINGS, INCIDENTS] {
        assert_eq!(w.lines_on_discord(channel), [""; 0]);
    }
}
