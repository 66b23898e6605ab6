//! The actions of the Machines API and of the registry that are simulated, and how a request names one. One table.
//!
//! To add one: a variant, a row in [`route`], and an arm in `api::act`.

/// What a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// `GET /v1/tokens/current`
    TokenShow,
    /// `GET /v1/apps`
    AppsList,
    /// `GET /v1/apps/{app}`
    AppShow,
    /// `GET …/machines`
    MachinesList,
    /// `POST …/machines`
    MachineCreate,
    /// `GET …/machines/{id}`
    MachineGet,
    /// `POST …/machines/{id}`
    MachineUpdate,
    /// `DELETE …/machines/{id}`
    MachineDelete,
    /// `POST …/start`
    MachineStart,
    /// `POST …/stop`
    MachineStop,
    /// `POST …/restart`
    MachineRestart,
    /// `POST …/cordon`
    MachineCordon,
    /// `POST …/uncordon`
    MachineUncordon,
    /// `GET …/wait`
    MachineWait,
    /// `GET …/events`
    EventsList,
    /// `GET …/versions`
    VersionsList,
    /// `POST …/lease`, to acquire and to refresh
    LeaseAcquire,
    /// `GET …/lease`
    LeaseShow,
    /// `DELETE …/lease`
    LeaseRelease,
    /// `GET …/metadata`
    MetadataList,
    /// `PATCH` or `PUT …/metadata`
    MetadataUpdate,
    /// `GET …/metadata/{key}`
    MetadataGet,
    /// `POST …/metadata/{key}`
    MetadataSet,
    /// `DELETE …/metadata/{key}`
    MetadataDelete,
    /// `GET` or `HEAD /v2/{repository}/manifests/{reference}` at the registry
    ManifestGet,
}

impl Action {
    /// Whether it needs the lease, if somebody holds one.
    pub(crate) const fn is_gated(self) -> bool {
        matches!(
            self,
            Self::MachineUpdate
                | Self::MachineDelete
                | Self::MachineStart
                | Self::MachineStop
                | Self::MachineRestart
                | Self::MachineCordon
                | Self::MachineUncordon
        )
    }
}

/// What a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) action: Action,
    pub(crate) app: Option<String>,
    pub(crate) machine: Option<String>,
    /// A metadata key; or a manifest, as `{repository}@{reference}`.
    pub(crate) key: Option<String>,
}

/// What a method and a path ask for, if anything.
pub(crate) fn route(method: &str, path: &str) -> Option<Route> {
    use Action as A;
    if let Some(path) = path.strip_prefix("/v2/") {
        return manifest(method, path);
    }
    let parts: Vec<String> = path.strip_prefix("/v1/")?.split('/').map(decoded).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (action, named): (Action, &[&str]) = match (method, parts.as_slice()) {
        ("GET", ["tokens", "current"]) => (A::TokenShow, &[]),
        ("GET", ["apps"]) => (A::AppsList, &[]),
        ("GET", ["apps", app]) => (A::AppShow, &[app]),
        ("GET", ["apps", app, "machines"]) => (A::MachinesList, &[app]),
        ("POST", ["apps", app, "machines"]) => (A::MachineCreate, &[app]),
        ("GET", ["apps", app, "machines", id]) => (A::MachineGet, &[app, id]),
        ("POST", ["apps", app, "machines", id]) => (A::MachineUpdate, &[app, id]),
        ("DELETE", ["apps", app, "machines", id]) => (A::MachineDelete, &[app, id]),
        (_, ["apps", app, "machines", id, "metadata", key]) => (keyed(method)?, &[app, id, key]),
        (_, ["apps", app, "machines", id, last]) => (below(method, last)?, &[app, id]),
        _ => return None,
    };
    let name = |place: usize| named.get(place).map(|part| (*part).to_owned());
    Some(Route { action, app: name(0), machine: name(1), key: name(2) })
}

/// A repository's name may have several parts.
fn manifest(method: &str, path: &str) -> Option<Route> {
    let (repository, reference) = path.rsplit_once("/manifests/").filter(|_| matches!(method, "GET" | "HEAD"))?;
    let key = Some(format!("{}@{}", decoded(repository), decoded(reference)));
    Some(Route { action: Action::ManifestGet, app: None, machine: None, key })
}

fn below(method: &str, last: &str) -> Option<Action> {
    Some(match (method, last) {
        ("POST", "start") => Action::MachineStart,
        ("POST", "stop") => Action::MachineStop,
        ("POST", "restart") => Action::MachineRestart,
        ("POST", "cordon") => Action::MachineCordon,
        ("POST", "uncordon") => Action::MachineUncordon,
        ("GET", "wait") => Action::MachineWait,
        ("GET", "events") => Action::EventsList,
        ("GET", "versions") => Action::VersionsList,
        ("POST", "lease") => Action::LeaseAcquire,
        ("GET", "lease") => Action::LeaseShow,
        ("DELETE", "lease") => Action::LeaseRelease,
        ("GET", "metadata") => Action::MetadataList,
        ("PATCH" | "PUT", "metadata") => Action::MetadataUpdate,
        _ => return None,
    })
}

fn keyed(method: &str) -> Option<Action> {
    Some(match method {
        "GET" => Action::MetadataGet,
        "POST" => Action::MetadataSet,
        "DELETE" => Action::MetadataDelete,
        _ => return None,
    })
}

/// A part of a path, percent signs resolved.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok()).filter(|_| byte == b'%');
        match code.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(code) => {
                bytes.push(code);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
