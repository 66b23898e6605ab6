//! The gateway misbehaves. serenity's own reconnections take real time; the program's watch goes by the world's clock.

use shipgate::clock::{Clock as _, Span};

use crate::world::discord::FakeDiscord;
use crate::world::setup::{APPROVAL, Setup, minutes, seconds};
use crate::world::wire::{On, Trouble};
use crate::world::{Expected, World};

async fn world() -> World {
    let mut w = World::of(Setup::production(APPROVAL).on_discord("gateway").instantly()).await;
    // Every end of a connection is an error in the log.
    w.expects(Expected::Errors(""));
    w
}

/// A command is answered.
async fn works(w: &mut World) {
    let said = w.types("ada", "/status").await;
    assert!(said.contains("hello"), "{said}");
}

fn is_up(w: &World) -> bool {
    w.program().metrics.text().contains("shipgate_chat_connected{chat=\"discord\"} 1")
}

/// Lets time pass until a bot is there again: how long it took.
async fn comes_back(w: &mut World, starts: usize) -> Span {
    let begun = w.clock.now();
    let is_back = |fake: &FakeDiscord| {
        let told = fake.gateway();
        told.identifies + told.resumes > starts && fake.bots() > 0
    };
    // serenity waits 5 seconds of real time between two sessions.
    let mut patience = seconds(8);
    while !w.discord().holds_within(patience, is_back).await {
        assert!(w.clock.now().since(begun) < minutes(20), "it never came back: {:?}", w.discord().gateway());
        w.pass(seconds(10)).await;
        patience = Span(400);
    }
    w.clock.now().since(begun)
}

async fn closes_and_comes_back(code: u16) {
    let mut w = world().await;
    let told = w.discord().gateway();
    w.discord().close_gateway(code);
    let took = comes_back(&mut w, told.identifies + told.resumes).await;
    assert!(took <= minutes(3), "{code}: {took:?}");
    works(&mut w).await;
    w.pass(seconds(20)).await;
    assert!(is_up(&w), "{code}");
    let more = w.discord().gateway().identifies - told.identifies;
    assert!(more <= 3, "{code}: {more} sessions");
}

#[tokio::test]
async fn after_a_close_that_is_not_final_a_command_works_again() {
    for code in [1_000, 4_000, 4_007, 4_008] {
        closes_and_comes_back(code).await;
    }
}

#[tokio::test]
async fn after_the_end_of_a_session_a_command_works_again() {
    closes_and_comes_back(4_009).await;
}

#[tokio::test]
async fn after_a_dropped_connection_a_command_works_again() {
    let mut w = world().await;
    let told = w.discord().gateway();
    w.discord().drop_gateway();
    comes_back(&mut w, told.identifies + told.resumes).await;
    works(&mut w).await;
}

#[tokio::test]
async fn after_being_asked_to_reconnect_a_command_works_again() {
    let mut w = world().await;
    let told = w.discord().gateway();
    w.discord().asks_to_reconnect();
    comes_back(&mut w, told.identifies + told.resumes).await;
    works(&mut w).await;
    assert_eq!(w.discord().gateway().identifies, told.identifies, "it was resumed");
}

#[tokio::test]
async fn after_an_invalid_session_a_command_works_again() {
    for resumable in [true, false] {
        let mut w = world().await;
        let told = w.discord().gateway();
        w.discord().invalidates_sessions(resumable);
        comes_back(&mut w, told.identifies + told.resumes).await;
        works(&mut w).await;
    }
}

#[tokio::test]
async fn a_refused_token_is_named_and_tried_every_five_minutes() {
    for (code, tried_for, most) in [(4_004, 21, 5), (4_013, 4, 1), (4_014, 4, 1)] {
        let mut w = world().await;
        let told = w.discord().gateway();
        w.discord().refuse_identify(Some(code));
        w.discord().close_gateway(code);
        for _ in 0..tried_for {
            w.discord().turns().await;
            w.pass(minutes(1)).await;
        }
        let tried = w.discord().gateway().identifies - told.identifies;
        assert!(tried <= most, "{code}: {tried} sessions in {tried_for} minutes");
        assert!(!is_up(&w), "{code}");
        let named = if code == 4_004 { "DISCORD_TOKEN is refused; reset the token" } else { "refuses our intents" };
        assert!(w.log().contains(named), "{}", w.log());
        w.discord().refuse_identify(None);
        comes_back(&mut w, 0).await;
        works(&mut w).await;
    }
}

#[tokio::test]
async fn a_version_of_the_gateway_that_is_not_served_any_more_is_seen_and_does_not_use_up_the_day() {
    let mut w = world().await;
    let told = w.discord().gateway();
    w.discord().refuse_identify(Some(4_012));
    w.discord().close_gateway(4_012);
    for _ in 0..120 {
        w.discord().turns().await;
        w.pass(seconds(30)).await;
    }
    let tried = w.discord().gateway().identifies - told.identifies;
    assert!(tried <= 40, "{tried} sessions in an hour");
    assert!(!is_up(&w), "the metric says that nobody can press");
    assert!(w.log().contains("4012"), "the code can be looked up: {}", w.log());
    assert!(w.log().contains("the connection to Discord has ended; it is made anew"), "{}", w.log());
    w.discord().refuse_identify(None);
    comes_back(&mut w, told.identifies + tried + told.resumes).await;
    works(&mut w).await;
}

#[tokio::test]
async fn sessions_that_end_one_after_the_other_do_not_use_up_the_day() {
    let mut w = world().await;
    let told = w.discord().gateway();
    w.discord().refuse_identify(Some(4_009));
    w.discord().close_gateway(4_009);
    for _ in 0..120 {
        w.discord().turns().await;
        w.pass(seconds(30)).await;
    }
    let tried = w.discord().gateway().identifies - told.identifies;
    assert!(tried <= 40, "{tried} sessions in an hour");
    w.discord().refuse_identify(None);
    comes_back(&mut w, told.identifies + tried + told.resumes).await;
    works(&mut w).await;
}

