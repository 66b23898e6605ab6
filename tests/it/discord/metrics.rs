//! `GET /metrics`, as Prometheus reads it.

use std::collections::BTreeMap;

use crate::world::World;
use crate::world::setup::Setup;

#[tokio::test]
async fn the_metrics_are_read_as_prometheus_reads_them() {
    let mut w = World::of(Setup::production("").on_discord("gateway")).await;
    w.discord().send_raw("INTERACTION_CREATE", &serde_json::json!({"type": 2}));
    w.types("ada", "/status").await;
    let url = format!("http://{}/metrics", w.program().app.address());
    let answer = reqwest::get(url).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"].to_str().expect("text").to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let samples = parse(&answer.text().await.expect("a text"));
    let value = |name: &str| *samples.get(name).unwrap_or_else(|| panic!("no {name} in {samples:#?}"));
    let close = |one: f64, other: f64| (one - other).abs() < f64::EPSILON;
    assert!(close(value("shipgate_chat_connected{chat=\"discord\"}"), 1.0), "{samples:#?}");
    assert!(close(value("shipgate_chat_undecoded_interactions_total{chat=\"discord\"}"), 1.0), "{samples:#?}");
    assert!(close(value("shipgate_chat_acknowledgement_seconds_count{chat=\"discord\"}"), 1.0), "{samples:#?}");
    assert!(close(value("shipgate_chat_acknowledgement_seconds_bucket{le=\"3.0\",chat=\"discord\"}"), 1.0));
    assert!(samples.keys().any(|name| name.starts_with("shipgate_build_info{version=")), "{samples:#?}");
    w.expects(crate::world::Expected::Errors(""));
}

/// Samples by name and labels. Every one is of a family that was described, and the text has an end.
fn parse(text: &str) -> BTreeMap<String, f64> {
    let mut families = BTreeMap::new();
    let mut samples = BTreeMap::new();
    assert!(text.ends_with("# EOF\n"), "{text}");
    for line in text.lines() {
        if let Some(described) = line.strip_prefix("# TYPE ") {
            let (name, kind) = described.split_once(' ').expect("a name and a kind");
            families.insert(name.to_owned(), kind.to_owned());
        } else if !line.starts_with('#') {
            let (name, value) = line.rsplit_once(' ').expect("a name and a value");
            let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
            let family =
                families.keys().filter(|family| name.starts_with(family.as_str())).max_by_key(|name| name.len());
            assert!(family.is_some(), "of no family: {line}");
            assert!(name.starts_with("shipgate_"), "{line}");
            assert!(samples.insert(name.to_owned(), value).is_none(), "twice: {line}");
        }
    }
    samples
}
