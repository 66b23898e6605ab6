//! What a Prometheus measures: the rule that goes back by it, and everything that says nothing about the release.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::World;
use crate::world::prometheus::{TOKEN, vector};
use crate::world::setup::{PRODUCTION, Setup, minutes, seconds};
use crate::world::wire::Trouble;

const QUERY: &str = "sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))";

/// Five minutes of watching the error rate.
fn watch(rule: &str) -> String {
    format!(
        r#"
[apps.environments.watch]
for          = "5m"
inconclusive = {{ ask = "releasers", within = "10m", otherwise = "keep" }}

[[apps.environments.watch.rules]]
name  = "errors"
every = "15s"
{rule}
"#
    )
}

fn above() -> String {
    watch(&format!(
        "check = {{ kind = \"prometheus\", query = \"{QUERY}\" }}\nabove = 0.05\nfor = \"2m\"\nat_least = 6"
    ))
}

/// A gate after the rollout that wants two good numbers.
fn gate() -> String {
    format!(
        "[[apps.environments.after]]\nname = \"few errors\"\n\
         check = {{ kind = \"prometheus\", query = \"{QUERY}\", above = 0.05 }}\ntimes = 2\nevery = \"10s\"\nwithin = \"1m\"\n"
    )
}

/// v2 on its way into production, which has one machine and goes by this.
async fn promoted(production: &str) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 1).instantly().with_prometheus()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w
}

async fn watched(rule: &str) -> World {
    let mut w = promoted(rule).await;
    w.until("v2 → production · Watching").await;
    w
}