#[tokio::test]
async fn a_gateway_that_refuses_connections_is_back_within_five_minutes_of_its_return() {
    let mut w = world().await;
    let told = w.discord().gateway();
    w.discord().refuse_gateway(true);
    w.discord().drop_gateway();
    for _ in 0..40 {
        w.discord().turns().await;
        w.pass(seconds(15)).await;
    }
    assert!(!is_up(&w));
    let tried = w.discord().gateway();
    assert!(tried.connections - told.connections < 60, "{tried:?}");
    w.discord().refuse_gateway(false);
    let took = comes_back(&mut w, told.identifies + told.resumes).await;
    assert!(took <= minutes(7), "{took:?}");
    works(&mut w).await;
    assert!(w.log().contains("reason=\"it was down for a minute\""), "our own watch has seen it: {}", w.log());
}

#[tokio::test]
async fn a_gateway_that_does_not_hear_heartbeats_is_left_for_a_new_one() {
    let mut w = World::that_does_not_run(Setup::production(APPROVAL).on_discord("gateway").instantly()).await;
    w.expects(Expected::Errors(""));
    w.discord().heartbeats_every(Span(300));
    w.starts_again().await;
    w.discord_is_ready().await;
    let told = w.discord().gateway();
    w.discord().deaf_gateway(true);
    w.discord().until("another connection", |fake| fake.gateway().connections > told.connections).await;
    w.discord().deaf_gateway(false);
    comes_back(&mut w, told.identifies + told.resumes).await;
    works(&mut w).await;
}

#[tokio::test]
async fn after_codes_that_serenity_does_not_report_a_command_works_again() {
    for code in [4_010, 4_011] {
        let mut w = World::that_does_not_run(Setup::production(APPROVAL).on_discord("gateway").instantly()).await;
        w.expects(Expected::Errors(""));
        w.discord().heartbeats_every(Span(300));
        w.starts_again().await;
        w.discord_is_ready().await;
        let told = w.discord().gateway();
        w.discord().close_gateway(code);
        comes_back(&mut w, told.identifies + told.resumes).await;
        works(&mut w).await;
    }
}

#[tokio::test]
async fn an_interaction_that_cannot_be_read_is_counted_and_the_next_one_works() {
    let mut w = world().await;
    w.discord().send_raw("INTERACTION_CREATE", &serde_json::json!({"id": "1", "type": 2, "token": "secret-token"}));
    works(&mut w).await;
    assert!(w.program().metrics.text().contains("shipgate_chat_undecoded_interactions_total{chat=\"discord\"} 1"));
    assert!(w.log().contains("an interaction cannot be read"), "{}", w.log());
    assert!(!w.log().contains("secret-token"), "{}", w.log());
}

#[tokio::test]
async fn the_end_of_the_program_says_goodbye() {
    let mut w = world().await;
    assert_eq!(w.discord().bots(), 1);
    w.stops().await;
    w.discord().until("the goodbye", |fake| fake.bots() == 0).await;
    assert_eq!(w.discord().sessions(), 0, "who closes with 1000 leaves no session behind");
}

#[tokio::test]
async fn without_an_address_of_the_gateway_nothing_goes_to_the_real_one() {
    for nonsense in [
        Trouble::Says(500, "no"),
        Trouble::Says(200, "{\"url\": 5}"),
        Trouble::Says(200, "<html></html>"),
        Trouble::Says(
            200,
            "{\"url\":\"wss://gateway.discord.gg\",\"shards\":1,\"session_start_limit\":{\"total\":1000,\
             \"remaining\":999,\"reset_after\":0,\"max_concurrency\":1}}",
        ),
    ] {
        let mut w = world().await;
        let told = w.discord().gateway();
        w.fly().discord_wire().fails(None, On("GET", "/gateway"), Trouble::Says(500, "no"));
        w.fly().discord_wire().fails(None, On("GET", "/gateway/bot"), nonsense);
        w.starts_again().await;
        for _ in 0..5 {
            w.discord().turns().await;
            w.pass(minutes(1)).await;
        }
        assert_eq!(w.discord().gateway().identifies, told.identifies, "nobody connects anywhere");
        assert!(!is_up(&w));
        // serenity is not even asked to connect: it would have said that it goes to the real gateway.
        assert!(!w.log().contains("Failed to get gateway URL"), "{}", w.log());
        w.fly().works_again();
        w.fly().discord_wire().fails(None, On("GET", "/gateway"), Trouble::Says(500, "no"));
        w.starts_again().await;
        comes_back(&mut w, told.identifies + told.resumes).await;
        works(&mut w).await;
    }
}

#[tokio::test]
async fn who_has_used_up_the_sessions_of_the_day_waits_for_the_next() {
    let mut w = world().await;
    let told = w.discord().gateway();
    let few = "{\"url\":\"ws://127.0.0.1:9/\",\"shards\":1,\"session_start_limit\":{\"total\":1000,\"remaining\":3,\
               \"reset_after\":3600000,\"max_concurrency\":1}}";
    w.fly().discord_wire().fails(None, On("GET", "/gateway/bot"), Trouble::Says(200, few));
    w.starts_again().await;
    w.pass(minutes(59)).await;
    assert_eq!(w.discord().gateway().connections, told.connections);
    assert!(w.log().contains("too many connections to Discord today"), "{}", w.log());
    w.fly().works_again();
    comes_back(&mut w, told.identifies + told.resumes).await;
    works(&mut w).await;
}
