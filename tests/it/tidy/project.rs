//! The files around the code: fly.io, the image, the workflows, the examples.

use shipgate::config;
use toml::Table;

use super::{at, files, none, text};

#[track_caller]
fn fly(path: &str) -> Table {
    text(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn both_fly_files_run_the_same_thing_in_the_same_way() {
    for path in ["fly.toml", "fly-staging.toml"] {
        let fly = fly(path);
        assert_eq!(fly["primary_region"].as_str(), Some("nrt"), "{path}");
        assert_eq!(fly["kill_signal"].as_str(), Some("SIGINT"), "{path}");
        // It takes up to 5 s to stop with nothing lost.
        let timeout = fly["kill_timeout"].as_str().and_then(|text| text.strip_suffix('s')?.parse::<u32>().ok());
        assert!(timeout.is_some_and(|seconds| seconds > 5), "{path}");
        let (env, service, mount) = (&fly["env"], &fly["http_service"], &fly["mounts"][0]);
        let database = env["DATABASE_URL"].as_str().unwrap();
        assert!(database.starts_with(&format!("sqlite://{}/", mount["destination"].as_str().unwrap())), "{path}");
        let port = env["PORT"].as_str().unwrap().parse().ok();
        assert_eq!(port, service["internal_port"].as_integer(), "{path}");
        assert_eq!(service["force_https"].as_bool(), Some(true), "{path}");
        assert_eq!(service["checks"][0]["path"].as_str(), Some("/ready"), "{path}");
        assert_eq!(fly["vm"][0]["memory"].as_str(), Some("256mb"), "{path}");
        assert_eq!(fly["files"][0]["guest_path"], env["SHIPGATE_CONFIG"], "{path}");
        assert!(at(fly["files"][0]["local_path"].as_str().unwrap()).exists(), "{path}");
        assert!(at(fly["build"]["dockerfile"].as_str().unwrap()).exists(), "{path}");
    }
}

#[test]
fn staging_stops_when_idle_and_production_does_not() {
    let idle = |path: &str| {
        let fly = fly(path);
        let service = &fly["http_service"];
        let stop = service["auto_stop_machines"].as_str().unwrap().to_owned();
        (fly["app"].as_str().unwrap().to_owned(), stop, service["min_machines_running"].as_integer().unwrap())
    };
    assert_eq!(idle("fly.toml"), ("shipgate".into(), "off".into(), 1));
    // Staging ends by itself when nothing is under way; the proxy would stop it in the middle of a watch.
    assert_eq!(idle("fly-staging.toml"), ("shipgate-staging".into(), "off".into(), 0));
    let staging = fly("fly-staging.toml");
    assert_eq!(staging["processes"]["app"].as_str(), Some("shipgate run --sleep-after 10m"));
    assert_eq!(staging["restart"][0]["policy"].as_str(), Some("on-failure"));
    assert_eq!(staging["http_service"]["auto_start_machines"].as_bool(), Some(true));
}

#[test]
fn the_image_is_built_with_the_pinned_rust_and_runs_as_nobody_special() {
    let dockerfile = text("Dockerfile");
    let toolchain: Table = text("rust-toolchain.toml").parse().unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    let image = dockerfile.split("FROM rust:").nth(1).unwrap().split('-').next().unwrap();
    assert!(channel.starts_with(image), "the image has Rust {image}, rust-toolchain.toml {channel}");
    let user = dockerfile.lines().find_map(|line| line.strip_prefix("USER ")).unwrap();
    assert!(user != "root" && user != "0");
    assert!(dockerfile.contains("cargo build --release --locked"));
    for variable in ["DATABASE_URL=", "SHIPGATE_CONFIG=", "PORT="] {
        assert!(dockerfile.contains(variable), "{variable}");
    }
}

#[test]
fn workflows_are_pinned_and_may_only_read() {
    let mut complaints = Vec::new();
    for path in files(".github/workflows", ".yml") {
        let text = text(&path);
        let top = |key: &str| text.lines().any(|line| line.starts_with(key));
        for key in ["name:", "on:", "permissions:", "jobs:"].into_iter().filter(|key| !top(key)) {
            complaints.push(format!("{path} has no {key}"));
        }
        if !text.contains("permissions:\n  contents: read\n") || text.contains(": write") {
            complaints.push(format!("{path} may do more than read"));
        }
        for (number, line) in (1..).zip(text.lines()) {
            let indent = line.len() - line.trim_start().len();
            if line.contains('\t') || indent % 2 == 1 || line.trim_end() != line {
                complaints.push(format!("{path}:{number} is indented oddly"));
            }
            let used = line.trim_start().trim_start_matches("- ").strip_prefix("uses: ");
            if used.is_some_and(|used| !used.starts_with("./") && !is_pinned(used)) {
                complaints.push(format!("{path}:{number} uses an action without a commit and a version"));
            }
        }
    }
    none(&complaints);
}

/// Without one of them a check would not run, and in CI that is a failure.
#[test]
fn every_description_that_tests_go_by_is_fetched_in_ci() {
    let fetched = text("script/specs");
    let (mut complaints, mut known) = (Vec::new(), 0);
    for path in files("tests/it/world", ".rs").into_iter().chain(files("tests/it/slack", ".rs")) {
        let text = text(&path);
        for name in text.split('"').filter(|piece| piece.ends_with(".openapi.json") || piece.starts_with("slack/")) {
            known += 1;
            // Of a name that is put together, its beginning.
            if !fetched.contains(name.split('{').next().unwrap_or_default()) {
                complaints.push(format!("{path} goes by {name}, which script/specs does not fetch"));
            }
        }
    }
    assert!(known >= 6, "only {known} descriptions are found in the tests");
    none(&complaints);
    let ci = text(".github/workflows/ci.yml");
    assert!(ci.contains("script/specs") && ci.contains("SHIPGATE_SPECS="));
}

#[test]
fn every_example_is_a_good_config() {
    for path in files("examples", ".toml") {
        if let Err(problems) = config::read(&text(&path), &path) {
            panic!("{}", crate::config::told(&problems));
        }
    }
}

/// `owner/name@<40 hex digits> # <version>`.
fn is_pinned(used: &str) -> bool {
    let Some((action, version)) = used.split_once(" # ") else { return false };
    let commit = action.split_once('@').map_or("", |(_, commit)| commit);
    commit.len() == 40
        && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
        && version.trim_start_matches('v').starts_with(|letter: char| letter.is_ascii_digit())
}
