//! Checks that ask Prometheus: what they become, where the bound is, and where Prometheus is.

use insta::assert_snapshot;
use serde_json::json;
use shipgate::config::Variables;

use super::{HEAD, PRODUCTION, bad_in_staging, good, staging, told};

const QUERY: &str = r#"kind = "prometheus", query = "sum(rate(http_errors{job=\"hello\"}[1m]))""#;

/// A gate with a check of these keys, and what follows it.
fn gate(keys: &str) -> String {
    format!("[[apps.environments.after]]\nname = \"few errors\"\ncheck = {{ {QUERY}{keys} }}\n")
}

/// A rule with a check of these keys, broken by these lines.
fn rule(keys: &str, lines: &str) -> String {
    format!(
        "[apps.environments.watch]\nfor = \"1h\"\ninconclusive = {{ ask = \"releasers\" }}\n\
         [[apps.environments.watch.rules]]\nname = \"errors\"\ncheck = {{ {QUERY}{keys} }}\n{lines}"
    )
}

#[test]
fn a_query_is_taken_as_it_stands() {
    let settings = |lines: &str| {
        let environment = staging(lines);
        environment.policy.checks().next().map(|(_, spec)| spec.settings.clone()).unwrap()
    };
    let query = "sum(rate(http_errors{job=\"hello\"}[1m]))";
    assert_eq!(settings(&gate(", above = 1")), json!({ "query": query, "above": 1.0, "timeout": 10_000 }));
    let all = ", url = \"https://prometheus.example.org/below\", below = 0.5, timeout = \"2s\"";
    let whole =
        json!({ "query": query, "url": "https://prometheus.example.org/below", "below": 0.5, "timeout": 2_000 });
    assert_eq!(settings(&gate(all)), whole);
    assert_eq!(settings(&rule("", "above = 1\nfor = \"2m\"")), json!({ "query": query, "timeout": 10_000 }));
    let own = settings(&gate(", url = \"{url}/prometheus\", above = 1"));
    assert_eq!(own["url"], "https://hello-staging.example.org/prometheus");
}

#[test]
fn the_bound_is_in_one_place() {
    assert_snapshot!(bad_in_staging(&gate("")), @"
    +3:9: this check gives a number, and nothing says which numbers are bad
      Write `above = 0.05` or `below = 0.99` into the check; or make it a rule of the watch that has the bound itself, with `for`.
    ");
    assert_snapshot!(bad_in_staging(&gate(", above = 1, below = 0")), @"
    +3:96: this check has a bound already
      Keep one of `above` and `below`; make a second gate or rule for the other.
    ");
    assert_snapshot!(bad_in_staging(&rule("", "fails = 3")), @"
    +6:9: this check gives a number, and nothing says which numbers are bad
      Write `above = 0.05` or `below = 0.99` into the check; or make it a rule of the watch that has the bound itself, with `for`.
    ");
    assert_snapshot!(bad_in_staging(&rule(", above = 1", "above = 1\nfor = \"2m\"")), @"
    +6:85: the rule that asks has the bound already
      Remove `above` from the check.
    ");
    // What is wrong with the rule comes first: then nobody can say where the bound belongs.
    assert_snapshot!(bad_in_staging(&rule("", "at_least = 3")), @r#"
    +4:1: nothing breaks this rule
      Write `fails = 3` for failures in a row, or `above = …` or `below = …` with `for = "2m"`.
    "#);
    assert_snapshot!(bad_in_staging(&rule(", above = 1", "fails = 1\nbelow = 3\nfor = \"2m\"")), @"
    +8:1: this rule is broken by something else already
      Keep one of `fails`, `above` and `below`; make a second rule for the other.
    ");
    let twice = format!("{}{}", gate(""), gate("").replace("few errors", "fewer errors"));
    assert_eq!(bad_in_staging(&twice).matches("nothing says which numbers are bad").count(), 2);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let long = gate(", above = 1").replace("http_errors", &"x".repeat(2_000));
    assert_snapshot!(bad_in_staging(&long), @"
    +3:40: `query` is longer than 2000 characters
      Shorten it.
    ");
    assert_snapshot!(bad_in_staging(&gate(", above = 1").replace(QUERY, "kind = \"prometheus\", query = \" \"")), @r#"
    +3:40: `query` is empty
      Write what is asked, such as "sum(rate(http_errors[1m])) / sum(rate(http_requests[1m]))".
    "#);
    assert_snapshot!(bad_in_staging(&gate(", above = \"1\", url = \"https://x.example.org/?a=1\", method = \"GET\"")), @r#"
    +3:93: `above` must be a number
      Write a number without quotes, such as 0.05.
    +3:104: `url` has something after a ? or #
      Write the address alone; checks put a path behind it.
    +3:134: unknown key "method"
      Remove it. Known here: `kind`, `query`, `url`, `above`, `below`, `timeout`.
    "#);
    let told = bad_in_staging(&gate(", above = nan, url = \"https://ada:s3cret@x.example.org\""));
    assert!(!told.contains("s3cret"), "{told}");
    assert_snapshot!(told, @"
    +3:93: `above` must be a number
      Write a number without quotes, such as 0.05.
    +3:104: `url` holds a user name or password, which would end up in the ledger
      Write the address without it, and let the app answer health checks without a password.
    ");
    let http = "[[apps.environments.after]]\nname = \"health\"\ncheck = { kind = \"http\", query = \"up\" }\n";
    assert_snapshot!(bad_in_staging(http), @r#"
    +3:9: `url` is missing
      Write, for example: url = "{url}/health"
    +3:26: unknown key "query"
      Remove it. Known here: `kind`, `url`, `method`, `status`, `latency_below`, `timeout`, `json`.
    "#);
}

#[test]
fn something_says_where_prometheus_is() {
    let missing = |config: &str, variables: &[(&str, &str)]| {
        let all = [variables, &[("FLY_API_TOKEN", "FlyV1 fm2_a")]].concat();
        let look_up = |name: &str| all.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        told(&good(config).missing(&Variables::read(look_up).unwrap()))
    };
    let config = format!("{HEAD}{PRODUCTION}{}", gate(", above = 1"));
    assert_snapshot!(missing(&config, &[]), @"
    shipgate.toml:18:1: “few errors” asks Prometheus, and nothing says where that is
      Put its address into PROMETHEUS_URL, such as https://prometheus.example.org, or give the check a `url`.
    ");
    let watched = format!("{HEAD}{}", rule("", "above = 1\nfor = \"2m\""));
    assert!(missing(&watched, &[]).contains("“errors” asks Prometheus"));
    assert_eq!(missing(&config, &[("PROMETHEUS_URL", "https://prometheus.example.org")]), "");
    let own = format!("{HEAD}{}", gate(", above = 1, url = \"https://prometheus.example.org\""));
    assert_eq!(missing(&own, &[]), "");
}
