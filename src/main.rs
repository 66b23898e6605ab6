//! The command line: what to run, and with what. Logs go to standard error, results to standard output.

mod cli;

use std::io::{IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::ArgMatches;
use shipgate::app::{self, App, Deps, StartTrouble};
use shipgate::chat::{slack, terminal};
use shipgate::clock::{Span, SystemClock};
use shipgate::config::{self, Config, Mode, Problem, Variables};
use shipgate::demo::{self, Ended};
use shipgate::init::{self, Answers, InitTrouble, Wrong};
use shipgate::store::Store;
use shipgate::words::Words;
use shipgate::{observer, sim};
use tokio_util::sync::CancellationToken;

/// A config or a database that cannot be used, or a check that found something.
const TROUBLE: u8 = 1;

/// A command line that cannot be used; what clap refuses ends with it too.
const WRONG_LINE: u8 = 2;

/// How long the end may take once it is asked for. What is cut off then is taken up again after the next start.
const AT_MOST: Duration = Duration::from_millis(4_700);

/// The demo's script has ended and somebody is still awaited.
const AWAITED: u8 = 3;

fn main() -> ExitCode {
    let variables = Variables::of_this_process();
    let locale = variables.as_ref().ok().and_then(|v| v.locale).unwrap_or("en");
    let words = Words::new(locale);
    let matches = cli::command_line(&words).get_matches();
    let variables = match variables {
        Ok(variables) => variables,
        Err(problems) => return report(&problems, &words),
    };
    log(variables.log.as_deref(), &matches);
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let code = runtime.block_on(dispatch(&matches, variables, &words));
            // A thread that still waits for the keyboard must not keep the program alive.
            runtime.shutdown_background();
            code
        }
        Err(error) => complain(&words.with("cli-no-runtime", &[("reason", &error)])),
    }
}

async fn dispatch(matches: &ArgMatches, variables: Variables, words: &Words) -> ExitCode {
    match matches.subcommand() {
        Some(("run", matches)) => run(matches, &variables, words).await,
        Some(("demo", matches)) => Box::pin(play(matches, &variables, words)).await,
        Some(("check", matches)) => check(matches, &variables, words).await,
        Some(("init", matches)) => first_config(matches, &variables, words),
        Some(("schema", _)) => schema(words),
        Some(("manifest", matches)) => manifest(matches, &variables, words),
        Some(("sim", matches)) => simulate(matches, &variables, words).await,
        Some(("audit", matches)) => audit(matches, &variables, words).await,
        _ => ExitCode::from(TROUBLE),
    }
}

/// `shipgate run`: the bot.
async fn run(matches: &ArgMatches, variables: &Variables, words: &Words) -> ExitCode {
    let config = match load(matches, variables) {
        Ok(config) => config,
        Err(problems) => return report(&problems, words),
    };
    let words = &Words::new(&config.locale);
    let sleeps_after = matches.get_one::<Span>("sleep-after").copied();
    if sleeps_after.is_some() && config.discord.as_ref().is_some_and(|discord| discord.mode == Mode::Connection) {
        return complain(&words.get("cli-sleep-gateway"));
    }
    if sleeps_after.is_some() && config.slack.as_ref().is_some_and(|slack| slack.mode == Mode::Connection) {
        return complain(&words.get("cli-sleep-socket"));
    }
    let shutdown = signals();
    let started = async {
        let deps = Deps::from_variables(&config, variables).await?;
        let app = App::build(config, deps).await?;
        tracing::info!(address = %app.address(), "listening");
        let resting = app.clone();
        let rested = async move {
            match sleeps_after {
                Some(span) => resting.has_rested(span).await,
                None => std::future::pending().await,
            }
        };
        app.run(async move {
            tokio::select! {
                () = shutdown.cancelled_owned() => {}
                () = rested => {}
            }
        })
        .await
    };
    match started.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => stop(&trouble, words),
    }
}

/// `shipgate demo`: everything embedded, no account anywhere.
async fn play(matches: &ArgMatches, variables: &Variables, words: &Words) -> ExitCode {
    let is_terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let locale = matches.get_one::<String>("locale").cloned();
    let locale = locale.unwrap_or_else(|| variables.locale.unwrap_or("en").to_owned());
    let (width, height) = cli::screen(is_terminal);
    let options = demo::Options {
        speed: matches.get_one("speed").copied().unwrap_or(1.0),
        listen: listen_locally(variables),
        terminal: terminal::Options {
            locale,
            time_zone: "Asia/Tokyo".to_owned(),
            width,
            height,
            is_terminal,
            colours: is_terminal && !variables.no_color,
        },
        out: Box::new(std::io::stdout()),
    };
    let input = tokio::io::BufReader::new(tokio::io::stdin());
    match Box::pin(demo::run(options, input, signals())).await {
        Ok(Ended::Awaits) => ExitCode::from(AWAITED),
        Ok(Ended::Done | Ended::Stopped) => ExitCode::SUCCESS,
        Err(trouble) => stop(&trouble, words),
    }
}

