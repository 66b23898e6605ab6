//! The config of a fly target, its token, and what `build` refuses.

use serde_json::json;
use shipgate::domain::TargetSpec;
use shipgate::targets::{self, Deps};

use super::stage::{APP, Play, target, target_of};
use super::wire::Canned;

fn wrong(settings: &serde_json::Value) -> Vec<String> {
    targets::read("fly", settings).unwrap_err().into_iter().map(|note| note.key).collect()
}

#[test]
fn a_good_table_makes_a_fenced_target() {
    let spec = targets::read("fly", &json!({"app": "hello-staging", "strategy": "rolling"})).unwrap();
    assert!(spec.fenced);
    assert_eq!(spec.kind, "fly");
    assert!(targets::read("fly", &json!({"app": "hello"})).is_ok(), "rolling is what is meant without a word");
    for strategy in ["immediate", "canary", "bluegreen"] {
        assert!(targets::read("fly", &json!({"app": "hello", "strategy": strategy})).is_ok());
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    assert_eq!(wrong(&json!({})), ["fly-app-unset"]);
    assert_eq!(wrong(&json!([])), ["fly-settings-no-table"]);
    for app in [json!(""), json!("Hello"), json!("../x"), json!("-a"), json!("a".repeat(64)), json!(7)] {
        assert_eq!(wrong(&json!({"app": app})), ["fly-app-malformed"]);
    }
    let all = targets::read("fly", &json!({"ap": "hello", "strategy": "roling"})).unwrap_err();
    let keys: Vec<&str> = all.iter().map(|note| note.key.as_str()).collect();
    assert_eq!(keys, ["fly-setting-unknown", "fly-app-unset", "fly-strategy-unknown"]);
    assert_eq!(all[0].args["nearest"], "app");
    assert_eq!(targets::read("heroku", &json!({})).unwrap_err()[0].key, "target-kind-unknown");
}

#[tokio::test]
async fn without_a_token_there_is_no_target() {
    let play = Play::with(1).await;
    let spec = TargetSpec { kind: "fly".to_owned(), settings: json!({"app": APP}), fenced: true };
    let built = targets::build(&spec, &Deps { clock: play.clock.clone(), fly: None });
    assert_eq!(built.err().unwrap().key, "fly-token-missing");
    assert_eq!(target(&play.clock, &play.wire.url, "  ", APP).err().unwrap().key, "fly-token-missing");
    assert_eq!(target(&play.clock, &play.wire.url, "a\nb", APP).err().unwrap().key, "fly-token-malformed");
    assert_eq!(target(&play.clock, "not a url", "token", APP).err().unwrap().key, "fly-url-malformed");
    for registry in ["registry.fly.io", "mailto:ada@example.org"] {
        let built = target_of((&play.wire.url, registry), &play.clock, "token", APP);
        assert_eq!(built.err().unwrap().key, "fly-registry-malformed");
    }
}

#[tokio::test]
async fn a_token_is_sent_in_the_form_that_fly_io_wants() {
    for (token, sent) in [
        ("plain-oauth", "Bearer plain-oauth"),
        ("Bearer plain-oauth", "Bearer plain-oauth"),
        ("fm2_abc", "FlyV1 fm2_abc"),
        ("FlyV1 fm2_abc,fm1r_def", "FlyV1 fm2_abc,fm1r_def"),
        (" Bearer FlyV1 fm2_abc, plain-oauth ,fm1a_x\n", "FlyV1 fm2_abc,fm1a_x"),
    ] {
        let play = Play::with(1).await;
        play.wire.next(Canned { status: 401, headers: vec![], body: "", on: ("GET", "/machines") });
        let target = target(&play.clock, &play.wire.url, token, APP).unwrap();
        let _ = play.until(target.look(&[])).await;
        assert_eq!(play.wire.lines()[0].authorization, sent);
    }
}
