//! Machines: reading, creating, updating, removing, starting, stopping.

use serde_json::{Value, json};

use super::ask::Ask;
use super::lease;
use crate::clock::Moment;
use crate::sim::action::Action;
use crate::sim::checks::span;
use crate::sim::cloud::{self, Birth, Contents};
use crate::sim::images;
use crate::sim::lifecycle::{self, Change};
use crate::sim::machine::{Machine, State};
use crate::sim::view::{self, Shown};
use crate::sim::wire::{Answer, Reply};

const SIGNALS: [&str; 7] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGTERM"];

/// A host that does not answer: what it runs can be read, and nothing else.
pub(super) fn reach(contents: &mut Contents, ask: &Ask) -> Result<(), Answer> {
    let reads = matches!(ask.route.action, Action::MachineGet | Action::EventsList | Action::VersionsList);
    let is_silent = |contents: &mut Contents| contents.any_machine(ask.machine()).is_some_and(|m| m.host_is_silent);
    if !reads && is_silent(contents) {
        return Err(Answer::rpc("deadline_exceeded", "the host of the machine does not answer"));
    }
    Ok(())
}

/// `GET …/machines`
pub(super) fn list(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let shown = Shown { lease: ask.flag("include_leases"), summary: ask.flag("summary") };
    let states: Vec<&str> = ask.queries("state").flat_map(|text| text.split(',')).collect();
    let wanted = |machine: &&Machine| {
        let metadata = machine.metadata();
        (machine.state != State::Destroyed || ask.flag("include_deleted"))
            && (states.is_empty() || states.contains(&machine.state.word()))
            && ask.query("region").is_none_or(|region| region == machine.region)
            && ask.queries_below("metadata.").all(|(key, value)| metadata.get(key).is_some_and(|kept| kept == value))
    };
    let app = contents.app(ask.app())?;
    let found = app.machines.iter().filter(wanted).map(|machine| view::wire(machine, &app.name, now, shown));
    Ok(Answer::ok(found.collect()))
}

/// `POST …/machines`
pub(super) fn create(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let body = ask.object("main.createMachineRequest")?;
    let config = images::settings(&body["config"])?;
    let image = images::resolve(&contents.images, &config)?;
    let owner = lease::owner(contents, ask)?;
    let birth = Birth {
        name: body["name"].as_str().map(str::to_owned),
        region: body["region"].as_str().unwrap_or("nrt").to_owned(),
        config,
        image,
        cordoned: body["skip_service_registration"] == true,
        launch: body["skip_launch"] != true,
    };
    let machine = contents.add(ask.app(), birth, now)?;
    let nonce = lease::on_the_way(machine, &body, &owner, now);
    Ok(Answer::ok(with_nonce(view::wire(machine, ask.app(), now, Shown::default()), nonce)))
}

/// `GET …/machines/{id}`
pub(super) fn get(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let shown = Shown { lease: ask.flag("include_leases"), summary: false };
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    Ok(Answer::ok(view::wire(machine, ask.app(), now, shown)))
}

/// `POST …/machines/{id}`: the whole config is exchanged; name and region stay.
pub(super) fn update(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let body = ask.object("main.updateMachineRequest")?;
    let timings = contents.timings;
    let config = images::settings(&body["config"])?;
    let image = images::resolve(&contents.images, &config)?;
    let owner = lease::owner(contents, ask)?;
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    if body["current_version"].as_str().is_some_and(|version| version != machine.instance) {
        return Err(Answer::rpc("aborted", "machine update failed due to concurrent update"));
    }
    let change = Change { config, image, launch: body["skip_launch"] != true };
    lifecycle::update(machine, change, now, &timings)?;
    let nonce = lease::on_the_way(machine, &body, &owner, now);
    Ok(Answer::ok(with_nonce(view::wire(machine, ask.app(), now, Shown::default()), nonce)))
}

/// `DELETE …/machines/{id}`
pub(super) fn delete(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let timings = contents.timings;
    let forced = ask.flag("force") || ask.flag("kill");
    lifecycle::destroy(contents.machine(ask.app(), ask.machine(), now)?, forced, now, &timings)?;
    Ok(Answer::fine())
}

/// `POST …/start`
pub(super) fn start(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let timings = contents.timings;
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    lifecycle::start(machine, now, &timings).map(Answer::ok)
}

/// `POST …/stop`
pub(super) fn stop(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    if !ask.body.is_empty() {
        let body = ask.object("main.stopRequest")?;
        manner(body["signal"].as_str(), &body["timeout"])?;
    }
    let timings = contents.timings;
    lifecycle::stop(contents.machine(ask.app(), ask.machine(), now)?, now, &timings)?;
    Ok(Answer::fine())
}

/// `POST …/restart`
pub(super) fn restart(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    // Seconds without a unit are allowed here.
    let timeout = match ask.query("timeout") {
        Some(text) if text.parse::<u32>().is_ok() => json!(format!("{text}s")),
        Some(text) => json!(text),
        None => Value::Null,
    };
    manner(ask.query("signal"), &timeout)?;
    let timings = contents.timings;
    lifecycle::restart(contents.machine(ask.app(), ask.machine(), now)?, now, &timings)?;
    Ok(Answer::fine())
}

/// `POST …/cordon` and `POST …/uncordon`
pub(super) fn cordon(contents: &mut Contents, ask: &Ask, now: Moment, cordoned: bool) -> Reply {
    cloud::cordon(contents.machine(ask.app(), ask.machine(), now)?, cordoned, now);
    Ok(Answer::fine())
}

/// `GET …/events`
pub(super) fn events(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let limit = match ask.query("limit").map(str::parse::<usize>) {
        None => view::EVENTS,
        Some(Ok(limit @ 1..=50)) => limit,
        Some(_) => return Err(Answer::rpc("invalid_argument", "limit must be inside range [1, 50]")),
    };
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    Ok(Answer::ok(Value::Array(view::events(machine, limit))))
}

/// `GET …/versions`: newest first.
pub(super) fn versions(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    let versions = machine.versions.iter().rev();
    Ok(Answer::ok(versions.map(|one| json!({"version": one.instance, "user_config": one.config})).collect()))
}

/// Refuses a signal or a time that cannot be.
fn manner(signal: Option<&str>, timeout: &Value) -> Result<(), Answer> {
    if let Some(signal) = signal.filter(|signal| !signal.is_empty() && !SIGNALS.contains(signal)) {
        return Err(Answer::rpc("invalid_argument", &format!("invalid signal '{signal}'")));
    }
    if timeout.is_null() || timeout == "" || span(timeout).is_some() {
        return Ok(());
    }
    Err(Answer::error(400, &format!("time: invalid duration {timeout}")))
}

fn with_nonce(mut machine: Value, nonce: Option<String>) -> Value {
    if let Some(nonce) = nonce {
        machine["nonce"] = json!(nonce);
    }
    machine
}
