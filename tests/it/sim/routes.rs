//! Every route, once, with its success. The client shows each exchange to the official description.

use reqwest::Method;
use serde_json::json;

use super::client::{Sim, image, path_of, with_image};

#[tokio::test]
async fn an_app_and_a_token_can_be_read() {
    let sim = Sim::start().await;
    let app = sim.get("/v1/apps/hello-staging").await.expect(200);
    assert_eq!(
        (&app["name"], &app["status"], &app["machine_count"]),
        (&json!("hello-staging"), &json!("deployed"), &json!(2))
    );
    assert_eq!(sim.get("/v1/apps?org_slug=acme").await.expect(200)["total_apps"], 2);
    assert_eq!(sim.get("/v1/tokens/current").await.expect(200)["tokens"][0]["org_slug"], "acme");
}

#[tokio::test]
async fn a_machine_reads_as_on_fly_io() {
    let sim = Sim::start().await;
    let got = sim.get(&sim.path()).await;
    let id = got.headers["fly-request-id"].to_str().expect("text").to_owned();
    assert!(id.len() == 30 && id.ends_with("-nrt"), "{id}");
    assert_eq!(got.headers["content-type"], "application/json; charset=utf-8");
    let machine = got.expect(200);
    assert_eq!(machine["state"], "started");
    assert_eq!(machine["region"], "nrt");
    assert_eq!(machine["host_status"], "ok");
    assert_eq!(machine["instance_id"].as_str().map(str::len), Some(26));
    assert_eq!(machine["image_ref"]["registry"], "registry.fly.io");
    assert_eq!(machine["image_ref"]["repository"], "hello");
    assert!(image("v1").ends_with(machine["image_ref"]["digest"].as_str().expect("a digest")));
    assert_eq!(machine["image_ref"].get("tag"), None, "asked for by digest");
    assert_eq!(machine["config"]["image"], image("v1"));
    assert_eq!(machine["config"]["metadata"]["fly_process_group"], "app");
    assert_eq!(machine["config"]["x_future_field"], json!({"keep": ["me", 1, null]}));
    assert_eq!(machine["checks"][0]["name"], "servicecheck-00-http-8080");
    assert_eq!(machine["checks"][0]["status"], "passing");
    let kinds: Vec<_> =
        machine["events"].as_array().expect("events").iter().map(|e| [&e["type"], &e["status"]]).collect();
    assert_eq!(kinds, [["start", "started"], ["launch", "created"], ["launch", "pending"]], "newest first");
}

