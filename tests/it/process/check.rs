//! `shipgate check` of the real binary against the simulated fly.io: every part is asked, nothing is changed, and what
//! is wrong is told with what to do.

use super::run::{Home, url};
use crate::world::process::{Ended, Program, shipgate};

/// A simulated fly.io, and where its parts are.
pub(super) struct Fly {
    pub(super) program: Program,
    pub(super) flaps: String,
    staging: String,
    production: String,
}

impl Fly {
    pub(super) fn start() -> Self {
        let mut program = shipgate(&["sim", "fly"]).start();
        let mut told = |name: &str| program.line(name).trim().replace(name, "");
        let flaps = told("FLY_FLAPS_BASE_URL=");
        let (production, staging) = (told("hello-production="), told("hello-staging="));
        Self { flaps, staging, production, program }
    }
}

/// A config with one environment on an app, and these lines.
pub(super) fn config(home: &Home, app: &str, lines: &str) {
    let text = format!(
        "[people]\nada = [\"api:ada\"]\n[groups]\nreleasers = [\"ada\"]\n[[apps]]\nname = \"hello\"\n\
         [[apps.environments]]\nname = \"staging\"\ntarget = {{ kind = \"fly\", app = \"{app}\" }}\n{lines}"
    );
    std::fs::write(home.file("shipgate.toml"), text).expect("a config");
}

pub(super) fn check(home: &Home, flaps: &str) -> Ended {
    home.shipgate(&["check"]).env("FLY_FLAPS_BASE_URL", flaps).env("FLY_REGISTRY_HOST", flaps).ended()
}

#[track_caller]
pub(super) fn says(out: &str, words: &[&str]) {
    for words in words {
        assert!(out.contains(words), "no {words:?} in:\n{out}");
    }
}

#[test]
fn every_part_is_asked_and_nothing_is_changed() {
    let (fly, home) = (Fly::start(), Home::new());
    let address = &fly.staging;
    let health =
        |status: u16| format!("{{ kind = \"http\", url = \"{{url}}/health\", status = {status}, timeout = \"20s\" }}");
    let (good, bad) = (health(200), health(204));
    config(
        &home,
        "hello-staging",
        &format!(
            "url = \"{address}\"\n[[apps.environments.after]]\nname = \"health\"\ncheck = {good}\n\
             [apps.environments.watch]\nfor = \"5m\"\ninconclusive = {{ ask = \"releasers\" }}\n\
             [[apps.environments.watch.rules]]\nname = \"health again\"\ncheck = {good}\nfails = 2\n\
             [[apps.environments.watch.rules]]\nname = \"elsewhere\"\ncheck = {bad}\nfails = 2\n"
        ),
    );
    let checked = check(&home, &fly.flaps).with(0);
    says(
        &checked.out,
        &[
            "✓ There is no database yet",
            "✓ fly.io: the token opens hello-staging, which has 2 machines",
            "✓ fly.io: the registry has the image that runs",
            "✓ hello/staging health: ",
            "⚠ hello/staging elsewhere: ",
            "answered 200 instead of 204",
            "All of them answer as they must.",
        ],
    );
    assert!(!checked.out.contains("health again"), "one question is asked once:\n{}", checked.out);
    assert_eq!(checked.err, "");
    let left: Vec<_> =
        std::fs::read_dir(home.folder.path()).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, ["shipgate.toml"], "it only looks");
    fly.program.stop("TERM").with(0);
}

