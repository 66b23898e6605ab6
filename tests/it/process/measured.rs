//! `shipgate check` and `shipgate run` of the real binary with a Prometheus in another place: what it says is shown, what
//! keeps it from being asked is told with what to do, and its token is seen nowhere.

use serde_json::json;

use super::check::{Fly, check, config, says};
use super::run::Home;
use crate::world::process::Start;
use crate::world::prometheus::{FakePrometheus, TOKEN, vector};

/// A rule and a gate that ask the same, and a rule that asks for something else.
const ASKS: &str = r#"
[[apps.environments.after]]
name  = "few errors"
check = { kind = "prometheus", query = "errors", above = 0.05 }

[apps.environments.watch]
for          = "5m"
inconclusive = { ask = "releasers" }

[[apps.environments.watch.rules]]
name  = "errors"
check = { kind = "prometheus", query = "errors" }
above = 0.05
for   = "1m"

[[apps.environments.watch.rules]]
name  = "errors again"
check = { kind = "prometheus", query = "errors" }
above = 0.5
for   = "2m"
"#;

fn asking(home: &Home, fly: &Fly, prometheus: &str) -> Start {
    let start = home.shipgate(&["check"]).env("FLY_FLAPS_BASE_URL", &fly.flaps).env("FLY_REGISTRY_HOST", &fly.flaps);
    // The log names whatever there is to name.
    start.env("RUST_LOG", "trace").env("PROMETHEUS_URL", prometheus).env("PROMETHEUS_TOKEN", TOKEN)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn check_says_what_prometheus_measures_or_what_to_mend() {
    let (fly, home, fake) = (Fly::start(), Home::new(), FakePrometheus::start().await);
    config(&home, "hello-staging", ASKS);
    says(&check(&home, &fly.flaps).with(1).err, &["“few errors” asks Prometheus", "PROMETHEUS_URL"]);
    fake.gives("0.2");
    let measured = asking(&home, &fly, &fake.url).ended().with(0);
    says(
        &measured.out,
        &[
            "⚠ hello/staging few errors: `errors` is 0.2; above 0.05 is a fail.",
            "✓ hello/staging errors: `errors` is 0.2.",
            "With ⚠ a gate would not pass",
            "All of them answer as they must.",
        ],
    );
    assert!(!measured.out.contains("errors again"), "one question is asked once:\n{}", measured.out);
    assert_eq!(fake.queries(), ["errors"; 2]);
    fake.says(200, vector(&["0.2", "0.3"]));
    let several = asking(&home, &fly, &fake.url).ended().with(1);
    says(
        &several.out,
        &[
            "✗ hello/staging errors: `errors` is 2 numbers instead of one.\n    Make one of them",
            "Something is not as it must be.",
        ],
    );
    fake.says(401, json!({ "status": "error", "error": TOKEN }));
    let shut = asking(&home, &fly, &fake.url).ended().with(1);
    says(&shut.out, &["does not accept PROMETHEUS_TOKEN (401).\n    Set another token."]);
    let nobody = asking(&home, &fly, "http://127.0.0.1:9").env("LANG", "ja_JP.UTF-8").ended().with(1);
    says(
        &nobody.out,
        &["待ち受けているものがありません。\n    アドレスと、Prometheus が動いているかを確認してください。"],
    );
    for ended in [measured, several, shut, nobody] {
        assert!(!ended.out.contains(TOKEN) && !ended.err.contains(TOKEN), "{}\n{}", ended.out, ended.err);
    }
    fly.program.stop("TERM").with(0);
}
