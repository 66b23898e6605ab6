//! The real binary on Discord: it registers, answers, is checked, stops in time, and keeps its secrets.

use shipgate::clock::{Span, SystemClock};

use super::run::{Fly, Home, Running};
use crate::world::discord::FakeDiscord;

const SECTION: &str = r#"
[discord]
guild = "100000000000000001"
channels = { deployments = "100000000000000002" }
"#;

/// A home whose config names the stand-in's guild.
fn home(more: &str) -> Home {
    let home = Home::new();
    let file = home.file("shipgate.toml");
    let config = std::fs::read_to_string(&file).expect("a config");
    std::fs::write(&file, format!("{SECTION}{more}\n{config}")).expect("a config");
    home
}

// The stand-in is in this process, so it needs a thread of its own while the test waits for a line.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_answers_and_stops_in_time_and_keeps_its_secrets() {
    let fake = FakeDiscord::start(SystemClock::real()).await;
    let home = home("");
    let run = || {
        let start = home.shipgate(&["run"]).env("DISCORD_TOKEN", fake.token()).env("DISCORD_API_URL", fake.url());
        Running::wait_for(start)
    };
    let running = run();
    fake.connected().await;
    fake.until("the commands", |fake| !fake.commands().is_empty()).await;
    let asked = fake.person("ada").types("/status");
    let answer = asked.answered().await.expect("an answer");
    assert!(answer.ephemeral);
    assert!(answer.embeds[0]["description"].as_str().expect("words").contains("staging"), "{answer:?}");
    let clock = SystemClock::real();
    let (token, begun) = (asked.token(), clock.now());
    let ended = running.program.stop("TERM").with(0);
    let took = clock.now().since(begun);
    assert!(took < Span::seconds(5), "it took {took:?}");
    for secret in [fake.token(), &token] {
        assert!(!ended.err.contains(secret), "{secret} is in the log:\n{}", ended.err);
    }
    fake.until("nobody at the gateway", |fake| fake.bots() == 0).await;

    // What has not changed is not registered again.
    let puts = || fake.requests().iter().filter(|one| one.method == "PUT").count();
    assert_eq!(puts(), 1);
    let running = run();
    fake.connected().await;
    fake.person("bob").types("/help").answered().await.expect("an answer");
    running.program.stop("INT").with(0);
    assert_eq!(puts(), 1);
    assert_eq!(fake.violations(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_says_whether_discord_can_be_worked_with() {
    let fake = FakeDiscord::start(SystemClock::real()).await;
    let home = home("");
    let fly = Fly::start("1");
    let check = |token: &str| {
        let start =
            home.shipgate(&["check"]).env("FLY_FLAPS_BASE_URL", &fly.flaps).env("FLY_REGISTRY_HOST", &fly.flaps);
        start.env("DISCORD_TOKEN", token).env("DISCORD_API_URL", fake.url()).ended()
    };
    let fine = check(fake.token()).with(0);
    assert!(fine.out.contains("All of them answer as they must."), "{}", fine.out);
    let wrong = check("MTIz.abc.wrong").with(1);
    assert!(wrong.out.contains("Discord refuses DISCORD_TOKEN"), "{}", wrong.out);
    assert!(!wrong.out.contains("MTIz.abc.wrong") && !wrong.err.contains("MTIz.abc.wrong"));
}

#[test]
fn what_is_missing_or_does_not_go_together_is_said() {
    let missing = home("").shipgate(&["run"]).ended().with(1);
    assert!(missing.err.contains("DISCORD_TOKEN"), "{}", missing.err);
    let missing = home("mode = \"http\"").shipgate(&["check"]).env("DISCORD_TOKEN", "x").ended().with(1);
    assert!(missing.err.contains("DISCORD_PUBLIC_KEY"), "{}", missing.err);
    let sleepy = home("").shipgate(&["run", "--sleep-after", "10m"]).env("DISCORD_TOKEN", "x").ended().with(1);
    assert!(sleepy.err.contains("--sleep-after"), "{}", sleepy.err);
    home("").shipgate(&["run", "--sleep-after", "5s"]).ended().with(2);
}
