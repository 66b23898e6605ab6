//! Which images are gone: what is asked of the registry, what is made of its answers, and to whom the token is shown.

use shipgate::domain::Span;
use shipgate::sim::{Action, DEMO_TOKEN, On, When};

use super::stage::{APP, Play, image, target, target_of};
use super::wire::{Canned, Line, Wire};

/// What is said by a registry that does not have it.
const UNKNOWN: &str = r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":null}]}"#;

fn images(versions: &[&str]) -> Vec<String> {
    versions.iter().map(|version| image(version)).collect()
}

impl Play {
    /// Which of these versions are gone.
    async fn gone(&self, versions: &[&str]) -> Vec<String> {
        self.gone_of(&images(versions)).await
    }

    async fn gone_of(&self, images: &[String]) -> Vec<String> {
        let found = self.until(self.target.look(images)).await.expect("a look is not held up");
        assert_eq!(found.machines.len(), 1, "what runs is said in any case");
        found.gone
    }

    fn asked(&self) -> Vec<Line> {
        self.wire.lines().into_iter().filter(|line| line.path.starts_with("/v2/")).collect()
    }
}

fn path(version: &str) -> String {
    image(version).replace("registry.fly.io/hello@", "/v2/hello/manifests/")
}

#[tokio::test]
async fn images_are_asked_about_in_order_up_to_the_first_that_is_there() {
    let play = Play::with(1).await;
    for version in ["v2", "v3-slow"] {
        play.sim.faults().lose_image(&image(version));
    }
    assert_eq!(play.gone(&["v2", "v3-slow", "v3-broken", "v4-late"]).await, images(&["v2", "v3-slow"]));
    let asked = play.asked();
    let said: Vec<_> = asked.iter().map(|line| (line.method.as_str(), line.path.clone())).collect();
    assert_eq!(said, ["v2", "v3-slow", "v3-broken"].map(|version| ("GET", path(version))));
    for line in &asked {
        // `x:simulated-fly-token`
        assert_eq!(line.authorization, "Basic eDpzaW11bGF0ZWQtZmx5LXRva2Vu");
        for kind in ["oci.image.index.v1", "oci.image.manifest.v1", "docker.distribution.manifest.v2"] {
            assert!(line.accept.contains(&format!("application/vnd.{kind}+json")), "{}", line.accept);
        }
    }
}

#[tokio::test]
async fn all_may_be_gone_and_a_look_without_images_asks_about_none() {
    let play = Play::with(1).await;
    let all = ["v2", "v3-slow"];
    all.iter().for_each(|version| play.sim.faults().lose_image(&image(version)));
    assert_eq!(play.gone(&all).await, images(&all));
    let before = play.asked().len();
    assert!(play.gone(&[]).await.is_empty());
    assert_eq!(play.asked().len(), before);
}

#[tokio::test]
async fn a_repository_that_the_registry_does_not_know_has_no_images() {
    let play = Play::with(1).await;
    let elsewhere = image("v2").replace("/hello@", "/other/hello:v2@");
    assert_eq!(play.gone_of(std::slice::from_ref(&elsewhere)).await, [elsewhere]);
    assert!(play.asked()[0].path.starts_with("/v2/other/hello/manifests/sha256:"), "{:?}", play.asked());
}

