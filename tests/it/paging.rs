//! A deployment with more events than one answer holds, read by programs.

use serde_json::{Value, json};

use crate::world::World;
use crate::world::setup::{Setup, WATCH, minutes};

/// As many as one answer holds.
const ENOUGH: usize = 200;

fn numbers(answer: &Value) -> Vec<u64> {
    let events = answer["events"].as_array().expect("events");
    events.iter().map(|event| event["seq"].as_u64().expect("a number")).collect()
}

/// Reads on, as the README says: from the last number that was seen, while there is more behind it.
async fn reads_on(w: &mut World, path: &str, mut after: u64) -> (Vec<usize>, Vec<Value>) {
    let (mut parts, mut events) = (Vec::new(), Vec::new());
    loop {
        let (status, answer) = w.api("ci").get(&format!("{path}?after={after}")).await;
        assert_eq!(status, 200, "{answer}");
        let part = answer["events"].as_array().expect("events").clone();
        after = part.last().map_or(after, |event| event["seq"].as_u64().expect("a number"));
        parts.push(part.len());
        events.extend(part);
        match &answer["more_events"] {
            Value::Null => return (parts, events),
            side => assert_eq!((side, parts.last()), (&json!("later"), Some(&ENOUGH)), "{answer}"),
        }
    }
}

#[tokio::test]
async fn a_long_story_comes_in_parts_that_are_the_whole_together() {
    let watch = WATCH.replace("\"1m\"", "\"70m\"");
    let mut w = World::of(Setup::production(&watch).machines(1, 1).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w.until("v2 → production · Watching").await;
    let path = format!("/api/v1/deployments/{}", w.deployment("v2 → production"));
    let (_, short) = w.api("ci").get(&path).await;
    assert_eq!((numbers(&short).len() < ENOUGH, &short["more_events"]), (true, &Value::Null), "{short}");
    w.pass(minutes(20)).await;
    // What belongs to the environment and not to the deployment is in its ledger too, and in none of these answers.
    w.ada().says("/lock production 10m looking").await;
    w.until("v2 → production · Succeeded").await;

    let (parts, whole) = reads_on(&mut w, &path, 0).await;
    assert!(matches!(parts.as_slice(), [ENOUGH, ENOUGH, rest] if (1..=ENOUGH).contains(rest)), "{parts:?}");
    let seen: Vec<u64> = whole.iter().map(|event| event["seq"].as_u64().expect("a number")).collect();
    assert!(seen.is_sorted_by(|one, next| one < next), "in their order, and each once: {seen:?}");
    assert_eq!((&whole[0]["kind"], &whole[whole.len() - 1]["kind"]), (&json!("requested"), &json!("closed")));
    assert!(whole.iter().all(|event| event["kind"] != "locked"), "{whole:?}");

    let (_, last) = w.api("ci").get(&path).await;
    assert_eq!(last["more_events"], "earlier", "the last ones, and earlier ones are left out");
    assert_eq!(last["events"].as_array().expect("events")[..], whole[whole.len() - ENOUGH..]);
    // A program that reads now and then has all of it too, from what it had seen last.
    let known = numbers(&short);
    let (_, rest) = reads_on(&mut w, &path, *known.last().expect("an event")).await;
    assert_eq!(rest, whole[known.len()..]);
    let (status, none) = w.api("ci").get(&format!("{path}?after={}", u64::MAX)).await;
    assert_eq!((status, &none["events"], &none["more_events"]), (200, &json!([]), &Value::Null));
    // An answer to what is done holds no more than one that is read.
    let (status, done) = w.api("ada").post(&format!("{path}/actions"), &json!({ "action": "rollback" })).await;
    assert_eq!(status, 200, "{done}");
    assert!(numbers(&done).len() <= ENOUGH);
}
