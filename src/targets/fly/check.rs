//! `shipgate check` on fly.io: whether the token opens the app, whether it has machines and they go with the
//! strategy, and whether the registry of its images answers. Nothing is changed by it.

use super::client::Client;
use super::error::{Failure, Kind};
use super::machine::Machine;
use super::registry::{Known, Registry};
use super::settings::Strategy;
use crate::domain::Note;
use crate::finding::Finding;

/// Everything that is wrong, or that all is well.
pub(super) async fn findings(client: &Client, registry: &Registry, strategy: Strategy) -> Vec<Finding> {
    let app = client.app();
    let machines = match client.list().await {
        Ok(machines) => machines,
        Err(failure) => return vec![unusable(&failure, app)],
    };
    let ours: Vec<Machine> = machines.into_iter().filter(Machine::is_ours).collect();
    let Some(first) = ours.first() else {
        return vec![Finding::wrong("fly-check-no-machines", |n| n.with("app", app))];
    };
    let machines = Finding::fine(Note::new("fly-check-machines").with("app", app).with("count", ours.len()));
    [Some(machines), volumes(&ours, strategy), images(&first.image(), registry).await].into_iter().flatten().collect()
}

/// A machine with a volume cannot have another one beside it.
fn volumes(ours: &[Machine], strategy: Strategy) -> Option<Finding> {
    let (strategy, bound) = (strategy.makes_machines()?, ours.iter().find(|m| m.has_mounts())?);
    Some(Finding::wrong("fly-check-mounts", |n| n.with("machine", &bound.id).with("strategy", strategy)))
}

/// Whether the registry says something about what runs now; images of other registries are not its business.
async fn images(image: &str, registry: &Registry) -> Option<Finding> {
    if !registry.knows_of(image) {
        return None;
    }
    Some(match registry.ask(image).await {
        Known::There => Finding::fine(Note::new("fly-check-registry")),
        Known::Gone => Finding::wrong("fly-check-image-gone", |n| n.with("image", image)),
        Known::Nothing(why) => Finding::wrong("fly-check-no-registry", |n| n.with("error", &why)),
    })
}

/// The app cannot be looked at. What is wrong with the token is the same for every app.
fn unusable(failure: &Failure, app: &str) -> Finding {
    match failure.kind {
        Kind::Unauthorized => Finding::wrong("fly-check-unauthorized", |n| n),
        Kind::Forbidden => Finding::wrong("fly-check-forbidden", |n| n.with("app", app)),
        Kind::NotFound => Finding::wrong("fly-check-no-app", |n| n.with("app", app)),
        _ => Finding { note: failure.note(app), next: Some(Note::new("fly-check-next")) },
    }
}
