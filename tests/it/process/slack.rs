//! The real binary on Slack: it is checked, says what is missing or of the wrong kind, and keeps its secrets.

use shipgate::clock::SystemClock;

use super::run::{Fly, Home};
use crate::world::slack::FakeSlack;

/// A home whose config names the stand-in's channel.
fn home() -> Home {
    let home = Home::new();
    let file = home.file("shipgate.toml");
    let config = std::fs::read_to_string(&file).expect("a config");
    let section = "[slack]\nchannels = { deployments = \"C0DEPLOY\" }\n";
    std::fs::write(&file, format!("{section}\n{config}")).expect("a config");
    home
}

// The stand-in is in this process, so it needs a thread of its own while the test waits for the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_says_whether_slack_can_be_worked_with() {
    let fake = FakeSlack::start(SystemClock::real()).await;
    let (home, fly) = (home(), Fly::start("1"));
    let check = |bot_token: &str| {
        let start =
            home.shipgate(&["check"]).env("FLY_FLAPS_BASE_URL", &fly.flaps).env("FLY_REGISTRY_HOST", &fly.flaps);
        let start = start.env("SLACK_BOT_TOKEN", bot_token).env("SLACK_APP_TOKEN", fake.app_token());
        start.env("SLACK_API_URL", format!("{}/api", fake.url())).ended()
    };
    let fine = check(fake.bot_token()).with(0);
    assert!(fine.out.contains("All of them answer as they must."), "{}", fine.out);
    let wrong = check("xoxb-another-token").with(1);
    assert!(wrong.out.contains("Slack refuses SLACK_BOT_TOKEN"), "{}", wrong.out);
    assert!(!wrong.out.contains("another-token") && !wrong.err.contains("another-token"));
    let other = check(fake.app_token()).with(1);
    assert!(other.err.contains("SLACK_BOT_TOKEN") && other.err.contains("xoxb-"), "{}", other.err);
    assert!(!other.err.contains(fake.app_token()), "{}", other.err);
    assert_eq!(fake.violations(), [""; 0]);
}
