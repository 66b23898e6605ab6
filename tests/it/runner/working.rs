//! Performing: results, retries, bugs in adapters, and what people see of them.

use shipgate::clock::Clock as _;
use shipgate::domain::{Cause, Channel, CheckSpec, Effect, Ended, Note, Outcome, Phase, Span, Subject, TargetSpec};
use shipgate::runner::wait;

use super::script::{Act, Scene};
use crate::store::house::{ask, card, done, id, release, request, roll_out, show};

const DOWN: Act = Act::Fails { again: true, after: None };

/// A scene in which `v2` was asked for and `v1` is known.
async fn asked(script: impl IntoIterator<Item = Act>) -> std::sync::Arc<Scene> {
    let scene = Scene::new(script).await;
    scene.house.store.register(&release("v1")).await.expect("registered");
    scene.house.store.register(&release("v2")).await.expect("registered");
    done(scene.house.happen(request("d1")).await);
    scene
}

async fn ended(scene: &Scene) -> (Phase, Option<Outcome>, Option<Cause>) {
    let stored = scene.house.store.deployment(&id("d1")).await.expect("readable").expect("stored").deployment;
    (stored.phase, stored.outcome, stored.cause)
}

#[tokio::test]
async fn a_deployment_is_carried_to_its_end() {
    let scene = asked([Act::Runs("v1"), Act::Ends(Ended::Done), Act::Passes]).await;
    scene.runner().run_until_idle().await.expect("idle");
    assert_eq!(ended(&scene).await, (Phase::Closed, Some(Outcome::Succeeded), None));
    assert_eq!(scene.seen.lines("call roll_out"), ["call roll_out v2 attempt 1"]);
    assert_eq!(scene.seen.lines("call show").last().map(String::as_str), Some("call show d1 Closed en"));
    assert_eq!(scene.house.count("effects").await, 0);
    assert!(scene.house.store.audit().await.expect("an audit").is_clean());
    let (claimed, finished) = (scene.seen.lines("claimed"), scene.seen.lines("finished"));
    assert_eq!(claimed.len(), finished.len());
}

#[tokio::test]
async fn nothing_to_do_is_idle() {
    let scene = Scene::new([]).await;
    scene.runner().run_until_idle().await.expect("idle");
    assert_eq!(scene.seen.lines(""), Vec::<String>::new());
}

#[tokio::test]
async fn a_named_wait_is_kept() {
    let busy = Act::Fails { again: true, after: Some(Span::seconds(30)) };
    let scene = asked([busy, Act::Runs("v1"), Act::Ends(Ended::Done)]).await;
    let runner = scene.runner();
    runner.run_until_idle().await.expect("idle");
    let troubles = scene.house.store.environment("hello", "staging").await.expect("readable").troubles;
    assert_eq!(troubles[0].note, Note::new("it-is-down"));
    assert_eq!(scene.seen.lines("call show").len(), 2, "the trouble is painted");
    scene.house.clock.pass(Span(29_999));
    runner.run_until_idle().await.expect("idle");
    assert_eq!(scene.seen.lines("call look").len(), 1);
    scene.house.clock.pass(Span(1_001));
    runner.run_until_idle().await.expect("idle");
    assert_eq!(ended(&scene).await.1, Some(Outcome::Succeeded));
}

#[test]
fn waits_double_up_to_a_minute_and_have_chance_in_them() {
    for tries in 1..40 {
        let most = 1_000 * 2_i64.pow((tries - 1).min(6));
        let most = most.min(60_000);
        for _ in 0..50 {
            let waited = wait(tries, None).0;
            assert!((most / 2..=most).contains(&waited), "{waited} after {tries}");
        }
    }
    let asked = wait(1, Some(Span::seconds(7))).0;
    assert!((7_000..=8_000).contains(&asked));
}