#[test]
fn what_is_wrong_on_fly_is_told_with_what_to_do() {
    let (fly, home) = (Fly::start(), Home::new());
    config(&home, "hello-nowhere", "");
    let unknown = check(&home, &fly.flaps).with(1);
    says(
        &unknown.out,
        &["✗ fly.io knows no app hello-nowhere (404)", "fly apps list", "Something is not as it must be."],
    );
    config(&home, "hello-staging", "");
    let start = home.shipgate(&["check"]).env("FLY_FLAPS_BASE_URL", &fly.flaps).env("FLY_REGISTRY_HOST", &fly.flaps);
    let refused = start.env("FLY_API_TOKEN", "fo1_another-token").ended().with(1);
    says(&refused.out, &["✗ fly.io does not accept FLY_API_TOKEN (401)", "fly tokens create deploy"]);
    assert!(!refused.out.contains("another-token") && !refused.err.contains("another-token"));
    let elsewhere = home.shipgate(&["check"]).env("FLY_FLAPS_BASE_URL", &fly.flaps).ended().with(1);
    says(
        &elsewhere.out,
        &["✓ fly.io: the token opens hello-staging", "✗ fly.io: the registry does not say", "FLY_REGISTRY_HOST"],
    );
    let nobody = check(&home, "http://127.0.0.1:9").with(1);
    says(&nobody.out, &["✗ fly.io cannot be reached", "nothing can be released there"]);
    let japanese = home.shipgate(&["check"]).env("LANG", "ja_JP.UTF-8").ended().with(1);
    says(&japanese.out, &["✗ fly.io に接続できません", "応答するまで、そこへは何もリリースできません。"]);
    fly.program.stop("TERM").with(0);
}

#[test]
fn a_database_is_looked_at_and_left_alone() {
    let (fly, home) = (Fly::start(), Home::new());
    home.run(&fly.flaps).program.stop("TERM").with(0);
    let before = std::fs::read(home.database()).expect("a database");
    says(&check(&home, &fly.flaps).with(0).out, &["✓ The database can be used: schema "]);
    assert_eq!(std::fs::read(home.database()).expect("a database"), before);
    std::fs::write(home.database(), "no database at all, and long enough to be seen as one").expect("a file");
    let broken = check(&home, &fly.flaps).with(1);
    says(&broken.out, &["✗ ", "is no database that can be used", "`shipgate run` does not start"]);
    let nowhere = url(&home.file("nowhere/shipgate.db"));
    let start = home.shipgate(&["check"]).env("DATABASE_URL", nowhere).env("FLY_FLAPS_BASE_URL", &fly.flaps);
    says(&start.env("FLY_REGISTRY_HOST", &fly.flaps).ended().with(1).out, &["does not exist"]);
    fly.program.stop("TERM").with(0);
}

#[test]
fn offline_asks_nothing_and_says_what_is_still_to_be_set() {
    let home = Home::new();
    let fine = home.shipgate(&["check", "--offline"]).ended().with(0);
    says(&fine.out, &["Who may do what", "Nothing outside was asked."]);
    assert!(!fine.out.contains("Still to be set"), "{}", fine.out);
    let unset = home.shipgate(&["check", "--offline"]).env("FLY_API_TOKEN", "").ended().with(0);
    says(&unset.out, &["Still to be set before `shipgate run`", "FLY_API_TOKEN is not set"]);
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for name in ["minimal.toml", "discord.toml", "slack.toml", "every-key.toml"] {
        let path = examples.join(name);
        shipgate(&["check", "--offline", "--config", path.to_str().expect("a path")]).ended().with(0);
    }
}

#[test]
fn what_init_writes_passes_with_all_that_it_names() {
    let (fly, home) = (Fly::start(), Home::new());
    let args = "init --force --app hello --people ada,bob --fly-app staging=hello-staging --fly-app production=hello-production";
    home.shipgate(&args.split_whitespace().collect::<Vec<_>>()).ended().with(0);
    let mut text = std::fs::read_to_string(home.file("shipgate.toml")).expect("a config");
    // The addresses are those of fly.io; here they are on this machine.
    for (app, here) in [("hello-staging", &fly.staging), ("hello-production", &fly.production)] {
        let public = format!("https://{app}.fly.dev");
        assert!(text.contains(&public), "no {public} in:\n{text}");
        text = text.replace(&public, here);
    }
    std::fs::write(home.file("shipgate.toml"), text).expect("a config");
    let checked = check(&home, &fly.flaps).with(0);
    says(
        &checked.out,
        &[
            "the token opens hello-staging, which has 2 machines",
            "the token opens hello-production, which has 3 machines",
        ],
    );
    fly.program.stop("TERM").with(0);
}
