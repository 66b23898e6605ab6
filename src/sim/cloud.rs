//! Everything that the simulated fly.io holds, behind one lock. Whoever looks at it or changes it does so at one moment
//! of the clock, with everything done that was due by then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::config::{Image, Limits, SimConfig, Timings, Token};
use super::faults::Reports;
use super::ids::{Ids, machine_name};
use super::images;
use super::lifecycle;
use super::limits::Buckets;
use super::machine::{Machine, Resolved, State, what};
use super::wire::Answer;
use crate::clock::{Moment, SharedClock, Span};

/// The lock, the clock, and a bell that rings after every change.
#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) clock: SharedClock,
    contents: Mutex<Contents>,
    bell: watch::Sender<u64>,
}

/// What is behind the lock.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) organization: String,
    pub(crate) tokens: Vec<Token>,
    pub(crate) apps: BTreeMap<String, App>,
    pub(crate) images: Vec<Arc<Image>>,
    /// What the registry will have, and from when on.
    pub(crate) late: Vec<(Arc<Image>, Moment)>,
    pub(crate) timings: Timings,
    pub(crate) ids: Ids,
    limits: Limits,
    buckets: Buckets,
}

/// An app.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) name: String,
    pub(crate) machines: Vec<Machine>,
    /// Whose turn it is at the edge.
    pub(crate) turn: usize,
    pub(crate) traffic: Traffic,
}

/// What the clients of an app saw at its edge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests that came.
    pub requests: u64,
    /// Those that were answered with 500 and above.
    pub failures: u64,
    /// Answers by version.
    pub by_version: BTreeMap<String, u64>,
}

/// What a new machine is made from.
pub(crate) struct Birth {
    pub(crate) name: Option<String>,
    pub(crate) region: String,
    pub(crate) config: serde_json::Map<String, serde_json::Value>,
    pub(crate) image: Resolved,
    pub(crate) cordoned: bool,
    pub(crate) launch: bool,
}

impl Cloud {
    /// A cloud as configured; says which seed cannot be.
    pub(crate) fn new(config: &SimConfig, clock: SharedClock) -> Result<Self, String> {
        let mut contents = Contents {
            organization: config.organization.clone(),
            tokens: config.tokens.clone(),
            apps: BTreeMap::new(),
            images: config.images.iter().cloned().map(Arc::new).collect(),
            late: Vec::new(),
            timings: config.timings,
            ids: Ids::new("cloud"),
            limits: config.limits,
            buckets: Buckets::default(),
        };
        let now = clock.now();
        for app in &config.apps {
            contents.seed(app, now)?;
        }
        Ok(Self { clock, contents: Mutex::new(contents), bell: watch::Sender::new(0) })
    }

    /// Looks, at this moment.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut Contents, Moment) -> T) -> T {
        let now = self.clock.now();
        let mut contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        for machine in contents.apps.values_mut().flat_map(|app| &mut app.machines) {
            machine.settle(now);
        }
        let there = contents.late.extract_if(.., |(_, from)| *from <= now).map(|(image, _)| image);
        let there: Vec<_> = there.collect();
        contents.images.extend(there);
        look(&mut contents, now)
    }

    /// Changes something, at this moment, and wakes whoever waits for a change.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Contents, Moment) -> T) -> T {
        let result = self.look(change);
        self.bell.send_modify(|count| *count += 1);
        result
    }

    /// Hears of every change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }
}

impl Contents {
    /// An app by name.
    pub(crate) fn app(&mut self, name: &str) -> Result<&mut App, Answer> {
        self.apps.get_mut(name).ok_or_else(|| Answer::error(404, "app not found"))
    }

    /// A machine of an app that can still be read.
    pub(crate) fn machine(&mut self, app: &str, id: &str, now: Moment) -> Result<&mut Machine, Answer> {
        let Timings { forgetting, appearing, .. } = self.timings;
        let machine = self.known_machine(app, id)?;
        let forgotten = machine.state == State::Destroyed && machine.updated_at.plus(forgetting) <= now;
        if forgotten || now < machine.created_at.plus(appearing) {
            return Err(Answer::no_machine());
        }
        Ok(machine)
    }