#[tokio::test]
async fn a_target_that_does_not_say_what_runs_holds_a_deployment_for_two_minutes() {
    let scene = asked((0..20).map(|_| DOWN)).await;
    let runner = scene.runner();
    let start = scene.house.clock.now();
    while ended(&scene).await.0 != Phase::Closed {
        runner.run_until_idle().await.expect("idle");
        scene.house.clock.pass(Span::seconds(10));
    }
    let (_, outcome, cause) = ended(&scene).await;
    assert_eq!((outcome, cause), (Some(Outcome::Failed), Some(Cause::LookFailed { note: Note::new("it-is-down") })));
    let gone = scene.house.clock.now().since(start);
    assert!((Span::minutes(2)..Span::minutes(4)).contains(&gone), "{gone:?}");
}

#[tokio::test]
async fn a_target_that_refuses_for_good_fails_the_deployment_at_once() {
    let scene = asked([Act::Fails { again: false, after: None }]).await;
    scene.runner().run_until_idle().await.expect("idle");
    assert_eq!(ended(&scene).await.1, Some(Outcome::Failed));
}

#[tokio::test]
async fn a_rollout_in_trouble_is_repeated_with_the_same_attempt() {
    let scene = asked([Act::Runs("v1"), DOWN, Act::Ends(Ended::Done)]).await;
    let runner = scene.runner();
    runner.run_until_idle().await.expect("idle");
    scene.house.clock.pass(Span::seconds(1));
    runner.run_until_idle().await.expect("idle");
    assert_eq!(scene.seen.lines("call roll_out"), vec!["call roll_out v2 attempt 1"; 2]);
    assert_eq!(ended(&scene).await.1, Some(Outcome::Succeeded));
}

#[tokio::test]
async fn a_rollout_that_cannot_be_helped_goes_back() {
    let refused = Act::Fails { again: false, after: None };
    let scene = asked([Act::Runs("v1"), refused, Act::Ends(Ended::Done), Act::Runs("v1")]).await;
    scene.runner().run_until_idle().await.expect("idle");
    assert_eq!(scene.seen.lines("call restore"), ["call restore from v2 attempt 2 machines 1"]);
    assert_eq!(ended(&scene).await.1, Some(Outcome::RolledBack));
}

#[tokio::test]
async fn machines_that_carry_somebody_elses_stamp_fail_the_rollout_and_say_so() {
    let scene = asked([Act::Runs("v1"), Act::Fenced(9), Act::Deaf]).await;
    let runner = scene.runner();
    let work = tokio::spawn(async move { runner.run_until_idle().await });
    scene.seen.reach("call restore", 1).await;
    work.abort();
    let told = scene.seen.lines("deliver TargetEnded");
    assert!(told[0].contains("runner-fenced") && told[0].contains('9'), "{told:?}");
}

#[tokio::test]
async fn a_panic_in_an_adapter_is_an_answer_that_nobody_knows() {
    let scene = asked([Act::Runs("v1"), Act::Panics, Act::Runs("v2")]).await;
    scene.runner().run_until_idle().await.expect("idle");
    assert!(scene.seen.lines("deliver TargetEnded")[0].contains("Unknown"));
    assert_eq!(ended(&scene).await.1, Some(Outcome::Succeeded), "the target was asked, and v2 runs");
    let scene = Scene::new([Act::Panics]).await;
    scene.house.commit(vec![], vec![ask("d1", "health")], vec![]).await;
    scene.runner().run_until_idle().await.expect("idle");
    assert!(scene.seen.lines("deliver Answered")[0].contains("runner-broke"));
    assert_eq!(scene.house.count("effects").await, 0);
}

#[tokio::test]
async fn a_check_that_never_answers_is_bounded_and_holds_nobody_up() {
    let scene = Scene::new([Act::Deaf, Act::Passes]).await;
    scene.house.commit(vec![], vec![ask("d1", "deaf"), ask("d1", "well"), show("d1")], vec![]).await;
    let runner = scene.runner();
    let work = tokio::spawn(async move { runner.run_until_idle().await });
    scene.seen.reach("finished ask", 1).await;
    scene.house.clock.pass(Span::minutes(1));
    work.await.expect("no panic").expect("idle");
    let told = scene.seen.lines("deliver Answered");
    assert!(told[0].contains("Pass") && told[0].contains("value: None"), "a number that is none is left out: {told:?}");
    assert!(told[1].contains("Unknown") && told[1].contains("runner-too-long"), "{told:?}");
}