#[tokio::test]
async fn machines_are_listed_and_picked() {
    let sim = Sim::start().await;
    let list = async |query: &str| {
        let path = format!("/v1/apps/hello-production/machines{query}");
        sim.get(&path).await.expect(200).as_array().expect("a list").clone()
    };
    assert_eq!(list("").await.len(), 3);
    assert_eq!(list("?state=stopped").await.len(), 0);
    assert_eq!(list("?state=stopped,started&region=nrt").await.len(), 3);
    assert_eq!(list("?region=ams").await.len(), 0);
    assert_eq!(list("?metadata.fly_process_group=app").await.len(), 3);
    assert_eq!(list("?metadata.fly_process_group=worker").await.len(), 0);
    let summary = list("?summary=true&include_leases=true&include_deleted=true").await;
    assert!(summary.iter().all(|machine| machine.get("config").is_none() && machine["state"] == "started"));
    let ids: std::collections::BTreeSet<_> = summary.iter().map(|machine| machine["id"].as_str()).collect();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn a_machine_is_created_updated_stopped_started_restarted_and_destroyed() {
    let sim = Sim::with(super::client::instantly).await;
    let machine = sim.first();
    let body = json!({"config": with_image(&machine, "v1"), "name": "fresh", "region": "ams", "lease_ttl": 30});
    let made = sim.post("/v1/apps/hello-staging/machines", body).await.expect(200);
    assert_eq!((&made["state"], &made["name"], &made["region"]), (&json!("created"), &json!("fresh"), &json!("ams")));
    let nonce = made["nonce"].as_str().expect("a lease was asked for").to_owned();
    let path = format!("/v1/apps/hello-staging/machines/{}", made["id"].as_str().expect("an id"));
    assert_eq!(sim.get(&format!("{path}/wait?timeout=5")).await.expect(200)["state"], "started");

    let body = json!({"config": with_image(&machine, "v2"), "name": "other", "region": "sin", "current_version": made["instance_id"]});
    let updated = sim.call_with(Method::POST, &path, Some(body), Some(&nonce)).await.expect(200);
    assert_eq!((&updated["name"], &updated["region"]), (&json!("fresh"), &json!("ams")), "these never change");
    assert_ne!(updated["instance_id"], made["instance_id"]);
    sim.call_with(Method::DELETE, &format!("{path}/lease"), None, Some(&nonce)).await.expect(200);

    sim.poke(&format!("{path}/cordon")).await.expect(200);
    assert_eq!(sim.get(&path).await.expect(200)["cordoned"], true);
    sim.poke(&format!("{path}/uncordon")).await.expect(200);
    sim.post(&format!("{path}/stop"), json!({"signal": "SIGTERM", "timeout": "10s"})).await.expect(200);
    sim.poke(&format!("{path}/stop")).await.expect(200);
    assert_eq!(sim.get(&format!("{path}/wait?state=stopped")).await.expect(200)["ok"], true);
    assert_eq!(sim.poke(&format!("{path}/start")).await.expect(200)["previous_state"], "stopped");
    sim.poke(&format!("{path}/restart?timeout=5&force_stop=false")).await.expect(200);
    let events = sim.get(&format!("{path}/events?limit=4")).await.expect(200);
    let kinds: Vec<_> = events.as_array().expect("events").iter().map(|event| event["type"].as_str()).collect();
    assert_eq!(kinds, ["start", "restart", "exit", "restart"].map(Some));
    let versions = sim.get(&format!("{path}/versions")).await.expect(200);
    assert_eq!(versions[0]["user_config"]["image"], image("v2"));
    assert_eq!(versions[1]["version"], made["instance_id"]);

    sim.delete(&format!("{path}?force=true")).await.expect(200);
    assert_eq!(sim.get(&format!("{path}/wait?state=destroyed")).await.expect(200)["state"], "destroyed");
    assert_eq!(sim.get(&path).await.expect(200)["state"], "destroyed");
    sim.pass(shipgate::clock::Span::seconds(10));
    assert_eq!(sim.get(&path).await.error(404), "machine not found");
    assert_eq!(sim.get(&format!("{path}/wait?state=destroyed")).await.expect(200)["state"], "destroyed");
}

#[tokio::test]
async fn metadata_is_written_without_a_new_version() {
    let sim = Sim::start().await;
    let path = format!("{}/metadata", sim.path());
    let before = sim.first().instance;
    sim.post(&format!("{path}/shipgate_attempt"), json!({"value": "7"})).await.expect(204);
    assert_eq!(sim.get(&format!("{path}/shipgate_attempt")).await.expect(200), json!({"value": "7"}));
    let patch = json!({"metadata": {"a": "1", "shipgate_attempt": null}, "machine_version": before});
    sim.call(Method::PATCH, &path, Some(patch)).await.expect(204);
    sim.call(Method::PUT, &path, Some(json!({"metadata": {"b": "2", "a": ""}}))).await.expect(204);
    sim.delete(&format!("{path}/fly_release_id")).await.expect(204);
    let all = sim.get(&path).await.expect(200);
    assert_eq!(
        (&all["b"], all.get("a"), all.get("shipgate_attempt"), all.get("fly_release_id")),
        (&json!("2"), None, None, None)
    );
    assert_eq!(all["fly_platform_version"], "v2");
    let stale = json!({"metadata": {"c": "3"}, "machine_version": "01OTHER"});
    assert!(sim.call(Method::PATCH, &path, Some(stale)).await.error(412).starts_with("failed_precondition: "));
    assert_eq!(sim.get(&format!("{path}/c")).await.error(404), "metadata key not found");
    assert_eq!(sim.first().instance, before);
}

#[tokio::test]
async fn an_update_keeps_what_nobody_knows_and_fills_in_defaults() {
    let sim = Sim::start().await;
    let machine = sim.first();
    let mut config = with_image(&machine, "v2");
    config["services"][0]["autostop"] = json!("stop");
    config["x_new"] = json!([1, {"deep": null}]);
    config.as_object_mut().expect("a config").remove("guest");
    let updated = sim.post(&path_of("hello-staging", &machine), json!({"config": config})).await.expect(200);
    assert_eq!(updated["config"]["x_new"], json!([1, {"deep": null}]));
    assert_eq!(updated["config"]["services"][0]["x_edge_hint"], json!({"sticky": true}));
    assert_eq!(updated["config"]["services"][0]["autostop"], json!(true), "reported as a boolean");
    assert_eq!(updated["config"]["guest"]["memory_mb"], 256);
    let bare = json!({"config": {"image": "registry.fly.io/hello:v2"}});
    let updated = sim.post(&path_of("hello-staging", &machine), bare).await.expect(200);
    assert_eq!(updated["config"].get("x_new"), None, "the whole config is exchanged");
    assert_eq!(updated["image_ref"]["tag"], "v2");
    assert!(image("v2").ends_with(updated["image_ref"]["digest"].as_str().expect("a digest")), "a tag is resolved");
}
