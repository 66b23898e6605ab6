//! What is said late, because a chat was away: it is not said where it is over, and names who was meant then.

use shipgate::card::{self, halt_is_past, is_past, lock_is_past};
use shipgate::domain::{Entry, GateState, Halt, Id, Lock, Moment, Override, Phase, Span, What, Who};
use shipgate::view::{HaltView, LockView};
use shipgate::words::Words;

use super::given::{NOW, deployment, view, who};

fn lock() -> Lock {
    let expires_at = Some(NOW.plus(Span::hours(1)));
    Lock { id: id(), owner: Some(who("ada")), reason: "work".to_owned(), at: NOW, expires_at, ..Lock::default() }
}

fn id() -> Id {
    Id("l1".to_owned())
}

fn lock_view(lock: &Lock, ended_at: Option<Moment>) -> LockView {
    let (app, environment, time_zone) = ("hello".to_owned(), "staging".to_owned(), "UTC".to_owned());
    LockView { app, environment, lock: lock.clone(), ended_at, ended_by: None, time_zone, now: NOW }
}

fn entry(what: What, by: Option<Who>) -> Entry {
    Entry { at: NOW, by, what }
}

#[test]
fn of_a_lock_that_has_gone_on_nobody_is_told() {
    let wanted = entry(What::LockWanted { lock: id() }, Some(who("bob")));
    let waits = Lock { next: vec![who("bob")], ..lock() };
    assert!(!lock_is_past(&wanted, &lock_view(&waits, None)));
    assert!(lock_is_past(&wanted, &lock_view(&waits, Some(NOW))), "it is over");
    assert!(lock_is_past(&wanted, &lock_view(&lock(), None)), "bob does not wait any more");
    let later = Lock { owner: Some(who("cy")), at: NOW.plus(Span::minutes(1)), ..waits };
    assert!(lock_is_past(&wanted, &lock_view(&later, None)), "it is another's now");

    let reminded = entry(What::LockReminded { lock: id() }, None);
    assert!(!lock_is_past(&reminded, &lock_view(&Lock { reminded: true, ..lock() }, None)));
    assert!(lock_is_past(&reminded, &lock_view(&lock(), None)), "it was given another end");
    assert!(lock_is_past(&reminded, &lock_view(&Lock { reminded: true, ..lock() }, Some(NOW))), "it is over");

    let kept = |name: &str| Lock { owner: Some(who(name)), reserved: true, ..lock() };
    let reserved = entry(What::Locked { lock: kept("bob") }, None);
    assert!(!lock_is_past(&reserved, &lock_view(&kept("bob"), None)));
    assert!(lock_is_past(&reserved, &lock_view(&kept("cy"), None)), "it is the turn of another");
    assert!(lock_is_past(&reserved, &lock_view(&Lock { reserved: false, ..kept("bob") }, None)), "it was taken");
    let said = card::lock_message(&reserved, &lock_view(&kept("cy"), None), &Words::new("en"));
    assert!(said.contains("reserved for bob") && !said.contains("cy"), "{said}");
    let over = card::lock_message(&entry(What::Unlocked, None), &lock_view(&kept("bob"), Some(NOW)), &Words::new("en"));
    assert_eq!(over, "bob did not take staging of hello in time, so it is free.");
}

#[test]
fn of_a_halt_that_was_lifted_or_changed_nobody_is_reminded() {
    let halt = Halt {
        id: Id("h1".to_owned()),
        owner: who("ada"),
        reason: "work".to_owned(),
        at: NOW,
        changed_at: None,
        expires_at: None,
        reminded_at: Some(NOW),
        lifted_at: None,
        lifted_by: None,
    };
    let view = |halt: Halt, is_halted_again: bool| {
        let time_zone = "UTC".to_owned();
        HaltView { halt, held: Vec::new(), is_halted_again, time_zone, now: NOW }
    };
    let reminded = entry(What::HaltReminded { halt: halt.id.clone() }, None);
    assert!(!halt_is_past(&reminded, &view(halt.clone(), false)));
    assert!(halt_is_past(&reminded, &view(Halt { reminded_at: None, ..halt.clone() }, false)), "it was changed");
    let lifted = halt.clone().lifted(NOW, None);
    assert!(halt_is_past(&reminded, &view(lifted.clone(), false)), "it is over");
    let resumed = entry(What::Resumed { halt: halt.id }, None);
    assert!(!halt_is_past(&resumed, &view(lifted.clone(), true)));
    let say = |again: bool| card::halt_message(&resumed, &view(lifted.clone(), again), &Words::new("en"));
    assert!(
        say(false).contains("everything may go on") && !say(true).contains("may go on"),
        "{} {}",
        say(false),
        say(true)
    );
}

#[test]
fn nobody_is_called_for_a_second_word_that_was_given() {
    let mut d = deployment(Phase::Entering);
    d.plan.as_mut().expect("a plan").policy.override_by = 2;
    let gate = d.gates.first_mut().expect("a gate");
    let word = |name: &str, at: Moment| Override { by: who(name), at, reason: "because".to_owned() };
    gate.state = GateState::Waiting;
    gate.overrides = vec![word("ada", NOW)];
    let what =
        What::Overridden { deployment: d.id.clone(), gate: gate.gate.name.clone(), reason: "because".to_owned() };
    let asked = entry(what, Some(who("ada")));
    assert!(!is_past(&asked, &view(d.clone())));
    let gate = d.gates.first_mut().expect("a gate");
    gate.state = GateState::Overridden;
    gate.overrides.push(word("bob", NOW.plus(Span::minutes(1))));
    assert!(is_past(&asked, &view(d.clone())), "it was given");
    let last = Entry { at: NOW.plus(Span::minutes(1)), ..asked };
    assert!(!is_past(&last, &view(d)), "that it was passed over is news still");
}