/// `shipgate check`: whether the config can be used, who may do what, and whether the far ends can be worked with.
async fn check(matches: &ArgMatches, variables: &Variables, words: &Words) -> ExitCode {
    let offline = matches.get_flag("offline");
    let config = match if offline { load_file(matches, variables) } else { load(matches, variables) } {
        Ok(config) => config,
        Err(problems) => return report(&problems, words),
    };
    let explanation = config::explain(&config, SystemClock::real().now());
    if print(&cli::explain(&explanation, words)).is_err() {
        return ExitCode::from(TROUBLE);
    }
    let (text, fine) = if offline {
        let unset = cli::unset(&config, variables, words).unwrap_or_default();
        (format!("{unset}\n{}", words.get("live-offline")), true)
    } else {
        match app::check(&config, variables).await {
            Ok(checked) => cli::checked(&checked, words),
            Err(trouble) => return stop(&trouble, words),
        }
    };
    if print(&text).is_ok() && fine { ExitCode::SUCCESS } else { ExitCode::from(TROUBLE) }
}

/// `shipgate init`: a first config.
fn first_config(matches: &ArgMatches, variables: &Variables, words: &Words) -> ExitCode {
    let locale = matches.get_one::<String>("locale").map_or(words.language().code(), String::as_str);
    let words = &Words::new(locale);
    let out = matches.get_one::<std::path::PathBuf>("out").unwrap_or(&variables.config);
    let force = matches.get_flag("force");
    if out.exists() && !force {
        return complain(&words.with("init-exists", &[("path", &out.display())]));
    }
    let given = cli::given(matches, locale);
    let (stdin, stdout) = (std::io::stdin(), std::io::stdout());
    let answers = if stdin.is_terminal() && stdout.is_terminal() {
        init::ask(given, &mut stdin.lock(), &mut stdout.lock(), words)
    } else {
        init::fill_in(given)
    };
    let answers = match answers {
        Ok(answers) => answers,
        Err(trouble) => return unanswered(&trouble, words),
    };
    save(&answers, out, force, (variables, words))
}

/// Why there are no answers; where options are to blame, as of any command line that is wrong.
fn unanswered(trouble: &InitTrouble, words: &Words) -> ExitCode {
    let mut told = Vec::new();
    if let InitTrouble::Wrong(wrong) = trouble {
        let line = |w: &Wrong| format!("{}: {}\n  {}", w.option, words.note(&w.note), words.note(&w.next));
        told.extend(wrong.iter().map(line));
    }
    told.push(words.note(&trouble.note()));
    let code = complain(&told.join("\n"));
    if matches!(trouble, InitTrouble::Terminal(_)) { code } else { ExitCode::from(WRONG_LINE) }
}

/// Saves a config that its own reader takes, and tells what comes next.
fn save(answers: &Answers, out: &Path, force: bool, (variables, words): (&Variables, &Words)) -> ExitCode {
    let path = out.display();
    let text = init::write(answers, words);
    let config = match config::read(&text, &path.to_string()) {
        Ok(config) => config,
        Err(problems) => {
            report(&problems, words);
            return complain(&words.get("init-refused"));
        }
    };
    if let Err(error) = init::save(out, &text, force) {
        return complain(&words.with("init-unwritable", &[("path", &path), ("reason", &error)]));
    }
    let mut told = vec![words.with("init-done", &[("path", &path)])];
    told.extend(cli::unset(&config, variables, words));
    if variables.api_tokens.is_empty() {
        told.push(words.get("init-api"));
    }
    told.push(words.with("init-next", &[("path", &path)]));
    if print(&told.join("\n")).is_ok() { ExitCode::SUCCESS } else { ExitCode::from(TROUBLE) }
}

/// `shipgate schema`: the shape of the config, for editors.
fn schema(words: &Words) -> ExitCode {
    let schema = config::schema(|key| words.has(key).then(|| words.get(key)));
    if print(&format!("{schema:#}")).is_ok() { ExitCode::SUCCESS } else { ExitCode::from(TROUBLE) }
}

/// `shipgate manifest slack`: what a Slack app is made from.
fn manifest(matches: &ArgMatches, variables: &Variables, words: &Words) -> ExitCode {
    let Some(("slack", matches)) = matches.subcommand() else { return ExitCode::from(TROUBLE) };
    let url = matches.get_one::<String>("url").map(String::as_str);
    // An app can be made before there is a config.
    let is_there = matches.contains_id("config") || variables.config.exists();
    let config = match is_there.then(|| load_file(matches, variables)).transpose() {
        Ok(config) => config,
        Err(problems) => return report(&problems, words),
    };
    let words = &config.as_ref().map_or_else(|| words.clone(), |config| Words::new(&config.locale));
    let mode = config.as_ref().and_then(|config| config.slack.as_ref()).map(|slack| slack.mode);
    match (mode, url) {
        (Some(Mode::Http), None) => return complain(&words.get("manifest-no-url")),
        (Some(Mode::Connection), Some(_)) => return complain(&words.get("manifest-needless-url")),
        _ => {}
    }
    let manifest = slack::manifest(url, words);
    if print(&format!("{manifest:#}")).is_ok() { ExitCode::SUCCESS } else { ExitCode::from(TROUBLE) }
}

