//! Pending effects: how one is laid down, which older ones it takes the place of, and how they are cancelled.
//!
//! Who works on them is in `claims`. To add an effect: an arm in [`Spot::of`].

use sqlx::{AnyConnection, Row as _};

use super::{Store, StoreTrouble};
use crate::domain::{Cancel, CardKey, Due, Effect, Id, Subject};

/// Who works on an effect; benches do not hold each other up.
pub(super) const TARGET: &str = "target";
pub(super) const CHECK: &str = "check";
pub(super) const CHAT: &str = "chat";

/// Lays one down. One more reason to paint a card that is waiting to be painted is the same effect: whoever paints it now
/// will see that there is a newer state. A chat that asked to be left alone for a while is not hurried, and a card that
/// keeps its distance from its last painting no further than that.
const LAY: &str = "INSERT INTO effects (id, bench, lane, app, environment, owner, card, chat, kind, body, created_at, \
    due_at, tries, claim, claimed_until, cancelled, generation, trouble, troubled_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, '', 0, 0, 1, '', 0) \
    ON CONFLICT (chat, card) WHERE kind = 'show' DO UPDATE SET generation = effects.generation + 1, \
    due_at = CASE WHEN effects.trouble <> '' OR effects.due_at <= excluded.due_at THEN effects.due_at \
    WHEN effects.not_before > excluded.due_at THEN effects.not_before ELSE excluded.due_at END \
    RETURNING id";

/// Where an effect is laid down.
struct Spot {
    bench: &'static str,
    kind: &'static str,
    lane: String,
    owner: String,
    card: String,
}

impl Spot {
    fn of(app: &str, environment: &str, chat: &str, effect: &Effect) -> Self {
        let lane = |parts: &[&str]| parts.join("\u{1f}");
        match effect {
            Effect::Look { deployment, .. } => {
                let owner = deployment.as_ref().map_or("", |id| &id.0);
                let card = deployment.clone().map(CardKey::Deployment);
                Self {
                    bench: TARGET,
                    kind: "look",
                    lane: lane(&["look", app, environment, owner]),
                    owner: owner.to_owned(),
                    card: card.as_ref().map(card_text).unwrap_or_default(),
                }
            }
            Effect::RollOut { deployment, .. } | Effect::Restore { deployment, .. } => Self {
                bench: TARGET,
                kind: if matches!(effect, Effect::RollOut { .. }) { "roll_out" } else { "restore" },
                lane: lane(&[TARGET, app, environment]),
                owner: deployment.0.clone(),
                card: card_text(&CardKey::Deployment(deployment.clone())),
            },
            Effect::Ask { subject, .. } => {
                let (part, name) = match subject {
                    Subject::Gate { name, .. } => ("gate", name),
                    Subject::Rule { name, .. } => ("rule", name),
                    Subject::Smoke { name, .. } => ("smoke", name),
                };
                Self {
                    bench: CHECK,
                    kind: "ask",
                    lane: lane(&[CHECK, &subject.owner().0, part, name]),
                    owner: subject.owner().0.clone(),
                    card: card_text(&card_of(subject)),
                }
            }
            Effect::Show { card } | Effect::Say { card, .. } => Self {
                bench: CHAT,
                kind: if matches!(effect, Effect::Show { .. }) { "show" } else { "say" },
                lane: lane(&[CHAT, chat, &card_text(card)]),
                owner: card_id(card).0.clone(),
                card: card_text(card),
            },
        }
    }
}

/// A card's name in a column.
pub(super) fn card_text(card: &CardKey) -> String {
    match card {
        CardKey::Deployment(id) => format!("deployment/{id}"),
        CardKey::Smoke(id) => format!("smoke/{id}"),
        CardKey::Halt(id) => format!("halt/{id}"),
        CardKey::Lock(id) => format!("lock/{id}"),
    }
}

/// The card with that name; none for the empty one.
pub(super) fn card_named(text: &str) -> Option<CardKey> {
    match text.split_once('/')? {
        ("deployment", id) => Some(CardKey::Deployment(Id(id.to_owned()))),
        ("lock", id) => Some(CardKey::Lock(Id(id.to_owned()))),
        ("halt", id) => Some(CardKey::Halt(Id(id.to_owned()))),
        ("smoke", id) => Some(CardKey::Smoke(Id(id.to_owned()))),
        _ => None,
    }
}