#[tokio::test]
async fn an_error_rate_above_its_bound_for_its_time_goes_back() {
    let mut w = watched(&above()).await;
    w.prometheus().gives("0.0123");
    w.pass(minutes(1)).await;
    w.prometheus().gives("0.12034");
    w.pass(seconds(100)).await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Watching
    │ v2 runs everywhere and has passed its gates. If a rule breaks now, production goes back to v1 by
    │ itself.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Watch
    │ ⏱ The watch ends ··:·· Mon 23 Nov, Asia/Tokyo, in 2 min 20 s
    │ ▶  errors  rolls back above 0.05 for 2 min · now 0.1203 · beyond its bound for 1 min 15 s · 11 of
    │            at least 6 samples · last: `sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))`
    │            is 0.1203.
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.until("v2 → production · Rolled back").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Rolled back
    │ production runs v1 again.
    │ The rule “errors” broke: above 0.05 for longer than 2 min, ··:··:·· to ··:··:·· (2 min), 9
    │ samples. The last value: 0.1203 (`sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))` is
    │ 0.1203).
    │ v2 is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v2 reason`.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Watch
    │ ❌ errors  rolls back above 0.05 for 2 min · now 0.1203 · beyond its bound for 2 min · 14 of at
    │            least 6 samples · last: `sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))` is
    │            0.1203.
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().last().expect("a call"), @"@ada hello in production runs v1 again; v2 is barred. The rule “errors” broke: above 0.05 for longer than 2 min, ··:··:·· to ··:··:·· (2 min), 9 samples. The last value: 0.1203 (`sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))` is 0.1203).");
    assert_eq!((w.fly().versions(PRODUCTION), w.fly().updates(PRODUCTION)), (vec!["v1".to_owned()], vec![2]));
    assert!(w.prometheus().queries().iter().all(|query| query == QUERY));
}

#[tokio::test]
async fn an_error_rate_that_comes_down_in_time_is_kept() {
    let mut w = watched(&above()).await;
    w.prometheus().gives("0.3");
    w.pass(seconds(105)).await;
    w.prometheus().gives("0.05");
    w.until("v2 → production · Succeeded").await;
    assert_eq!((w.fly().versions(PRODUCTION), w.fly().updates(PRODUCTION)), (vec!["v2".to_owned()], vec![1]));
}

#[tokio::test]
async fn a_rule_may_count_what_the_bound_of_its_check_calls_a_fail() {
    let check = format!("check = {{ kind = \"prometheus\", query = \"{QUERY}\", below = 0.9 }}");
    let mut w = promoted(&watch(&format!("{check}\nfails = 3"))).await;
    w.prometheus().gives("0.95");
    w.until("v2 → production · Watching").await;
    w.prometheus().gives("0.5");
    w.pass(seconds(30)).await;
    w.prometheus().gives("NaN");
    w.pass(minutes(2)).await;
    assert!(w.card("v2 → production").contains("2 in a row now"), "what was not measured counts as neither");
    w.prometheus().gives("0.5");
    w.until("v2 → production · Rolled back").await;
    assert_snapshot!(w.said().last().expect("a call"), @"@ada hello in production runs v1 again; v2 is barred. The rule “errors” broke: 3 samples failed in a row (limit 3), ··:··:·· to ··:··:·· (2 min 30 s). The last one: `sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))` is 0.5; below 0.9 is a fail.");
}

#[tokio::test]
async fn without_traffic_people_are_asked() {
    let mut w = watched(&above()).await;
    w.prometheus().gives("NaN");
    w.until("v2 → production · People must decide").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · People must decide
    │ The samples do not suffice to judge v2. releasers must decide until ··:·· Mon 23 Nov, Asia/Tokyo,
    │ in 10 min: Keep or Roll back. If nobody does, v2 stays, without counting as a success.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Watch
    │ ⏱ The time to decide ends ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min
    │ ⏳ errors  rolls back above 0.05 for 2 min · 1 of at least 6 samples · last:
    │            `sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))` is no number now (NaN):
    │            nothing divided by nothing, so probably no traffic.
    │
    │ [Keep] [Roll back] [Snooze]
    │ Type /press Keep · /press Roll back · /press Snooze
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().last().expect("a call"), @"@ada @bob @cy hello v2 → production: the samples of errors do not suffice. Decide until ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min: Keep or Roll back.");
    w.bob().presses("Keep").await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v2"]);
}

#[tokio::test]
async fn a_prometheus_that_is_down_all_the_time_says_nothing_about_the_release() {
    for (trouble, words) in [
        (Trouble::Says(503, "down for maintenance"), "answered 503, and not as Prometheus does"),
        (Trouble::Cuts, "broke off without a proper answer"),
        (Trouble::Deaf, "did not answer within 10000 ms"),
        (Trouble::Says(200, "<html>Sign in</html>"), "answered, but not as Prometheus does"),
    ] {
        let mut w = promoted(&above()).await;
        w.prometheus_fails(trouble);
        w.until("v2 → production · People must decide").await;
        let card = w.card("v2 → production").replace("\n│ ", " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(card.contains(words) && card.contains("0 of at least 6 samples"), "{card}");
        w.pass(minutes(11)).await;
        assert!(w.card("v2 → production").contains("Kept without a verdict"));
        assert_eq!((w.fly().versions(PRODUCTION), w.fly().updates(PRODUCTION)), (vec!["v2".to_owned()], vec![1]));
    }
}

#[tokio::test]
async fn a_few_samples_are_too_few() {
    let mut w = watched(&above()).await;
    w.prometheus().gives("0.9");
    w.pass(seconds(45)).await;
    w.prometheus().says(200, vector(&["0.1", "0.2"]));
    w.until("v2 → production · People must decide").await;
    let card = w.card("v2 → production");
    let rule = card.lines().skip_while(|line| !line.contains("errors")).take(4).collect::<Vec<_>>().join("\n");
    assert_snapshot!(rule, @"
    │ ⏳ errors  rolls back above 0.05 for 2 min · 4 of at least 6 samples · last:
    │            `sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))` is 2 numbers instead of
    │            one.
    │
    ");
    w.prometheus().gives("0.01");
    w.bob().presses("Roll back").await;
    w.until("v2 → production · Rolled back").await;
}

#[tokio::test]
async fn a_gate_passes_by_what_is_measured() {
    let mut w = promoted(&gate()).await;
    w.prometheus().gives("0.2");
    w.prometheus().gives("0.001");
    w.until("v2 → production · Succeeded").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Succeeded
    │ v2 runs in production and has passed everything.
    │ Release        v2 · commit d7c2c805b · in place of v1
    │ Requested      by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ✅ few errors  passed · 2 of 2 in a row · `sum(rate(http_errors[1m])) /
    │                sum(rate(http_requests[1m]))` is 0.001.
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn a_gate_goes_back_by_what_is_measured_and_says_when_nothing_was() {
    let mut w = promoted(&gate()).await;
    w.prometheus().gives("0.2");
    w.until("v2 → production · Rolled back").await;
    assert_snapshot!(w.said().last().expect("a call"), @"@ada hello in production runs v1 again; v2 is barred. The gate “few errors” failed: `sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))` is 0.2; above 0.05 is a fail.");

    let mut w = promoted(&gate()).await;
    w.prometheus().says(
        422,
        json!({ "status": "error", "errorType": "execution", "error": "many-to-many matching not allowed" }),
    );
    w.until("v2 → production · Rolled back").await;
    assert_snapshot!(w.said().last().expect("a call"), @"@ada hello in production runs v1 again; v2 is barred. The gate “few errors” failed: Prometheus does not answer `sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))` (422): many-to-many matching not allowed.");
}

#[tokio::test]
async fn the_token_is_written_down_nowhere() {
    let mut w = promoted(&format!("{}{}", gate(), above())).await;
    let echo = json!({ "status": "error", "errorType": "execution", "error": format!("bad token Bearer {TOKEN}") });
    w.until("v2 → production · Watching").await;
    w.prometheus().says(400, echo);
    w.until("v2 → production · People must decide").await;
    assert!(w.card("v2 → production").contains("(400)"), "{}", w.card("v2 → production"));
    w.bob().presses("Keep").await;
    let id = w.deployment("v2 → production");
    let (_, told) = w.api("ci").get(&format!("/api/v1/deployments/{id}")).await;
    let mut written = w.everything_written();
    written.push(("the API".to_owned(), told.to_string()));
    for (place, text) in written {
        assert!(!text.contains(TOKEN), "the token is in {place}");
    }
}
