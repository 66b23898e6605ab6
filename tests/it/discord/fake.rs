//! The stand-in for Discord, tested itself: its clock, its refusals, its channels, its gateway.
//!
//! In `bots` two clients talk to it, in `builders` and `framework` the requests of serenity and poise pass, in `people`
//! they type and click, in `rules` each known bad request is caught.

mod bots;
mod builders;
mod framework;
mod people;
mod rules;

use serde_json::{Value, json};
use shipgate::clock::Span;

use self::bots::{Bot, Rest, deploy, fake, registers};
use crate::world::discord::{BOT, DEPLOYMENTS, FakeDiscord, Fault, GUILD, INCIDENTS, Kind};

const MESSAGES: &str = "/channels/100000000000000002/messages";

/// A message of the bot, with two buttons and a menu.
async fn card(rest: &Rest) -> u64 {
    let menu = json!({"type": 3, "custom_id": "items", "placeholder": "What is done?", "max_values": 2, "options": [
        {"label": "Backup", "value": "b"}, {"label": "Notice", "value": "n"}]});
    let body = json!({
        "content": "<@100000000000000020> <@&100000000000000010> @everyone",
        "allowed_mentions": {"parse": [], "users": ["100000000000000020"]},
        "embeds": [{"title": "v2 → staging", "description": "waits", "color": 255, "footer": {"text": "0123"},
            "fields": [{"name": "Approval", "value": "0 of 1", "inline": true}]}],
        "components": [
            {"type": 1, "components": [
                {"type": 2, "style": 3, "label": "Approve", "custom_id": "approve"},
                {"type": 2, "style": 4, "label": "Reject", "custom_id": "reject", "disabled": true},
                {"type": 2, "style": 5, "label": "Commit", "url": "https://example.com/c"}]},
            {"type": 1, "components": [menu]}]});
    id(&rest.posts(MESSAGES, &body).await)
}

fn id((status, said): &(u16, Value)) -> u64 {
    assert!(*status < 300, "{said}");
    said["id"].as_str().unwrap().parse().unwrap()
}

fn code((_, said): &(u16, Value)) -> u64 {
    said["code"].as_u64().unwrap_or_default()
}

async fn ready() -> (FakeDiscord, std::sync::Arc<crate::world::clock::ManualClock>, Rest) {
    let (fake, clock) = fake().await;
    let rest = Rest::of(&fake);
    registers(&rest, &json!([deploy()])).await;
    (fake, clock, rest)
}

#[tokio::test]
async fn an_answer_after_three_seconds_is_refused_and_so_is_a_second_one() {
    let (fake, clock, rest) = ready().await;
    let callback =
        |asked: &crate::world::discord::Asked| format!("/interactions/{}/{}/callback", asked.id(), asked.token());
    let yes = json!({"type": 4, "data": {"content": "yes"}});
    let late = fake.person("ada").types("/deploy environment:staging");
    let quick = fake.person("bob").types("/deploy environment:staging");
    clock.advance(Span(2_999));
    assert_eq!(rest.posts(&callback(&quick), &yes).await.0, 204);
    assert_eq!(code(&rest.posts(&callback(&quick), &yes).await), 40_060);
    clock.advance(Span(1));
    assert_eq!(
        rest.posts(&callback(&late), &yes).await,
        (404, json!({"message": "Unknown interaction", "code": 10_062}))
    );
    assert!(late.answered().await.is_none(), "nothing can come any more");
    assert!(fake.open().is_quiet());
    assert_eq!(fake.violations(), [""; 0], "to be late is no bad request");
}

#[tokio::test]
async fn a_token_lives_for_fifteen_minutes() {
    let (fake, clock, rest) = ready().await;
    let asked = fake.person("ada").types("/deploy environment:staging");
    let more = format!("/webhooks/{BOT}/{}", asked.token());
    assert_eq!(code(&rest.posts(&more, &json!({"content": "too early"})).await), 10_015);
    let deferral = json!({"type": 5, "data": {"flags": 64}});
    rest.posts(&format!("/interactions/{}/{}/callback", asked.id(), asked.token()), &deferral).await;
    assert_eq!(asked.acked().await.unwrap().kind, Kind::Deferred);
    assert_eq!(fake.open().deferred.len(), 1);
    clock.advance(Span::minutes(14));
    // The first of them is the deferred reply itself, and stays private.
    assert_eq!(rest.posts(&more, &json!({"content": "there"})).await.0, 200);
    let answer = asked.answered().await.unwrap();
    assert_eq!((answer.kind, answer.content.as_str(), answer.ephemeral), (Kind::Message, "there", true));
    assert!(asked.followups().is_empty());
    assert_eq!(rest.posts(&more, &json!({"content": "and more"})).await.0, 200);
    let original = format!("{more}/messages/@original");
    assert_eq!(rest.asks("PATCH", &original, Some(&json!({"content": "here"}))).await.0, 200);
    assert_eq!(asked.answer().unwrap().content, "here");
    assert_eq!(asked.followups()[0].content, "and more");
    clock.advance(Span::minutes(1));
    assert_eq!(code(&rest.posts(&more, &json!({"content": "late"})).await), 50_027);
    assert_eq!(code(&rest.asks("GET", &original, None).await), 50_027);
    assert_eq!(fake.violations(), [""; 0]);
}

