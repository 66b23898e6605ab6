//! The registry: whether an image is there, and nothing else.

use reqwest::Method;
use serde_json::json;
use shipgate::sim::{DEMO_TOKEN, demo_releases};

use super::client::{Got, Sim, image, path_of, with_image};

fn path(version: &str) -> String {
    image(version).replace("registry.fly.io/", "/v2/").replace('@', "/manifests/")
}

impl Sim {
    /// Asks the registry with this password.
    async fn asks(&self, method: Method, path: &str, password: &str) -> Got {
        let request = self.http.request(method, format!("{}{path}", self.fly.registry_url()));
        let answer = request.basic_auth("x", Some(password)).send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.expect("a body");
        Got { status, headers, body: serde_json::from_str(&text).unwrap_or_default() }
    }
}

#[tokio::test]
async fn an_image_that_is_there_is_said_to_be_there() {
    let sim = Sim::start().await;
    for release in demo_releases() {
        let got = sim.asks(Method::GET, &path(&release.version), DEMO_TOKEN).await;
        assert_eq!((got.status, &got.body["schemaVersion"]), (200, &json!(2)));
        assert_eq!(got.headers["content-type"], "application/vnd.oci.image.manifest.v1+json");
        let got = sim.asks(Method::HEAD, &path(&release.version), DEMO_TOKEN).await;
        assert_eq!((got.status, got.body), (200, json!(null)));
    }
}

#[tokio::test]
async fn a_token_is_wanted_as_the_password() {
    let mut sim = Sim::start().await;
    for password in ["", "another", "x"] {
        let got = sim.asks(Method::GET, &path("v1"), password).await;
        assert_eq!((got.status, &got.body["errors"][0]["code"]), (401, &json!("UNAUTHORIZED")));
    }
    let password = format!("fm2_other,{DEMO_TOKEN}");
    assert_eq!(sim.asks(Method::GET, &path("v1"), &password).await.status, 200);
    for header in ["", "Bearer simulated-fly-token", "Basic ???", "Basic"] {
        sim.acting_as(header);
        assert_eq!(sim.wrong(Method::GET, &path("v1"), "").await.status, 401, "{header}");
    }
}

#[tokio::test]
async fn an_image_that_is_gone_is_gone_for_the_machines_too() {
    let sim = Sim::start().await;
    sim.fly.faults().lose_image(&image("v2"));
    let got = sim.asks(Method::GET, &path("v2"), DEMO_TOKEN).await;
    assert_eq!((got.status, &got.body["errors"][0]["code"]), (404, &json!("MANIFEST_UNKNOWN")));
    let machine = sim.first();
    let body = json!({"config": with_image(&machine, "v2")});
    let got = sim.post(&path_of("hello-staging", &machine), body).await;
    assert!(got.error(400).contains("MANIFEST_UNKNOWN"));
    assert_eq!(sim.first().version, "v1");

    sim.fly.faults().lose_image(&image("v1"));
    assert_eq!(sim.asks(Method::HEAD, &path("v1"), DEMO_TOKEN).await.status, 404);
    assert_eq!(sim.visit("hello-staging", "/health").await.status, 200, "what runs it goes on running it");
}

#[tokio::test]
async fn the_rest_of_a_registry_is_not_there() {
    let sim = Sim::start().await;
    for (method, path, code) in [
        (Method::GET, "/v2/", "UNSUPPORTED"),
        (Method::GET, "/v2/hello/tags/list", "UNSUPPORTED"),
        (Method::PUT, &path("v1"), "UNSUPPORTED"),
        (Method::GET, "/v2/nobody/manifests/v1", "NAME_UNKNOWN"),
        (Method::GET, "/v2/hello/manifests/v9", "MANIFEST_UNKNOWN"),
    ] {
        let got = sim.asks(method, path, DEMO_TOKEN).await;
        assert_eq!((got.status, &got.body["errors"][0]["code"]), (404, &json!(code)), "{path}");
    }
    assert_eq!(sim.asks(Method::GET, "/v2/hello/manifests/v2", DEMO_TOKEN).await.status, 200, "a tag leads to it");
}
