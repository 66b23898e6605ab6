//! The words of the command line: what it takes, and how its results are written down.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use shipgate::app::{Answered, Checked};
use shipgate::clock::Span;
use shipgate::config::{Config, Explanation, Granted, Needs, Problem, Variables};
use shipgate::domain::Note;
use shipgate::finding::Finding;
use shipgate::init::Given;
use shipgate::store::Report;
use shipgate::words::Words;

/// Simulated time cannot run faster than this: a request takes a while in real time, whatever the clock says.
const FASTEST: f64 = 1_000.0;

/// Slack takes longer ones, and nobody has them.
const LONGEST_URL: usize = 1_000;

/// The whole command line. Help is in the language of the environment (`LC_ALL`, `LANG`).
pub(crate) fn command_line(words: &Words) -> Command {
    let command = |name: &'static str, key: &str| spoken(Command::new(name), key, words);
    let config = || {
        let help = words.get("cli-config");
        Arg::new("config").long("config").value_name("PATH").value_parser(value_parser!(PathBuf)).help(help)
    };
    let speed = || {
        let help = words.get("cli-speed");
        Arg::new("speed").long("speed").value_name("N").value_parser(worded(faster, words, "cli-bad-speed")).help(help)
    };
    let locale = || {
        let locale = Arg::new("locale").long("locale").value_name("LOCALE").value_parser(["en", "ja"]);
        locale.hide_possible_values(true).help(words.get("cli-locale"))
    };
    let offline = Arg::new("offline").long("offline").action(ArgAction::SetTrue).help(words.get("cli-offline"));
    let listen = Arg::new("listen").long("listen").value_name("ADDRESS").value_parser(value_parser!(SocketAddr));
    let fly = command("fly", "cli-sim-fly").arg(speed()).arg(listen.help(words.get("cli-listen")));
    let sleep = Arg::new("sleep-after").long("sleep-after").value_name("SPAN").value_parser(worded(
        while_idle,
        words,
        "cli-bad-idle",
    ));
    let verify = command("verify", "cli-audit-verify").arg(config());
    let url = Arg::new("url")
        .long("url")
        .value_name("URL")
        .value_parser(worded(public, words, "cli-bad-url"))
        .help(words.get("cli-manifest-url"));
    let slack = command("slack", "cli-manifest-slack").arg(config()).arg(url);
    command("shipgate", "cli-about")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_version_flag(true)
        .arg(flag("version", 'V', ArgAction::Version).help(words.get("cli-version")))
        .after_help(words.get("cli-after"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(command("run", "cli-run").arg(config()).arg(sleep.help(words.get("cli-sleep-after"))))
        .subcommand(command("demo", "cli-demo").arg(speed()).arg(locale()))
        .subcommand(command("check", "cli-check").arg(config()).arg(offline))
        .subcommand(first_config(command("init", "cli-init"), words).arg(locale()))
        .subcommand(command("schema", "cli-schema"))
        .subcommand(command("manifest", "cli-manifest").subcommand_required(true).subcommand(slack))
        .subcommand(command("sim", "cli-sim").subcommand_required(true).subcommand(fly))
        .subcommand(command("audit", "cli-audit").subcommand_required(true).subcommand(verify))
}

/// What `shipgate init` takes instead of asking.
fn first_config(command: Command, words: &Words) -> Command {
    let option = |name: &'static str, value: &'static str, key: &str| {
        Arg::new(name).long(name).value_name(value).help(words.get(key))
    };
    let several = |arg: Arg| arg.value_delimiter(',').action(ArgAction::Append);
    let out = option("out", "PATH", "cli-init-out").value_parser(value_parser!(PathBuf));
    command
        .arg(option("app", "NAME", "cli-init-app"))
        .arg(several(option("environments", "NAMES", "cli-init-environments")))
        .arg(several(option("fly-app", "ENVIRONMENT=NAME", "cli-init-fly-app").value_parser(worded(
            pair,
            words,
            "cli-bad-pair",
        ))))
        .arg(several(option("people", "NAMES", "cli-init-people")))
        .arg(option("time-zone", "ZONE", "cli-init-time-zone"))
        .arg(option("discord-guild", "ID", "cli-init-guild").requires("discord-channel"))
        .arg(option("discord-channel", "ID", "cli-init-channel").requires("discord-guild"))
        .arg(option("discord-role", "ID", "cli-init-role").requires("discord-guild"))
        .arg(option("slack-channel", "ID", "cli-init-slack"))
        .arg(option("slack-group", "ID", "cli-init-group").requires("slack-channel"))
        .arg(out)
        .arg(Arg::new("force").long("force").action(ArgAction::SetTrue).help(words.get("cli-init-force")))
}

fn pair(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    Some((name.trim().to_owned(), value.trim().to_owned()))
}

/// Reads the value of an option; what cannot be read is told with what to write.
fn worded<T: 'static>(
    read: fn(&str) -> Option<T>,
    words: &Words,
    key: &str,
) -> impl Fn(&str) -> Result<T, String> + Clone + use<T> {
    let what_to_write = words.get(key);
    move |text| read(text).ok_or_else(|| what_to_write.clone())
}

/// A command whose help is all in our own words; clap's are English.
fn spoken(command: Command, about: &str, words: &Words) -> Command {
    let usage = words.get("cli-usage");
    command
        .about(words.get(about))
        .help_template(format!("{{about-with-newline}}\n{usage} {{usage}}\n\n{{all-args}}{{after-help}}\n"))
        .next_help_heading(words.get("cli-options"))
        .subcommand_help_heading(words.get("cli-commands"))
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .arg(flag("help", 'h', ArgAction::Help).help(words.get("cli-help")))
}

fn flag(name: &'static str, short: char, action: ArgAction) -> Arg {
    Arg::new(name).short(short).long(name).action(action)
}

/// An address that can be reached from outside, with nothing behind the path.
fn public(text: &str) -> Option<String> {
    let url = reqwest::Url::parse(text).ok()?;
    let fits =
        url.scheme() == "https" && url.query().is_none() && url.fragment().is_none() && text.len() <= LONGEST_URL;
    fits.then(|| url.to_string())
}

fn faster(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|speed| (0.1..=FASTEST).contains(speed))
}