    /// A machine of an app, however long gone.
    pub(crate) fn known_machine(&mut self, app: &str, id: &str) -> Result<&mut Machine, Answer> {
        let app = self.app(app)?;
        app.machines.iter_mut().find(|machine| machine.id == id).ok_or_else(Answer::no_machine)
    }

    /// A machine of any app.
    pub(crate) fn any_machine(&mut self, id: &str) -> Option<&mut Machine> {
        self.apps.values_mut().flat_map(|app| &mut app.machines).find(|machine| machine.id == id)
    }

    /// Takes a call out of its bucket; false when there were too many.
    pub(crate) fn allows(&mut self, action: super::Action, of: &str, now: Moment) -> bool {
        self.limits == Limits::Off || self.buckets.take(action, of, now)
    }

    /// A new machine; it is at the end of the app's list.
    pub(crate) fn add(&mut self, app: &str, birth: Birth, now: Moment) -> Result<&mut Machine, Answer> {
        let timings = self.timings;
        let app = self.app(app)?;
        let count = app.machines.len();
        let mut ids = Ids::new(&format!("{} {count}", app.name));
        let name = birth.name.unwrap_or_else(|| machine_name(&mut ids));
        if app.machines.iter().any(|machine| machine.name == name && machine.state != State::Destroyed) {
            let text = format!("unique machine name violation, machine already exists with name \"{name}\"");
            return Err(Answer::rpc("already_exists", &text));
        }
        let mut machine = Machine {
            id: ids.hex(14),
            name,
            region: birth.region,
            private_ip: format!("fdaa:0:18:a7b:{:x}:{:x}:{:x}:2", count + 1, ids.below(0xffff), ids.below(0xffff)),
            created_at: now,
            updated_at: now,
            state: State::Created,
            heading: State::Created,
            instance: ids.ulid(now),
            config: birth.config,
            image: birth.image,
            cordoned: birth.cordoned,
            lease: None,
            events: [].into(),
            versions: Vec::new(),
            started_at: None,
            boots: [].into(),
            pull: Span(0),
            host_is_silent: false,
            reports: Reports::default(),
            due: [].into(),
            ids,
        };
        lifecycle::remember(&mut machine);
        lifecycle::launch(&mut machine, birth.launch, now, &timings);
        app.machines.push(machine);
        app.machines.last_mut().ok_or_else(Answer::no_machine)
    }

    /// An app and its machines as they are at the start: made yesterday, at rest for an hour.
    fn seed(&mut self, config: &super::AppConfig, now: Moment) -> Result<(), String> {
        let (made, rested) = (Moment(now.0 - 24 * 3_600_000), Moment(now.0 - 3_600_000));
        let app = App { name: config.name.clone(), machines: Vec::new(), turn: 0, traffic: Traffic::default() };
        if self.apps.insert(config.name.clone(), app).is_some() {
            return Err(format!("app `{}` is there twice", config.name));
        }
        for seed in &config.machines {
            let said = |answer: Answer| format!("a machine of `{}`: {:?}", config.name, answer.body);
            let settings = images::settings(&seed.config).map_err(said)?;
            let image = images::resolve(&self.images, &settings).map_err(said)?;
            let region = seed.region.clone();
            let birth = Birth { name: None, region, config: settings, image, cordoned: false, launch: true };
            let machine = self.add(&config.name, birth, made).map_err(said)?;
            machine.settle(rested);
            if !seed.running {
                let stopping = Timings { stopping: Span(0), ..Timings::default() };
                lifecycle::stop(machine, rested, &stopping).map_err(said)?;
                machine.settle(rested);
            }
        }
        Ok(())
    }
}

/// The event that a person cordons or uncordons a machine.
pub(crate) fn cordon(machine: &mut Machine, cordoned: bool, now: Moment) {
    if machine.cordoned != cordoned {
        machine.cordoned = cordoned;
        let kind = if cordoned { "cordon" } else { "uncordon" };
        machine.note(what(kind, machine.state.word(), "user"), now);
    }
}
