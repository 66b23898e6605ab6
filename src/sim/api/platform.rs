//! Tokens and apps.

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::ask::Ask;
use crate::sim::cloud::Contents;
use crate::sim::config::Token;
use crate::sim::machine::State;
use crate::sim::wire::{Answer, Reply};

/// The token of a call: `Bearer …`, `FlyV1 …`, or both, and several tokens may be sent with commas between them.
pub(super) fn token<'a>(contents: &'a Contents, ask: &Ask) -> Result<&'a Token, Answer> {
    let sent = ask.authorization.as_deref().unwrap_or_default();
    let sent = sent.strip_prefix("Bearer ").unwrap_or(sent);
    let sent = sent.strip_prefix("FlyV1 ").unwrap_or(sent);
    let known = sent
        .split(',')
        .find_map(|part| contents.tokens.iter().find(|token| token.secret.expose_secret() == part.trim()));
    known.ok_or_else(|| Answer::error(401, "Authenticate: token validation error"))
}

/// `GET /v1/tokens/current`
pub(super) fn show_token(contents: &Contents, ask: &Ask) -> Reply {
    let token = token(contents, ask)?;
    let mut shown = json!({
        "token_id": token.name,
        "organization": contents.organization,
        "org_slug": contents.organization,
    });
    if !token.apps.is_empty() {
        shown["apps"] = json!(token.apps);
    }
    Ok(Answer::ok(json!({"tokens": [shown]})))
}

/// `GET /v1/apps`
pub(super) fn apps(contents: &Contents) -> Answer {
    let apps: Vec<Value> = contents.apps.keys().map(|name| wire(contents, name)).collect();
    Answer::ok(json!({"total_apps": apps.len(), "apps": apps}))
}

/// `GET /v1/apps/{app}`
pub(super) fn app(contents: &mut Contents, ask: &Ask) -> Reply {
    contents.app(ask.app())?;
    Ok(Answer::ok(wire(contents, ask.app())))
}

fn wire(contents: &Contents, name: &str) -> Value {
    let place = contents.apps.keys().take_while(|other| other.as_str() != name).count();
    let machines = contents.apps.get(name).into_iter().flat_map(|app| &app.machines);
    json!({
        "id": format!("app{:012x}", place + 1),
        "internal_numeric_id": place + 1,
        "name": name,
        "network": "default",
        "status": "deployed",
        "machine_count": machines.filter(|machine| machine.state != State::Destroyed).count(),
        "volume_count": 0,
        "organization": {"name": contents.organization, "slug": contents.organization, "internal_numeric_id": 1},
    })
}