/// A minute at least: whoever has just read an answer may want to press something.
fn while_idle(text: &str) -> Option<Span> {
    let fits = |span: &Span| (Span::minutes(1)..=Span::hours(24)).contains(span);
    shipgate::command::span(text).filter(fits)
}

/// Resolves when the process is asked to stop, by SIGINT or by SIGTERM. It listens from the call on, not only from the
/// first poll, so that no signal that comes early ends the process on the spot.
pub(crate) fn asked_to_stop() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
            tracing::error!("signals cannot be received, so only SIGKILL will stop this process");
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// Columns and lines of the screen; a file is as wide as a terminal usually is.
pub(crate) fn screen(is_terminal: bool) -> (usize, usize) {
    let known = terminal_size::terminal_size().filter(|_| is_terminal);
    known.map_or((100, 40), |(width, height)| (usize::from(width.0).clamp(60, 120), usize::from(height.0).max(10)))
}

/// A problem of the config as two lines: where and what, and what to write.
pub(crate) fn problem(problem: &Problem, words: &Words) -> String {
    problem.render(|note| words.note(note))
}

/// Who may do what, and what each environment asks of people.
pub(crate) fn explain(explanation: &Explanation, words: &Words) -> String {
    let mut lines = vec![words.get("explain-permissions")];
    lines.extend(explanation.permissions.iter().map(|granted| format!("  {}", permission(granted, words))));
    lines.push(String::new());
    lines.push(words.get("explain-environments"));
    lines.extend(explanation.environments.iter().map(|needs| format!("  {}", environment(needs, words))));
    if !explanation.warnings.is_empty() {
        lines.push(String::new());
        lines.push(words.get("explain-warnings"));
        lines.extend(explanation.warnings.iter().map(|note| format!("  ⚠ {}", words.note(note))));
    }
    lines.push(String::new());
    lines.push(words.get("explain-fine"));
    lines.join("\n")
}

/// What the far ends said, and whether all is well. What a check answers is shown, and keeps nothing from working.
pub(crate) fn checked(checked: &Checked, words: &Words) -> (String, bool) {
    let nexts = checked.findings.iter().map(|finding| &finding.next);
    let fine = nexts.chain(checked.answers.iter().map(|answered| &answered.next)).all(Option::is_none);
    let mut lines = vec![String::new(), words.get("live-title")];
    lines.extend(checked.findings.iter().flat_map(|finding| found(finding, words)));
    if !checked.answers.is_empty() {
        lines.extend([String::new(), words.get("live-answers")]);
        lines.extend(checked.answers.iter().flat_map(|answered| answer(answered, words)));
        if checked.answers.iter().any(|answered| !answered.passed && answered.next.is_none()) {
            lines.push(format!("    {}", words.get("live-answers-next")));
        }
    }
    lines.extend([String::new(), words.get(if fine { "live-fine" } else { "live-wrong" })]);
    (lines.join("\n"), fine)
}

