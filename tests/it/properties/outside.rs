//! What is outside: machines, targets and checks that do as the run has it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use shipgate::chat::Chat;
use shipgate::checks::{Answer, Check};
use shipgate::domain::{CheckSpec, Condition, Ended, Found, FoundMachine, Note, TargetSpec, Verdict};
use shipgate::runner::Adapters;
use shipgate::targets::{Journal, Order, Stop, Target, Trouble};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::happens::{Place, Version, Weather};

pub(super) const PLACES: [&str; 2] = ["staging", "production"];

/// What is outside. Copies share it.
#[derive(Clone, Debug)]
pub(super) struct Outside {
    state: Arc<Mutex<State>>,
    /// Rung when a call begins to hang.
    bell: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    machines: [[Version; 2]; 2],
    stamps: [u64; 2],
    weather: [Weather; 2],
    checks_pass: bool,
    /// What tells the calls to stop that hang.
    hanging: Vec<CancellationToken>,
}

/// The machines of one environment, or a check.
struct Far {
    place: usize,
    outside: Outside,
}

pub(super) fn digest(version: Version) -> String {
    format!("sha256:{version:064}")
}

pub(super) fn version(digest: &str) -> Version {
    digest.trim_start_matches("sha256:").parse().expect("one of ours")
}

impl Outside {
    pub(super) fn new(bell: watch::Sender<()>) -> Self {
        let (machines, stamps, weather) = ([[1; 2]; 2], [0; 2], [Weather::Fine; 2]);
        let state = State { machines, stamps, weather, checks_pass: true, hanging: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)), bell }
    }

    pub(super) fn machines(&self, place: usize) -> [Version; 2] {
        self.state().machines[place]
    }

    pub(super) fn becomes(&self, place: Place, weather: Weather) {
        self.state().weather[place as usize] = weather;
    }

    pub(super) fn checks(&self, pass: bool) {
        self.state().checks_pass = pass;
    }

    /// How many calls hang that nobody has told to stop.
    pub(super) fn hanging(&self) -> usize {
        self.state().hanging.iter().filter(|cancel| !cancel.is_cancelled()).count()
    }

    /// The calls of a program that is gone are gone with it.
    pub(super) fn is_left_alone(&self) {
        self.state().hanging.clear();
    }

    fn far(&self, place: usize) -> Arc<Far> {
        Arc::new(Far { place, outside: self.clone() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Adapters for Outside {
    fn target(&self, spec: &TargetSpec) -> Result<Arc<dyn Target>, Note> {
        let place = PLACES.iter().position(|place| spec.settings["app"] == **place);
        Ok(self.far(place.expect("one of the two")))
    }

    fn check(&self, _: &CheckSpec) -> Result<Arc<dyn Check>, Note> {
        Ok(self.far(0))
    }

    fn chat(&self, _: &str) -> Option<Arc<dyn Chat>> {
        None
    }
}

impl Far {
    fn state(&self) -> MutexGuard<'_, State> {
        self.outside.state()
    }

    fn weather(&self) -> Weather {
        self.state().weather[self.place]
    }

    /// The fence.
    fn stamp(&self, attempt: u64) -> Result<(), Stop> {
        let stamp = &mut self.state().stamps[self.place];
        if *stamp > attempt {
            return Err(Stop::Fenced { newer: *stamp });
        }
        *stamp = attempt;
        Ok(())
    }
}

#[async_trait]
impl Target for Far {
    async fn look(&self, _: &[String]) -> Result<Found, Trouble> {
        let state = self.state();
        let machine = |(n, version): (usize, &Version)| {
            let (id, digest, state) = (format!("m{n}"), digest(*version), "started".to_owned());
            let image = format!("registry.example/hello@{digest}");
            FoundMachine { id, image, digest, state, condition: Condition::Sound }
        };
        let machines = state.machines[self.place].iter().enumerate().map(machine).collect();
        Ok(Found { machines, stamp: state.stamps[self.place], gone: Vec::new() })
    }

    async fn roll_out(&self, order: &Order, journal: &dyn Journal, cancel: &CancellationToken) -> Result<Ended, Stop> {
        let (note, weather) = (Note::new("it-breaks"), self.weather());
        if weather == Weather::Refuses {
            let untouched = journal.snapshots().await.map_err(Stop::Trouble)?.is_empty();
            return Ok(Ended::Failed { note, untouched });
        }
        self.stamp(order.attempt)?;
        let wanted = version(&order.release.digest);
        for n in 0..2 {
            let runs = self.state().machines[self.place][n];
            if runs != wanted {
                journal.before(&format!("m{n}"), runs.into()).await?;
                self.state().machines[self.place][n] = wanted;
            }
            match weather {
                Weather::Breaks | Weather::BreaksForGood => {
                    return Ok(Ended::Failed { note, untouched: false });
                }
                Weather::LostHalfway => return Ok(Ended::Unknown { note }),
                Weather::Hangs => {
                    self.state().hanging.push(cancel.clone());
                    self.outside.bell.send_replace(());
                    cancel.cancelled().await;
                    return Err(Stop::Cancelled);
                }
                _ => {}
            }
        }
        Ok(if weather == Weather::Lost { Ended::Unknown { note } } else { Ended::Done })
    }

    async fn restore(&self, order: &Order, journal: &dyn Journal, _: &CancellationToken) -> Result<Ended, Stop> {
        self.stamp(order.attempt)?;
        if self.weather() == Weather::BreaksForGood {
            return Ok(Ended::Failed { note: Note::new("it-breaks"), untouched: false });
        }
        for snapshot in journal.snapshots().await.map_err(Stop::Trouble)? {
            let n: usize = snapshot.machine.trim_start_matches('m').parse().expect("a machine");
            let before = snapshot.snapshot.as_u64().and_then(|before| before.try_into().ok()).expect("a version");
            self.state().machines[self.place][n] = before;
        }
        Ok(Ended::Done)
    }
}

#[async_trait]
impl Check for Far {
    async fn ask(&self) -> Answer {
        let verdict = if self.state().checks_pass { Verdict::Pass } else { Verdict::Fail };
        Answer { verdict, value: None, note: Note::new("said"), mend: None }
    }
}