/// What a card is about.
pub(super) const fn card_id(card: &CardKey) -> &Id {
    match card {
        CardKey::Deployment(id) | CardKey::Smoke(id) | CardKey::Halt(id) | CardKey::Lock(id) => id,
    }
}

fn card_of(subject: &Subject) -> CardKey {
    match subject {
        Subject::Gate { deployment, .. } | Subject::Rule { deployment, .. } => CardKey::Deployment(deployment.clone()),
        Subject::Smoke { smoke, .. } => CardKey::Smoke(smoke.clone()),
    }
}

impl Store {
    /// Lays effects down, those for chats once for each chat. Gives the names of the new rows.
    pub(super) async fn lay(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
        effects: &[Due],
    ) -> Result<Vec<Id>, StoreTrouble> {
        let mut laid = Vec::new();
        for due in effects {
            match &due.effect {
                Effect::Show { .. } | Effect::Say { .. } => {
                    for chat in &self.0.chats {
                        laid.extend(self.lay_one(tx, (app, environment), chat, due).await?);
                    }
                }
                effect => {
                    if matches!(effect, Effect::RollOut { .. } | Effect::Restore { .. }) {
                        self.cancel(tx, (app, environment), &Cancel::Target).await?;
                    }
                    laid.extend(self.lay_one(tx, (app, environment), "", due).await?);
                }
            }
        }
        Ok(laid)
    }

    /// Lays the reason down to paint a card, in every chat.
    pub(super) async fn lay_show(
        &self,
        tx: &mut AnyConnection,
        place: (&str, &str),
        card: CardKey,
    ) -> Result<(), StoreTrouble> {
        let due = Due { effect: Effect::Show { card }, at: self.0.clock.now() };
        self.lay(tx, place, &[due]).await.map(|_| ())
    }

    async fn lay_one(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
        chat: &str,
        due: &Due,
    ) -> Result<Option<Id>, StoreTrouble> {
        let spot = Spot::of(app, environment, chat, &due.effect);
        if spot.kind == "look" {
            // Asking the same twice is for nobody: the newer question stands for the older one.
            let query = sqlx::query("DELETE FROM effects WHERE lane = $1 AND claim = ''");
            self.run(tx, query.bind(&spot.lane)).await?;
        }
        let body = serde_json::to_string(&due.effect).map_err(|e| StoreTrouble::unreadable("an effect", &e))?;
        let id = Id(uuid::Uuid::now_v7().to_string());
        let laid = sqlx::query(LAY)
            .bind(&id.0)
            .bind(spot.bench)
            .bind(&spot.lane)
            .bind(app)
            .bind(environment)
            .bind(&spot.owner)
            .bind(&spot.card)
            .bind(chat)
            .bind(spot.kind)
            .bind(&body)
            .bind(self.0.clock.now().0)
            .bind(due.at.0)
            .fetch_one(tx)
            .await
            .map_err(|e| self.trouble(&e))?;
        let is_new = laid.try_get::<String, _>(0).map_err(|e| self.trouble(&e))? == id.0;
        Ok(is_new.then_some(id))
    }

    /// Cancels pending effects, by the rule of [`Effect::falls_to`]: those that nobody works on are gone, the others are
    /// marked, so that whoever works on them stops.
    pub(super) async fn cancel(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
        cancel: &Cancel,
    ) -> Result<(), StoreTrouble> {
        let (kinds, owner) = match cancel {
            Cancel::Checks(owner) => (["ask", "ask"], owner.0.as_str()),
            Cancel::Look(owner) => (["look", "look"], owner.0.as_str()),
            Cancel::Target => (["roll_out", "restore"], ""),
        };
        let now = self.0.clock.now().0;
        for statement in [
            "DELETE FROM effects WHERE app = $1 AND environment = $2 AND kind IN ($3, $4) \
             AND (owner = $5 OR $5 = '') AND claimed_until <= $6",
            "UPDATE effects SET cancelled = 1 WHERE app = $1 AND environment = $2 AND kind IN ($3, $4) \
             AND (owner = $5 OR $5 = '') AND claimed_until > $6",
        ] {
            sqlx::query(statement)
                .bind(app)
                .bind(environment)
                .bind(kinds[0])
                .bind(kinds[1])
                .bind(owner)
                .bind(now)
                .execute(&mut *tx)
                .await
                .map_err(|e| self.trouble(&e))?;
        }
        Ok(())
    }
}