#[tokio::test]
async fn what_the_config_cannot_name_any_more_is_told() {
    let scene = Scene::new([]).await;
    let settings = serde_json::json!({});
    let subject = Subject::Gate { deployment: id("d1"), name: "health".to_owned() };
    let check = CheckSpec { kind: "gone".to_owned(), settings: settings.clone() };
    let target = TargetSpec { kind: "gone".to_owned(), settings, fenced: true };
    let effects = vec![
        Effect::Ask { subject, round: 1, check },
        Effect::Look { target, deployment: None, images: Vec::new(), attempt: 0 },
    ];
    scene.house.commit(vec![], effects, vec![]).await;
    scene.runner().run_until_idle().await.expect("idle");
    assert!(scene.seen.lines("deliver Answered")[0].contains("no-check"));
    assert!(scene.seen.lines("deliver LookFailed")[0].contains("no-target"));
}

#[tokio::test]
async fn what_is_said_is_tried_again_or_dropped_by_what_the_chat_says() {
    let say = |seq| Effect::Say { seq, card: card("d1"), call: vec![], channel: Channel::Warnings };
    let scene = Scene::new([]).await;
    scene.chat_plays([DOWN, Act::Passes, Act::Fails { again: false, after: None }]);
    let runner = scene.runner();
    scene.house.commit(vec![], vec![say(1)], vec![]).await;
    runner.run_until_idle().await.expect("idle");
    assert_eq!(scene.house.count("effects").await, 1);
    scene.house.clock.pass(Span::seconds(1));
    runner.run_until_idle().await.expect("idle");
    scene.house.commit(vec![], vec![say(2)], vec![]).await;
    runner.run_until_idle().await.expect("idle");
    assert_eq!(scene.seen.lines("call say"), ["call say entry 1", "call say entry 1", "call say entry 2"]);
    assert_eq!(scene.house.count("effects").await, 0);
}

#[tokio::test]
async fn a_moment_that_comes_is_told_once() {
    let scene = asked([Act::Fails { again: true, after: Some(Span::hours(30)) }]).await;
    let runner = scene.runner();
    runner.run_until_idle().await.expect("idle");
    scene.house.clock.pass(Span::hours(24));
    runner.run_until_idle().await.expect("idle");
    assert_eq!(scene.seen.lines("tick"), ["tick hello/staging"]);
    assert_eq!(ended(&scene).await, (Phase::Closed, Some(Outcome::Aborted), Some(Cause::GaveUp)));
    assert_eq!(scene.house.count("effects").await, 0, "nobody needs the answer any more");
}

#[tokio::test]
async fn a_result_and_the_end_of_its_effect_are_one_commit() {
    let scene = asked([Act::Runs("v1"), Act::Runs("v1"), Act::Ends(Ended::Done)]).await;
    scene.park_at("advance");
    let runner = scene.runner();
    let crash = tokio::spawn(async move { runner.run_until_idle().await });
    scene.seen.reach("parked", 1).await;
    crash.abort();
    let _ = crash.await;
    let stored = scene.house.another().await.environment("hello", "staging").await.expect("readable");
    assert_eq!(stored.environment.looked_at, None, "the answer is not recorded");
    assert_eq!(scene.house.count("effects WHERE kind = 'look' AND claim <> ''").await, 1, "nor is the question gone");
}

#[tokio::test]
async fn a_target_that_takes_its_time_holds_no_check_up() {
    let scene = Scene::new([Act::Deaf, Act::Passes]).await;
    scene.house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    let runner = scene.runner();
    let work = tokio::spawn(async move { runner.run_until_idle().await });
    scene.seen.reach("call roll_out", 1).await;
    scene.house.commit(vec![], vec![ask("d1", "health")], vec![]).await;
    scene.seen.reach("finished ask", 1).await;
    work.abort();
}