#[tokio::test]
async fn a_card_is_posted_once_edited_clicked_and_seen() {
    let (fake, clock, rest) = ready().await;
    let card = card(&rest).await;
    insta::assert_snapshot!(fake.seen("deployments"), @r"
    shipgate (pings @ada)
      <@100000000000000020> <@&100000000000000010> @everyone
      | **v2 → staging** #0000ff
      | waits
      | Approval (inline):
      |   0 of 1
      | _ 0123
      [Approve]+ (Reject)! [Commit]→
      <What is done?: Backup | Notice>
    ");
    let nonce = json!({"content": "x", "nonce": "abc", "enforce_nonce": true});
    let first = id(&rest.posts(MESSAGES, &nonce).await);
    assert_eq!(id(&rest.posts(MESSAGES, &nonce).await), first, "the same nonce is the same message");
    clock.advance(Span::minutes(6));
    assert_ne!(id(&rest.posts(MESSAGES, &nonce).await), first, "and is forgotten");
    let eve = fake.person("eve");
    let clicked = eve.clicks(card, "Approve");
    let update = json!({"type": 7, "data": {"content": "Approved", "embeds": [], "components": []}});
    rest.posts(&format!("/interactions/{}/{}/callback", clicked.id(), clicked.token()), &update).await;
    assert_eq!(clicked.answered().await.unwrap().kind, Kind::Update);
    insta::assert_snapshot!(fake.seen_message(card), @r"
    shipgate (edited, pings @ada)
      Approved
    ");
    eve.clicks_id(card, "approve");
    let listed = rest.asks("GET", &format!("{MESSAGES}?limit=2"), None).await.1;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    fake.deletes_message(card);
    let path = format!("{MESSAGES}/{card}");
    assert_eq!(code(&rest.asks("PATCH", &path, Some(&json!({"content": "x"}))).await), 10_008);
    assert_eq!(fake.violations(), [""; 0]);
}

#[tokio::test]
async fn old_messages_are_edited_rarely() {
    let (fake, clock, rest) = ready().await;
    let path = format!("{MESSAGES}/{}", card(&rest).await);
    let edit = json!({"content": "x"});
    for _ in 0..10 {
        assert_eq!(rest.asks("PATCH", &path, Some(&edit)).await.0, 200);
    }
    clock.advance(Span::minutes(61));
    for _ in 0..3 {
        assert_eq!(rest.asks("PATCH", &path, Some(&edit)).await.0, 200);
    }
    let refused = rest.asks("PATCH", &path, Some(&edit)).await;
    assert_eq!((refused.0, code(&refused)), (429, 30_046));
    clock.advance(Span::seconds(6));
    assert_eq!(rest.asks("PATCH", &path, Some(&edit)).await.0, 200);
    assert_eq!(fake.violations(), [""; 0]);
}

#[tokio::test]
async fn threads_are_one_for_a_message_and_closed_when_archived() {
    let (fake, clock, rest) = ready().await;
    let card = card(&rest).await;
    let start = format!("{MESSAGES}/{card}/threads");
    let named = json!({"name": "v2 → staging", "auto_archive_duration": 60});
    assert_eq!(id(&rest.posts(&start, &named).await), card, "a thread has its message's number");
    assert_eq!(code(&rest.posts(&start, &named).await), 160_004);
    let inside = format!("/channels/{card}/messages");
    let said = id(&rest.posts(&inside, &json!({"content": "detail"})).await);
    fake.archives("v2 → staging");
    assert_eq!(code(&rest.posts(&inside, &json!({"content": "more"})).await), 50_083);
    assert_eq!(code(&rest.asks("PATCH", &format!("{inside}/{said}"), Some(&json!({"content": "x"}))).await), 50_083);
    let thread = format!("/channels/{card}");
    assert_eq!(rest.asks("PATCH", &thread, Some(&json!({"archived": false}))).await.0, 200);
    assert_eq!(rest.posts(&inside, &json!({"content": "more"})).await.0, 200);
    clock.advance(Span::minutes(60));
    assert_eq!(code(&rest.posts(&inside, &json!({"content": "late"})).await), 50_083, "archived by itself");
    assert_eq!(fake.threads(), [(card, "v2 → staging".to_owned(), true)]);
    assert_eq!(rest.asks("GET", &thread, None).await.1["thread_metadata"]["archived"], true);
    assert_eq!(fake.messages(card).len(), 2);
    assert_eq!(fake.violations(), [""; 0]);
}

#[tokio::test]
async fn what_the_bot_may_not_do_is_refused() {
    let (fake, _, rest) = ready().await;
    let card = card(&rest).await;
    assert_eq!(rest.with_token("Bot wrong").asks("GET", "/users/@me", None).await.0, 401);
    let text = json!({"content": "x"});
    fake.denies("incidents", "SEND_MESSAGES");
    assert_eq!(code(&rest.posts(&format!("/channels/{INCIDENTS}/messages"), &text).await), 50_013);
    fake.denies("incidents", "VIEW_CHANNEL");
    assert_eq!(code(&rest.posts(&format!("/channels/{INCIDENTS}/messages"), &text).await), 50_001);
    fake.denies("deployments", "CREATE_PUBLIC_THREADS");
    let start = format!("{MESSAGES}/{card}/threads");
    assert_eq!(code(&rest.posts(&start, &json!({"name": "x"})).await), 50_013);
    fake.allows("deployments", "CREATE_PUBLIC_THREADS");
    assert_eq!(rest.posts(&start, &json!({"name": "x"})).await.0, 201);
    fake.denies("deployments", "SEND_MESSAGES_IN_THREADS");
    assert_eq!(code(&rest.posts(&format!("/channels/{card}/messages"), &text).await), 50_013);
    fake.denies("deployments", "EMBED_LINKS");
    assert_eq!(code(&rest.posts(MESSAGES, &json!({"embeds": [{"title": "x"}]})).await), 50_013);
    fake.deletes_channel("warnings");
    assert_eq!(code(&rest.posts("/channels/100000000000000004/messages", &text).await), 10_003);
    assert_eq!(fake.violations(), [""; 0], "what only the server's settings forbid is no bad request");
    assert_eq!(rest.asks("GET", "/nowhere", None).await.0, 404);
    assert!(!fake.violations().is_empty(), "what the stand-in does not know is not passed over");
}

#[tokio::test]
async fn everything_that_is_read_is_as_described() {
    let (fake, _, rest) = ready().await;
    let commands = format!("/applications/{BOT}/guilds/{GUILD}/commands?with_localizations=true");
    let card = card(&rest).await;
    let guild = |rest: &str| format!("/guilds/{GUILD}{rest}");
    let paths = [
        "/gateway".to_owned(),
        "/gateway/bot".to_owned(),
        "/users/@me".to_owned(),
        "/oauth2/applications/@me".to_owned(),
        "/applications/@me".to_owned(),
        commands,
        guild(""),
        guild("/channels"),
        guild("/roles"),
        guild(&format!("/members/{BOT}")),
        format!("/channels/{DEPLOYMENTS}"),
        format!("{MESSAGES}/{card}"),
    ];
    for path in paths {
        assert_eq!(rest.asks("GET", &path, None).await.0, 200, "{path}");
    }
    assert_eq!(fake.violations(), [""; 0]);
}

#[tokio::test]
async fn requests_go_wrong_as_scripted() {
    let (fake, _, rest) = ready().await;
    fake.fails(1, "POST", "/messages", Fault::limited(Span(300)));
    fake.fails(1, "POST", "/messages", Fault::status(503));
    fake.fails(1, "POST", "/messages", Fault::refuses(10_003));
    let text = json!({"content": "x"});
    let (status, said) = rest.posts(MESSAGES, &text).await;
    assert_eq!((status, said["retry_after"].as_f64()), (429, Some(0.3)));
    assert_eq!(rest.posts(MESSAGES, &text).await.0, 503);
    assert_eq!(code(&rest.posts(MESSAGES, &text).await), 10_003);
    assert!(fake.messages(DEPLOYMENTS).is_empty());
    assert_eq!(rest.posts(MESSAGES, &text).await.0, 200);
    assert_eq!(fake.requests().iter().filter(|one| one.scripted).count(), 3);
    fake.fails(1, "POST", "/messages", Fault::LosesTheAnswer);
    let lost = tokio::spawn({
        let rest = rest.clone();
        async move { rest.posts(MESSAGES, &json!({"content": "there all the same"})).await }
    });
    assert!(lost.await.is_err(), "the answer is cut off");
    assert_eq!(fake.messages(DEPLOYMENTS)[1].content, "there all the same");
    fake.fails(1, "GET", "/gateway", Fault::Deaf);
    let waiting = tokio::spawn(async move { rest.asks("GET", "/gateway", None).await });
    fake.until("somebody to wait", |fake| fake.open().deaf == 1).await;
    waiting.abort();
    fake.until("nobody to wait", |fake| fake.open().deaf == 0).await;
    assert_eq!(fake.violations(), [""; 0]);
}

#[tokio::test]
async fn the_gateway_resumes_refuses_and_ends_as_told() {
    let fake = ready().await.0;
    let mut bot = Bot::connects(&fake).await;
    bot.says(&json!({"op": 1, "d": 2})).await;
    assert_eq!(bot.hears().await["op"], 11);
    fake.close_gateway(4_000);
    assert_eq!(bot.hears().await["closed"], 4_000);
    drop(bot);
    fake.until("the bot to be gone", |fake| fake.bots() == 0).await;
    // Asked while nobody was there: told when the session goes on.
    fake.person("ada").types("/deploy environment:staging");
    let mut bot = Bot::opens(&fake).await;
    bot.says(&json!({"op": 6, "d": {"token": fake.token(), "session_id": "session-1", "seq": 2}})).await;
    assert_eq!(bot.hears().await["t"], "INTERACTION_CREATE");
    assert_eq!(bot.hears().await["t"], "RESUMED");
    fake.invalidates_sessions(false);
    assert_eq!(bot.hears().await, json!({"op": 9, "s": null, "t": null, "d": false}));
    fake.drop_gateway();
    assert!(bot.hears().await.get("lost").is_some());
    for (token, intents, closed) in [("wrong", 1, 4_004), (fake.token(), 1 << 15, 4_014)] {
        let mut bot = Bot::opens(&fake).await;
        bot.identifies(token, intents).await;
        assert_eq!(bot.hears().await["closed"], closed);
    }
    let told = fake.gateway();
    assert_eq!((told.identifies, told.resumes, told.heartbeats), (3, 1, 1));
    assert_eq!(fake.violations(), [""; 0]);
}

#[tokio::test]
async fn a_client_that_says_too_much_is_cut_off() {
    let fake = ready().await.0;
    let mut bot = Bot::connects(&fake).await;
    for _ in 0..119 {
        bot.says(&json!({"op": 1, "d": null})).await;
        assert_eq!(bot.hears().await["op"], 11);
    }
    bot.says(&json!({"op": 1, "d": null})).await;
    assert_eq!(bot.hears().await["closed"], 4_008);
    assert_eq!(fake.violations().len(), 1);
}

#[tokio::test]
async fn the_gateway_misbehaves_as_told() {
    let fake = ready().await.0;
    let mut bot = Bot::connects(&fake).await;
    fake.deaf_gateway(true);
    bot.says(&json!({"op": 1, "d": 2})).await;
    fake.until("the heartbeat", |fake| fake.gateway().heartbeats == 1).await;
    fake.send_raw("INTERACTION_CREATE", &json!({"id": "cannot be read"}));
    assert_eq!(bot.is_asked().await, json!({"id": "cannot be read"}), "and no acknowledgement before it");
    fake.asks_to_reconnect();
    assert_eq!(bot.hears().await["op"], 7);
    fake.refuse_gateway(true);
    let (_, gateway) = bot.http.asks("GET", "/gateway", None).await;
    let url = gateway["url"].as_str().unwrap().to_owned();
    assert!(tokio_tungstenite::connect_async(url).await.is_err());
    fake.refuse_gateway(false);
    fake.refuse_identify(Some(4_011));
    let mut other = Bot::opens(&fake).await;
    other.identifies(fake.token(), 1).await;
    assert_eq!(other.hears().await["closed"], 4_011);
    assert_eq!(fake.violations(), [""; 0]);
}
