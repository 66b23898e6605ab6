//! The command line as a person meets it: the real binary's help, in both languages.

use insta::assert_snapshot;

const COMMANDS: [&[&str]; 12] = [
    &[],
    &["run"],
    &["demo"],
    &["check"],
    &["init"],
    &["schema"],
    &["manifest"],
    &["manifest", "slack"],
    &["sim"],
    &["sim", "fly"],
    &["audit"],
    &["audit", "verify"],
];

#[test]
fn help_says_what_each_command_is_for() {
    for language in ["en", "ja"] {
        let page = |command: &&[&str]| format!("── shipgate {}\n{}", command.join(" "), help(command, language));
        let pages: Vec<_> = COMMANDS.iter().map(page).collect();
        insta::with_settings!(
            { snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true },
            { assert_snapshot!(format!("program_{language}"), pages.join("\n")) }
        );
    }
}

fn help(command: &[&str], language: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "the binary under test is a child of the test")]
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_shipgate"));
    let ran = program.args(command).arg("--help").env_clear().env("LC_ALL", language).output().unwrap();
    assert!(ran.status.success() && ran.stderr.is_empty(), "{ran:?}");
    String::from_utf8(ran.stdout).unwrap()
}