/// `shipgate sim fly`: the simulated fly.io alone.
async fn simulate(matches: &ArgMatches, variables: &Variables, words: &Words) -> ExitCode {
    let Some(("fly", matches)) = matches.subcommand() else { return ExitCode::from(TROUBLE) };
    let clock = SystemClock::faster(matches.get_one("speed").copied().unwrap_or(1.0));
    let options = sim::Options {
        listen: matches.get_one("listen").copied().unwrap_or_else(|| listen_on_loopback(variables)),
        token: variables.fly.token.clone(),
    };
    match sim::run(options, clock, signals(), &mut std::io::stdout()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&words.with("cli-sim-failed", &[("reason", &error)])),
    }
}

/// `shipgate audit verify`: whether every ledger is whole and gives the stored state.
async fn audit(matches: &ArgMatches, variables: &Variables, words: &Words) -> ExitCode {
    let Some(("verify", matches)) = matches.subcommand() else { return ExitCode::from(TROUBLE) };
    // The file is wanted for the address of the database only; with DATABASE_URL it need not be there.
    let url = match (&variables.database_url, load_file(matches, variables)) {
        (Some(url), _) => url.clone(),
        (None, Ok(config)) => config.database_url(variables).to_owned(),
        (None, Err(problems)) => return report(&problems, words),
    };
    let observer = std::sync::Arc::new(observer::Nobody);
    let report = async { Store::open_existing(&url, SystemClock::real(), observer).await?.audit().await };
    match report.await {
        Ok(report) => {
            let (text, whole) = cli::audit(&report, words);
            let printed = print(&text).is_ok();
            if whole && printed { ExitCode::SUCCESS } else { ExitCode::from(TROUBLE) }
        }
        Err(trouble) => complain(&words.note(&trouble.note())),
    }
}

/// The file, with what it needs from the environment variables.
fn load(matches: &ArgMatches, variables: &Variables) -> Result<Config, Vec<Problem>> {
    let config = load_file(matches, variables)?;
    let missing = config.missing(variables);
    if missing.is_empty() { Ok(config) } else { Err(missing) }
}

fn load_file(matches: &ArgMatches, variables: &Variables) -> Result<Config, Vec<Problem>> {
    let given = matches.get_one::<std::path::PathBuf>("config");
    config::load(given.unwrap_or(&variables.config))
}

/// Where a demo or a simulator listens: any free port, unless the environment says which.
const fn listen_locally(variables: &Variables) -> SocketAddr {
    if variables.listen_anywhere { SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0) } else { variables.listen }
}

/// The same for a simulator, which listens on loopback whatever the environment says.
const fn listen_on_loopback(variables: &Variables) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), listen_locally(variables).port())
}

/// Cancelled by SIGINT and by SIGTERM, from now on. It listens on a thread of its own, which also ends the process when
/// the rest does not: everything else may be held up by a screen or a log that nobody reads.
fn signals() -> CancellationToken {
    let token = CancellationToken::new();
    let stopped = token.clone();
    let (ready, listening) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let asked_to_stop = cli::asked_to_stop();
            drop(ready);
            asked_to_stop.await;
            stopped.cancel();
        });
        // Nobody ever sends: it is a wait by a clock that nobody can set back.
        let (_silent, never) = std::sync::mpsc::channel::<()>();
        let _: Result<(), _> = never.recv_timeout(AT_MOST);
        std::process::exit(i32::from(TROUBLE));
    });
    // Ends with an error as soon as the other end is dropped, which is what is waited for.
    let _: Result<(), _> = listening.recv();
    token
}

/// The demo shares its screen with the logs, so there they speak of trouble only.
fn log(filter: Option<&str>, matches: &ArgMatches) {
    let quiet = matches.subcommand_name() != Some("run");
    let filter = filter.unwrap_or(if quiet { "shipgate=warn,error" } else { "shipgate=info,warn" });
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // With standard error gone it would panic where something is logged, and a signal would not be heeded any more.
        .log_internal_errors(false)
        .init();
}

fn report(problems: &[Problem], words: &Words) -> ExitCode {
    let lines: Vec<String> = problems.iter().map(|problem| cli::problem(problem, words)).collect();
    complain(&lines.join("\n"))
}

fn stop(trouble: &StartTrouble, words: &Words) -> ExitCode {
    match trouble {
        StartTrouble::Config(problems) => report(problems, words),
        trouble => complain(&words.note(&trouble.note())),
    }
}

fn complain(text: &str) -> ExitCode {
    // With standard error gone there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::from(TROUBLE)
}

fn print(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{text}")
}
