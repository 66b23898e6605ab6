//! What is refused, and in which words.

use reqwest::Method;
use serde_json::{Value, json};
use shipgate::sim::Token;

use super::client::{Sim, instantly, path_of, with_image};

#[tokio::test]
async fn a_call_without_a_known_token_is_refused() {
    let mut sim = Sim::start().await;
    let path = sim.path();
    for (sent, status) in [
        ("", 401),
        ("Bearer nonsense", 401),
        ("simulated-fly-token", 200),
        ("FlyV1 simulated-fly-token", 200),
        ("Bearer FlyV1 fm2_other,simulated-fly-token", 200),
    ] {
        sim.acting_as(sent);
        let got = sim.get(&path).await;
        assert_eq!(got.status, status, "{sent}");
        if status == 401 {
            assert_eq!(got.body["error"], "Authenticate: token validation error");
        }
    }
}

#[tokio::test]
async fn a_token_opens_its_own_apps_only() {
    let mut sim = Sim::with(|config| {
        config.tokens.push(Token { name: "deploy".into(), secret: "fm2_s".into(), apps: vec!["hello-staging".into()] });
    })
    .await;
    sim.acting_as("FlyV1 fm2_s");
    sim.get("/v1/apps/hello-staging/machines").await.expect(200);
    assert_eq!(sim.get("/v1/apps/hello-production/machines").await.error(403), "unauthorized");
    assert_eq!(sim.get("/v1/apps/no-such-app").await.error(403), "unauthorized");
    assert_eq!(sim.get("/v1/apps?org_slug=acme").await.error(403), "unauthorized");
    assert_eq!(sim.get("/v1/tokens/current").await.expect(200)["tokens"][0]["apps"], json!(["hello-staging"]));
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let sim = Sim::start().await;
    assert_eq!(sim.get("/v1/apps/no-such-app").await.error(404), "app not found");
    assert_eq!(sim.get("/v1/apps/hello-staging/machines/00000000000000").await.error(404), "machine not found");
    let other = path_of("hello-production", &sim.first());
    assert_eq!(sim.get(&other).await.error(404), "machine not found", "a machine of another app");
    assert_eq!(sim.wrong(Method::GET, "/v2/anything", "").await.status, 404);
    assert_eq!(sim.wrong(Method::PUT, &sim.path(), "{}").await.status, 404);
}

#[tokio::test]
async fn an_image_that_the_registry_lacks_is_refused_and_nothing_changes() {
    let sim = Sim::start().await;
    let before = sim.first();
    for image in [
        format!("registry.fly.io/hello@sha256:{}", "0".repeat(64)),
        "registry.fly.io/hello:v9".into(),
        "registry.fly.io/hello".into(),
        "nginx:latest".into(),
        before.config["image"].as_str().expect("an image").replace("/hello@", "/other@"),
    ] {
        let mut config = with_image(&before, "v2");
        config["image"] = json!(image);
        let text = sim.post(&sim.path(), json!({"config": config})).await.error(400);
        assert!(
            text.starts_with(&format!("failed to get manifest {image}: ")) && text.contains("MANIFEST_UNKNOWN"),
            "{text}"
        );
    }
    assert_eq!(sim.first(), before);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_as_go_does() {
    let sim = Sim::start().await;
    let path = sim.path();
    let before = sim.first();
    for (path, body, text) in [
        (path.clone(), "", "EOF"),
        (path.clone(), "{\"config\":", "unexpected EOF"),
        (path.clone(), "nonsense", "invalid character 'n' looking for beginning of value"),
        (format!("{path}/stop"), "[]", "json: cannot unmarshal array into Go value of type main.stopRequest"),
        (format!("{path}/stop"), r#"{"signal":"SIGNOPE"}"#, "invalid_argument: invalid signal 'SIGNOPE'"),
        (format!("{path}/stop"), r#"{"timeout":"soon"}"#, r#"time: invalid duration "soon""#),
        (format!("{path}/lease"), "{}", "invalid_argument: ttl must be greater than 0"),
        (path.clone(), r#"{"config":{}}"#, "invalid_argument: config.image is required"),
        (
            path.clone(),
            r#"{"config":[]}"#,
            "json: cannot unmarshal array into Go struct field .config of type fly.MachineConfig",
        ),
        (
            path.clone(),
            r#"{"config":{"env":{"A":1}}}"#,
            "json: cannot unmarshal number into Go struct field MachineConfig.config.env of type string",
        ),
    ] {
        assert_eq!(sim.wrong(Method::POST, &path, body).await.error(400), text);
    }
    assert_eq!(sim.wrong(Method::POST, &path, &" ".repeat(2 << 20)).await.status, 413);
    assert_eq!(sim.first(), before);
}

#[tokio::test]
async fn an_update_of_an_older_version_is_refused() {
    let sim = Sim::with(instantly).await;
    let machine = sim.first();
    let body = json!({"config": with_image(&machine, "v2"), "current_version": machine.instance});
    sim.post(&sim.path(), body.clone()).await.expect(200);
    let text = sim.post(&sim.path(), body).await.error(409);
    assert_eq!(text, "aborted: machine update failed due to concurrent update");
    assert_eq!(sim.first().updates, 1);
}

#[tokio::test]
async fn a_name_is_given_once() {
    let sim = Sim::start().await;
    let body = json!({"config": with_image(&sim.first(), "v1"), "name": sim.first().name});
    let text = sim.post("/v1/apps/hello-staging/machines", body).await.error(409);
    assert!(text.starts_with("already_exists: unique machine name violation, "), "{text}");
}

#[tokio::test]
async fn a_start_is_refused_by_the_state() {
    let sim = Sim::start().await;
    let (path, start) = (sim.path(), format!("{}/start", sim.path()));
    assert_eq!(sim.poke(&start).await.error(409), "aborted: machine still attempting to start");
    sim.poke(&format!("{path}/stop")).await.expect(200);
    assert_eq!(sim.poke(&start).await.error(412), "failed_precondition: machine still active, refusing to start");
    sim.update("hello-staging", &sim.first(), "v2").await.expect(200);
    assert_eq!(sim.poke(&start).await.error(412), "failed_precondition: machine getting replaced, refusing to start");
    let text = sim.poke(&format!("{path}/stop")).await.error(412);
    assert_eq!(text, "failed_precondition: unable to stop machine from current state: 'replacing'");
    let text = sim.poke(&format!("{path}/restart")).await.error(412);
    assert_eq!(text, "failed_precondition: unable to restart machine from current state: 'replacing'");

    let body = json!({"config": with_image(&sim.first(), "v1")});
    let made: Value = sim.post("/v1/apps/hello-staging/machines", body).await.expect(200);
    let start = format!("/v1/apps/hello-staging/machines/{}/start", made["id"].as_str().expect("an id"));
    let text = sim.poke(&start).await.error(412);
    assert_eq!(
        text, "failed_precondition: unable to start machine from current state: 'created'",
        "it launches by itself"
    );
}

#[tokio::test]
async fn a_machine_that_runs_is_destroyed_by_force_only() {
    let sim = Sim::start().await;
    let text = sim.delete(&sim.path()).await.error(412);
    assert_eq!(text, "failed_precondition: unable to destroy machine from current state: 'started'");
    sim.delete(&format!("{}?kill=true", sim.path())).await.expect(200);
}
