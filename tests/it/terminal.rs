//! The terminal chat: what is painted over, what is printed again, what a `/press` does, and how lines are read.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use insta::assert_snapshot;
use shipgate::card::{Button, ButtonStyle, Card, Mark, Press, Row, Tone};
use shipgate::chat::terminal::{Look, Options, Spoken, Terminal, parse_line, pressing, render};
use shipgate::chat::{Chat, ChatTrouble, Memory, Message, Pending};
use shipgate::clock::Clock;
use shipgate::command::{AppNames, Command, Names};
use shipgate::domain::{Action, CardKey, Channel, Id, Moment, Span};
use shipgate::words::Words;

/// 2026-11-23 14:00 in Tokyo.
const NOW: Moment = Moment(1_795_410_000_000);

/// A clock that a test turns.
#[derive(Debug, Default)]
struct Hands(Mutex<i64>);

#[async_trait]
impl Clock for Hands {
    fn now(&self) -> Moment {
        NOW.plus(Span(*self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    async fn sleep_until(&self, _then: Moment) {}

    async fn alarm(&self, _then: Moment) {}
}

/// What was written, for the test to read.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    /// What was written since the last time it was asked, with escape codes as `^[`.
    fn new_text(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8(bytes).expect("text").replace('\u{1b}', "^[")
    }
}

fn terminal(is_terminal: bool, height: usize) -> (Terminal, Paper, Arc<Hands>) {
    let options = Options {
        locale: "en".to_owned(),
        time_zone: "Asia/Tokyo".to_owned(),
        width: 60,
        height,
        is_terminal,
        colours: false,
    };
    let (paper, clock) = (Paper::default(), Arc::new(Hands::default()));
    (Terminal::new(options, clock.clone(), Box::new(paper.clone())), paper, clock)
}

fn key(id: &str) -> CardKey {
    CardKey::Deployment(Id(id.to_owned()))
}

fn button(english: &str, label: &str, action: Action, id: &str, revision: u64) -> Button {
    let press = Press::Act { deployment: Id(id.to_owned()), action, gate: None, revision, goes_back: false };
    Button { label: label.to_owned(), english: english.to_owned(), style: ButtonStyle::Primary, press }
}

fn card(status: &str, rows: Vec<Row>, buttons: Vec<Button>) -> Card {
    Card {
        title: format!("hello v2 → staging · {status}"),
        tone: Tone::Busy,
        rows,
        buttons,
        footer: "ledger 3fa9c2d1".to_owned(),
        environment: Some("staging".to_owned()),
        time_zone: None,
    }
}

fn gate(detail: &str) -> Row {
    Row::Item { mark: Mark::Running, text: "health".to_owned(), detail: detail.to_owned(), until: None }
}

fn ends(after: Span) -> Row {
    Row::Countdown { text: "The watch ends".to_owned(), until: NOW.plus(after) }
}

#[tokio::test]
async fn a_card_is_printed_whole_then_only_what_changed() {
    let (terminal, paper, _) = terminal(false, 24);
    let first = card("Checking", vec![Row::Text { text: "Every machine runs v2.".to_owned() }, gate("1 of 3")], vec![]);
    terminal.show(&key("a"), &first, &Nothing).await.expect("shown");
    assert_snapshot!(paper.new_text(), @r"
    ┌ hello v2 → staging · Checking
    │ Every machine runs v2.
    │ ▶  health  1 of 3
    └ ledger 3fa9c2d1
    ");
    terminal.show(&key("a"), &first, &Nothing).await.expect("shown");
    assert_eq!(paper.new_text(), "", "an identical repaint prints nothing");

    let mut second = first.clone();
    second.rows[1] = gate("2 of 3");
    terminal.show(&key("a"), &second, &Nothing).await.expect("shown");
    assert_snapshot!(paper.new_text(), @r"
    ┌ hello v2 → staging · Checking
    │ ▶  health  2 of 3
    └
    ");
    let marked = Card { footer: "ledger 00000000".to_owned(), ..second.clone() };
    terminal.show(&key("a"), &marked, &Nothing).await.expect("shown");
    assert_eq!(paper.new_text(), "", "a new mark alone prints nothing");

    terminal.show(&key("a"), &card("Succeeded", vec![gate("3 of 3")], vec![]), &Nothing).await.expect("shown");
    assert_snapshot!(paper.new_text(), @r"
    ┌ hello v2 → staging · Succeeded
    │ ▶  health  3 of 3
    └ ledger 3fa9c2d1
    ");
}

#[tokio::test]
async fn on_a_terminal_the_last_card_is_painted_over() {
    let (terminal, paper, _) = terminal(true, 24);
    terminal.show(&key("a"), &card("Checking", vec![gate("1 of 3")], vec![]), &Nothing).await.expect("shown");
    paper.new_text();
    terminal.show(&key("a"), &card("Checking", vec![gate("2 of 3")], vec![]), &Nothing).await.expect("shown");
    assert_eq!(
        paper.new_text(),
        "^[7^[3A\r┌ hello v2 → staging · Checking^[[K\n│ ▶  health  2 of 3^[[K\n└ ledger 3fa9c2d1^[[K\n^[8"
            .replace("^[3A", "^[[3A"),
        "as many lines as before, and the cursor returns"
    );
    terminal.show(&key("a"), &card("Checking", vec![], vec![]), &Nothing).await.expect("shown");
    assert_eq!(paper.new_text(), "^[[3A\r^[[J┌ hello v2 → staging · Checking\n└ ledger 3fa9c2d1\n");

    terminal.heard();
    terminal.show(&key("a"), &card("Checking", vec![gate("3 of 3")], vec![]), &Nothing).await.expect("shown");
    assert!(!paper.new_text().contains("^["), "after a typed line it is printed again");
}

#[tokio::test]
async fn a_card_that_is_taller_than_the_screen_is_printed_again() {
    let (terminal, paper, _) = terminal(true, 4);
    terminal.show(&key("a"), &card("Checking", vec![gate("1 of 3")], vec![]), &Nothing).await.expect("shown");
    terminal.show(&key("a"), &card("Checking", vec![gate("2 of 3")], vec![]), &Nothing).await.expect("shown");
    assert!(!paper.new_text().contains("^["));
}

#[tokio::test]
async fn a_countdown_counts_where_it_stands() {
    let (terminal, paper, clock) = terminal(true, 24);
    terminal.show(&key("a"), &card("Watching", vec![ends(Span::seconds(270))], vec![]), &Nothing).await.expect("shown");
    let counted = paper.new_text();
    assert!(counted.contains("The watch ends 14:04 Mon 23 Nov, Asia/Tokyo, in 4 min 30"), "{counted}");
    *clock.0.lock().expect("the hands") = 1_000;
    terminal.tick().expect("ticked");
    assert!(paper.new_text().contains("^[7^[[4A\r┌ hello v2 → staging · Watching"));
    *clock.0.lock().expect("the hands") = 600_000;
    terminal.tick().expect("ticked");
    assert!(paper.new_text().contains("The watch ends 14:04 Mon 23 Nov, Asia/Tokyo, any"));
}

#[tokio::test]
async fn a_press_acts_on_the_newest_card_that_has_the_button_and_carries_its_revision() {
    let (terminal, _, _) = terminal(false, 24);
    let buttons = |id: &str, revision| vec![button("Roll back", "ロールバック", Action::Abort, id, revision)];
    terminal.show(&key("a"), &card("Watching", vec![], buttons("a", 3)), &Nothing).await.expect("shown");
    let mut production = card("Watching", vec![], buttons("b", 5));
    production.environment = Some("production".to_owned());
    terminal.show(&key("b"), &production, &Nothing).await.expect("shown");
    terminal.show(&key("a"), &card("Watching", vec![], buttons("a", 4)), &Nothing).await.expect("shown");

    let act = |id: &str, revision| Command::Act {
        deployment: Id(id.to_owned()),
        action: Action::Abort,
        gate: None,
        reason: None,
        revision: Some(revision),
    };
    assert_eq!(terminal.pressed("roll BACK", None), Ok(act("b", 5)));
    assert_eq!(terminal.pressed("ロールバック", None), Ok(act("b", 5)));
    assert_eq!(terminal.pressed("Roll back", Some("staging")), Ok(act("a", 4)), "the revision that is painted now");
    let no = terminal.pressed("Approve", None).expect_err("no such button");
    assert_eq!((no.code.as_str(), no.args["known"].as_str()), ("no_such_button", "Roll back"));
}

#[tokio::test]
async fn a_press_finds_the_only_item_and_asks_which_of_several() {
    let (terminal, _, _) = terminal(false, 24);
    let item = |name: &str| button(&format!("Confirm: {name}"), &format!("確認: {name}"), Action::Confirm, "a", 1);
    terminal.show(&key("a"), &card("Waiting", vec![], vec![item("notes")]), &Nothing).await.expect("shown");
    assert!(terminal.pressed("Confirm", None).is_ok());
    terminal
        .show(&key("a"), &card("Waiting", vec![], vec![item("notes"), item("backup")]), &Nothing)
        .await
        .expect("shown");
    let no = terminal.pressed("Confirm", None).expect_err("two of them");
    assert_eq!(no.args["known"], "Confirm: notes, Confirm: backup");
    assert!(terminal.pressed("confirm: BACKUP", None).is_ok());
}

#[tokio::test]
async fn promote_is_found_by_the_environment_it_leads_to_and_the_one_it_stands_on() {
    let (terminal, _, _) = terminal(false, 24);
    let press = Press::Promote {
        deployment: Id("a".to_owned()),
        app: "hello".to_owned(),
        environment: "production".to_owned(),
        version: "v2".to_owned(),
    };
    let mut promote = button("Promote", "昇格", Action::Keep, "a", 1);
    promote.press = press;
    terminal.show(&key("a"), &card("Succeeded", vec![], vec![promote]), &Nothing).await.expect("shown");
    for environment in [None, Some("staging"), Some("production")] {
        let pressed = terminal.pressed("Promote", environment).expect("a button");
        assert!(matches!(pressed, Command::Promote { environment: Some(to), .. } if to == "production"));
    }
    assert!(terminal.pressed("Promote", Some("elsewhere")).is_err());
}

#[tokio::test]
async fn messages_are_said_once_and_call_by_name_and_answers_are_private() {
    let (terminal, paper, _) = terminal(false, 24);
    let message = Message {
        key: Id("m".to_owned()),
        since: Moment(0),
        tries: 1,
        card: key("a"),
        channel: Channel::Deployments,
        title: "hello v2 → staging".to_owned(),
        text: "hello v2 → production waits for you: approval.".to_owned(),
        call: vec!["terminal:bob".to_owned(), "terminal:cy".to_owned()],
    };
    terminal.say(&message, &Nothing).await.expect("said");
    terminal.say(&message, &Nothing).await.expect("said");
    assert_snapshot!(paper.new_text(), @"
    » @bob @cy hello v2 → production waits for you: approval.
    ");
    terminal.answer("eve", &card("Watching", vec![], vec![])).expect("answered");
    assert_snapshot!(paper.new_text(), @r"
    (only eve sees this)
    ┌ hello v2 → staging · Watching
    └ ledger 3fa9c2d1
    ");
}

#[test]
fn colours_are_used_only_when_they_may_be() {
    let words = Words::new("en");
    let plain = render(&card("Watching", vec![gate("1")], vec![]), &words, &Look { width: 60, colours: false });
    let bright = render(&card("Watching", vec![gate("1")], vec![]), &words, &Look { width: 60, colours: true });
    assert!(!plain.concat().contains('\u{1b}'));
    assert!(bright.concat().contains("\u{1b}[36m│\u{1b}[0m"));
}

#[test]
fn no_line_is_wider_than_the_screen_and_japanese_counts_double() {
    use unicode_width::UnicodeWidthStr;
    let long = "「マシンを元に戻せませんでした。」という文は長いので、途中で折り返します。verylongword".repeat(3);
    let rows = vec![
        Row::Text { text: long.clone() },
        Row::Field { name: "リリース".to_owned(), value: long.clone(), link: None },
        Row::Field { name: "a".to_owned(), value: "x".repeat(200), link: None },
        Row::Item { mark: Mark::Passed, text: long.clone(), detail: long, until: Some(NOW) },
        Row::Progress { text: "台".to_owned(), done: 9, of: 3 },
        Row::Progress { text: "none".to_owned(), done: 0, of: 0 },
    ];
    for width in [0, 30, 60, 200] {
        let lines = render(&card("Watching", rows.clone(), vec![]), &Words::new("ja"), &Look { width, colours: false });
        for line in lines {
            assert!(line.width() <= width.clamp(24, 100), "{width}: {line}");
            assert!(!line.trim_start_matches(['│', ' ']).starts_with(['。', '、', '」']), "{line}");
        }
    }
}

fn names() -> Names {
    let environments = vec!["staging".to_owned(), "production".to_owned()];
    Names { apps: vec![AppNames { name: "hello".to_owned(), environments }] }
}

#[test]
fn lines_say_who_speaks_and_when() {
    let spoken = |speaker: &str, after, line: &str| {
        Ok(Some(Spoken { speaker: speaker.to_owned(), after, line: line.to_owned() }))
    };
    assert_eq!(parse_line("/deploy staging"), spoken("ada", None, "/deploy staging"));
    assert_eq!(parse_line("  bob: /press Approve "), spoken("bob", None, "/press Approve"));
    assert_eq!(parse_line("Bob:/press Approve"), spoken("bob", None, "/press Approve"));
    assert_eq!(parse_line("/after 5s /status"), spoken("ada", Some(Span::seconds(5)), "/status"));
    assert_eq!(parse_line("/after 1h30m bob: /status"), spoken("bob", Some(Span::minutes(90)), "/status"));
    assert_eq!(parse_line("bob: /after 5s /status"), spoken("bob", Some(Span::seconds(5)), "/status"));
    assert_eq!(parse_line("/lock production until: noon"), spoken("ada", None, "/lock production until: noon"));
    assert_eq!(parse_line(""), Ok(None));
    assert_eq!(parse_line("# a comment"), Ok(None));
    assert_eq!(parse_line("bob:"), Ok(None));
    assert_eq!(parse_line("/after soon /status").expect_err("no span").code, "bad_span");
    assert_eq!(parse_line("/after").expect_err("no span").code, "bad_span");
}

#[test]
fn a_press_names_a_label_and_perhaps_an_environment() {
    let read = |line: &str| pressing(line, &names());
    assert_eq!(read("/press Approve"), Some(("Approve".to_owned(), None)));
    assert_eq!(read("/press Roll back Production"), Some(("Roll back".to_owned(), Some("production".to_owned()))));
    assert_eq!(read("/press \"Roll back\""), Some(("Roll back".to_owned(), None)));
    assert_eq!(read("/press production"), Some(("production".to_owned(), None)));
    assert_eq!(read("/pressure"), None);
    assert_eq!(read("/deploy staging"), None);
}

/// A terminal remembers nothing.
struct Nothing;

#[async_trait]
impl Memory for Nothing {
    async fn recall(&self, _: &str) -> Result<Option<String>, ChatTrouble> {
        Ok(None)
    }

    async fn remember(&self, _: &str, _: &str) -> Result<(), ChatTrouble> {
        Ok(())
    }

    async fn pending(&self, _: &CardKey) -> Result<Option<Pending>, ChatTrouble> {
        Ok(None)
    }

    async fn turn(&self, _: &CardKey) -> Result<Option<Moment>, ChatTrouble> {
        Ok(None)
    }
}
