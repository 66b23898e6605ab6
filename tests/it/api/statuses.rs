//! Every no has a status that fits it and words in both languages.

use super::stage::Stage;
use serde_json::json;

#[tokio::test]
async fn a_no_has_the_status_that_fits_it() {
    let stage = Stage::new().await;
    for (line, status, code) in [
        ("", 422, "unknown_command"),
        ("/", 422, "unknown_command"),
        ("/deplyo", 422, "unknown_command"),
        ("\u{1b}[2J", 422, "unknown_command"),
        ("/deploy", 422, "missing_argument"),
        ("/deploy staging", 409, "no_releases"),
        ("/deploy moon", 404, "unknown_environment"),
        ("/deploy staging v9", 422, "unknown_version"),
        ("/promote", 409, "no_evidence"),
        ("/rollback staging", 409, "nothing_to_go_back_to"),
        ("/approve", 409, "nothing_waits"),
        ("/reject", 409, "nothing_waits"),
        ("/abort", 409, "nothing_waits"),
        ("/unlock staging", 409, "not_locked"),
        ("/lock staging", 422, "reason_missing"),
        ("/unquarantine v9 reason", 409, "not_quarantined"),
        ("/smoke staging helo", 404, "unknown_app"),
        ("/smoke staging extra", 422, "too_many_arguments"),
        ("/status hello extra", 422, "too_many_arguments"),
        ("/help nothing", 422, "unknown_help"),
        ("/release v1 hello:v1", 422, "image_not_pinned"),
    ] {
        let answer = stage.say(line).await;
        answer.problem(status, code);
    }
    stage.end().await;
}

#[tokio::test]
async fn texts_of_any_kind_in_any_member_get_an_answer() {
    let stage = Stage::new().await;
    stage.prove_v2().await;
    let id = stage.deploy("production", "v2").await;
    stage.until(&id, |d| d["phase"] == "entering").await;
    let actions = format!("/api/v1/deployments/{id}/actions");
    let staging = "/api/v1/apps/hello/environments/staging/deployments";
    let releases = "/api/v1/apps/hello/releases";
    let turned = "\u{202e}gnp.exe\u{2066}";
    for wild in [
        &turned.repeat(1_000),
        &"@everyone `x` **b** <@1> <!channel>\u{0}\u{7}\u{1b}[2J\r\n".repeat(200),
        &"é".repeat(10_000),
        "\u{fdd0}1\u{fdd0}",
        "{ $version }",
        "",
    ] {
        for (path, body) in [
            (&*actions, json!({ "action": "approve", "gate": wild })),
            (&*actions, json!({ "action": "override", "gate": wild, "reason": wild })),
            (&*actions, json!({ "action": wild })),
            (staging, json!({ "version": wild })),
            (staging, json!({ "kind": wild })),
            (staging, json!({ "reason": wild })),
            (releases, json!({ "version": wild, "image": wild })),
            (releases, json!({ "version": "v9", "image": wild, "notes": wild, "commit": wild })),
        ] {
            let answer = stage.post(path, body).await;
            let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
            assert!((400..500).contains(&answer.status), "{path}: {}", answer.text);
            let told = answer.clone().problem(answer.status, &code).text;
            assert!(!told.contains(['\u{202e}', '\u{2066}', '\u{fdd0}']) && !told.contains("\\u001b"), "{told}");
        }
    }
    stage.end().await;
}

#[tokio::test]
async fn lines_of_any_kind_get_an_answer() {
    let stage = Stage::new().await;
    let long = "x".repeat(10_000);
    for line in [
        format!("/{long}"),
        format!("/deploy {long}"),
        format!("/help {long}"),
        format!("/status {long}"),
        format!("/lock staging {long}"),
        format!("/release {long} {long}"),
        format!("/unquarantine {long} {long}"),
        format!("/approve {long}"),
        "/deploy \"staging".to_owned(),
        "/deploy 「staging」".to_owned(),
        "/lock staging \u{202e}gnp.exe".to_owned(),
        "/status\n/lock staging x".to_owned(),
        "/lock staging {$version} { $x } %s ${HOME} `id` <script>".to_owned(),
    ] {
        let answer = stage.post("/api/v1/commands", json!({ "line": line })).await;
        if answer.status == 200 {
            assert!(answer.text.len() < 3_000, "{}", answer.text);
            assert!(!answer.text.contains('\u{202e}'), "{}", answer.text);
            continue;
        }
        let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
        assert!((400..500).contains(&answer.status), "{}", answer.text);
        answer.clone().problem(answer.status, &code);
    }
    let said = stage.say("/status").await.with(200);
    assert!(said.text.contains("<script>"), "what people write is shown as it is: {}", said.text);
    stage.end().await;
}