#[tokio::test]
async fn only_a_registry_that_says_so_is_believed() {
    for (status, body) in [
        (401, r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#),
        (403, r#"{"errors":[{"code":"DENIED"}]}"#),
        (429, r#"{"errors":[{"code":"TOOMANYREQUESTS"}]}"#),
        (500, UNKNOWN),
        (404, ""),
        (404, "<html>nginx</html>"),
        (404, r#"{"errors":[{"code":"UNSUPPORTED"}]}"#),
        (404, r#"{"errors":"MANIFEST_UNKNOWN"}"#),
    ] {
        let play = Play::with(1).await;
        play.sim.faults().lose_image(&image("v2"));
        play.wire.next(Canned { status, headers: vec![], body, on: ("GET", digest("v2")) });
        assert!(play.gone(&["v2", "v1"]).await.is_empty(), "{status} {body}");
        assert_eq!(play.asked().len(), 1, "{status} {body}: it goes on with that one, so no other needs to be known");
    }
}

/// The end of the path of an image.
fn digest(version: &str) -> &'static str {
    Box::leak(image(version).rsplit(':').next().unwrap().to_owned().into_boxed_str())
}

#[tokio::test]
async fn a_token_that_is_refused_leaves_it_open() {
    let play = Play::with(1).await;
    play.sim.faults().lose_image(&image("v2"));
    let stranger = target_of((&play.wire.url, &play.wire.url), &play.clock, DEMO_TOKEN, APP).unwrap();
    assert_eq!(play.until(stranger.look(&images(&["v2"]))).await.unwrap().gone, images(&["v2"]));
    let other = Play::of(1, &shipgate::sim::tcp_check(), |config| config.tokens[0].secret = "another".into()).await;
    let split = target_of((&play.wire.url, &other.wire.url), &play.clock, DEMO_TOKEN, APP).unwrap();
    assert!(play.until(split.look(&images(&["v2"]))).await.unwrap().gone.is_empty());
    assert_eq!(other.asked()[0].answer.as_ref().map(|(status, _)| *status), Some(401));
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_waited_for_only_so_long() {
    let play = Play::with(1).await;
    play.sim.faults().lose_image(&image("v2"));
    let begun = play.seconds();
    let mut hold = play.sim.faults().hold(On::action(Action::ManifestGet), When::Before);
    let late = async {
        hold.arrived().await;
        play.clock.advance(Span::seconds(5));
    };
    let (gone, ()) = tokio::join!(play.gone(&["v2", "v1"]), late);
    assert!(gone.is_empty());
    assert_eq!(play.seconds() - begun, 5);
}

#[tokio::test]
async fn what_was_said_before_the_registry_fell_silent_counts() {
    let play = Play::with(1).await;
    for version in ["v2", "v3-slow"] {
        play.sim.faults().lose_image(&image(version));
    }
    play.wire.next(Canned { status: 404, headers: vec![], body: UNKNOWN, on: ("GET", digest("v2")) });
    let mut hold = play.sim.faults().hold(On::action(Action::ManifestGet), When::After);
    let late = async {
        hold.arrived().await;
        play.clock.advance(Span::seconds(5));
    };
    let (gone, ()) = tokio::join!(play.gone(&["v2", "v3-slow"]), late);
    assert_eq!(gone, images(&["v2"]));
}

#[tokio::test]
async fn nobody_there_is_no_trouble() {
    let play = Play::with(1).await;
    let target = target_of((&play.wire.url, "http://127.0.0.1:9"), &play.clock, DEMO_TOKEN, APP).unwrap();
    let found = play.until(target.look(&images(&["v2"]))).await.unwrap();
    assert_eq!((found.machines.len(), found.gone.len()), (1, 0));
}

#[tokio::test]
async fn images_of_other_registries_and_odd_ones_are_not_asked_about() {
    let play = Play::with(1).await;
    let digest = image("v2").rsplit('@').next().unwrap().to_owned();
    for foreign in [
        format!("ghcr.io/acme/hello@{digest}"),
        format!("registry.fly.io.example.org/hello@{digest}"),
        format!("registry.fly.io:5000/hello@{digest}"),
        format!("registry.fly.io/../v1/apps@{digest}"),
        format!("registry.fly.io/hello?x=@{digest}"),
        format!("registry.fly.io//hello@{digest}"),
        "registry.fly.io/hello:v2".to_owned(),
        "registry.fly.io/hello@sha256:abc/../../x".to_owned(),
        "hello".to_owned(),
    ] {
        assert!(play.gone_of(std::slice::from_ref(&foreign)).await.is_empty());
        assert!(play.asked().is_empty(), "{foreign}");
    }
    assert_eq!(play.wire.lines().len(), 9, "only what runs was asked");
}

#[tokio::test]
async fn a_redirect_is_not_followed_so_the_token_goes_nowhere_else() {
    let play = Play::with(1).await;
    let elsewhere = Wire::to(&play.sim.api_url()).await;
    play.sim.faults().lose_image(&image("v2"));
    let location = Box::leak(format!("{}{}", elsewhere.url, path("v2")).into_boxed_str());
    play.wire.next(Canned { status: 307, headers: vec![("location", location)], body: "", on: ("GET", digest("v2")) });
    assert!(play.gone(&["v2"]).await.is_empty());
    assert_eq!((play.asked().len(), elsewhere.lines().len()), (1, 0));
}

#[tokio::test]
async fn the_password_is_the_token_without_its_scheme() {
    for (token, sent) in [
        ("FlyV1 fm2_abc,fm1r_def", "Basic eDpmbTJfYWJjLGZtMXJfZGVm"),
        ("Bearer plain-oauth", "Basic eDpwbGFpbi1vYXV0aA=="),
        (" fm2_abc, plain-oauth\n", "Basic eDpmbTJfYWJj"),
    ] {
        let play = Play::with(1).await;
        play.wire.next(Canned { status: 200, headers: vec![], body: "[]", on: ("GET", "/machines") });
        let target = target(&play.clock, &play.wire.url, token, APP).unwrap();
        assert!(play.until(target.look(&images(&["v2"]))).await.unwrap().gone.is_empty());
        assert_eq!(play.asked()[0].authorization, sent);
    }
}

#[tokio::test]
async fn what_runs_is_asked_first() {
    let play = Play::with(1).await;
    let nowhere = target(&play.clock, &play.wire.url, DEMO_TOKEN, "nowhere").unwrap();
    assert!(play.until(nowhere.look(&images(&["v2"]))).await.is_err());
    assert!(play.asked().is_empty());
}