fn found(finding: &Finding, words: &Words) -> Vec<String> {
    let mark = if finding.next.is_none() { "✓" } else { "✗" };
    with_next(format!("  {mark} {}", words.note(&finding.note)), finding.next.as_ref(), words)
}

fn answer(answered: &Answered, words: &Words) -> Vec<String> {
    let Answered { app, environment, name, passed, note, next } = answered;
    let mark = match (passed, next) {
        (true, _) => "✓",
        (false, None) => "⚠",
        (false, Some(_)) => "✗",
    };
    with_next(format!("  {mark} {app}/{environment} {name}: {}", words.note(note)), next.as_ref(), words)
}

fn with_next(line: String, next: Option<&Note>, words: &Words) -> Vec<String> {
    std::iter::once(line).chain(next.map(|next| format!("    {}", words.note(next)))).collect()
}

/// What the environment has to give before it can run; nothing where all is there.
pub(crate) fn unset(config: &Config, variables: &Variables, words: &Words) -> Option<String> {
    let missing = config.missing(variables);
    let lines = missing.iter().map(|problem| format!("  {}", self::problem(problem, words).replace('\n', "\n  ")));
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| format!("\n{}\n{}", words.get("live-unset"), lines.join("\n")))
}

fn permission(granted: &Granted, words: &Words) -> String {
    let groups = if granted.groups.is_empty() { words.get("explain-nobody") } else { words.list(&granted.groups) };
    let people = if granted.people.is_empty() { String::new() } else { format!(" ({})", words.list(&granted.people)) };
    let default = if granted.named { String::new() } else { format!(" · {}", words.get("explain-default")) };
    format!("{:<10} {groups}{people}{default}", granted.permission.word())
}

fn environment(needs: &Needs, words: &Words) -> String {
    let gates: Vec<String> = needs
        .asked
        .iter()
        .map(|asked| {
            words.with("explain-asked", &[("gate", &asked.gate), ("group", &asked.from), ("count", &asked.count)])
        })
        .collect();
    let gates = if gates.is_empty() { words.get("explain-nobody-asked") } else { words.list(&gates) };
    let several = needs.override_by > 1;
    let several =
        several.then(|| format!(" · {}", words.with("explain-override-by", &[("count", &needs.override_by)])));
    let override_by = several.unwrap_or_default();
    format!("{}/{}: {} · {gates}{override_by}", needs.app, needs.environment, needs.permission.word())
}

/// What an audit found, and whether all is whole.
pub(crate) fn audit(report: &Report, words: &Words) -> (String, bool) {
    let counts: [(&str, &dyn std::fmt::Display); 2] =
        [("environments", &report.environments), ("entries", &report.entries)];
    if report.is_clean() {
        return (words.with("audit-clean", &counts), true);
    }
    let mut lines: Vec<String> = report.findings.iter().map(|finding| words.note(&finding.note())).collect();
    if report.more > 0 {
        lines.push(words.with("audit-more", &[("count", &report.more)]));
    }
    lines.push(words.with("audit-broken", &counts));
    (lines.join("\n"), false)
}

/// What `shipgate init` was told by its options.
pub(crate) fn given(matches: &ArgMatches, locale: &str) -> Given {
    let one = |name: &str| matches.get_one::<String>(name).cloned();
    let several = |name: &str| {
        let names = matches.get_many::<String>(name);
        names.map(|names| names.map(|name| name.trim().to_owned()).collect())
    };
    let fly_apps = matches.get_many::<(String, String)>("fly-app").into_iter().flatten().cloned().collect();
    Given {
        locale: locale.to_owned(),
        app: one("app"),
        environments: several("environments"),
        fly_apps,
        people: several("people"),
        time_zone: one("time-zone"),
        guild: one("discord-guild"),
        channel: one("discord-channel"),
        role: one("discord-role"),
        slack_channel: one("slack-channel"),
        slack_group: one("slack-group"),
    }
}
