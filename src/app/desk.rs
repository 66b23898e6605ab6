//! What the runner needs of the house, over the service, the cards and the adapters.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::card::{self, Card};
use crate::chat::{Chat, Details, Message};
use crate::checks::{self, Check};
use crate::clock::SharedClock;
use crate::config::People;
use crate::domain::{Call, CardKey, CheckSpec, Event, Note, TargetSpec};
use crate::runner::{self, Deliver, Delivered, Saying};
use crate::service::{self, Incoming, Service};
use crate::store::StoreTrouble;
use crate::targets::fly::FlyAccess;
use crate::targets::{self, Target};
use crate::words::Words;

/// Takes results to the service and makes cards of what it knows.
pub(super) struct Desk {
    service: Service,
    people: People,
}

impl Desk {
    pub(super) const fn new(service: Service, people: People) -> Self {
        Self { service, people }
    }

    /// Who is called, as the identities of one chat. Everyone is nobody in particular.
    fn called(&self, calls: &[Call], chat: &str) -> Vec<String> {
        let mut called: Vec<String> = Vec::new();
        for call in calls {
            let identities = match call {
                Call::Group(group) => self.people.identities(group),
                Call::Person(who) => match who.person.as_ref().and_then(|person| self.people.people.get(person)) {
                    Some(identities) => identities.clone(),
                    None => vec![who.identity.clone()],
                },
                Call::Whoever(permission) => {
                    self.people.groups_that_may(*permission).iter().flat_map(|g| self.people.identities(g)).collect()
                }
            };
            let here = |identity: &String| identity.split(':').next() == Some(chat);
            for identity in identities.into_iter().filter(here) {
                if !called.contains(&identity) {
                    called.push(identity);
                }
            }
        }
        called
    }
}

#[async_trait]
impl Deliver for Desk {
    async fn deliver(&self, result: runner::Outcome<'_>) -> Result<Delivered, StoreTrouble> {
        let incoming = Incoming {
            acknowledged: Some(result.claim),
            ..Incoming::new(result.app, result.environment, result.event)
        };
        match self.service.advance(incoming).await? {
            service::Outcome::Late => Ok(Delivered::LostClaim),
            service::Outcome::Taken(_) => Ok(Delivered::Recorded),
            service::Outcome::Refused(refusal) => {
                let text = format!("a report of the world was refused: {}", refusal.code());
                Err(StoreTrouble::Inconsistent { text })
            }
        }
    }

    async fn tick(&self, app: &str, environment: &str) -> Result<(), StoreTrouble> {
        self.service.advance(Incoming::new(app, environment, Event::Tick)).await.map(|_| ())
    }

    async fn card(&self, key: &CardKey, locale: &str) -> Result<Option<Card>, StoreTrouble> {
        let words = Words::new(locale);
        Ok(match key {
            CardKey::Deployment(id) => self.service.view(id).await?.map(|view| card::deployment(&view, &words)),
            CardKey::Halt(id) => self.service.halt_view(id).await?.map(|view| card::halt(&view, &words)),
            CardKey::Smoke(id) => self.service.smoke(id).await?.map(|smoke| {
                card::smoke(
                    &smoke,
                    &words.here(&self.service.zone_of(&smoke.app, &smoke.environment), self.service.now()),
                )
            }),
        })
    }

    async fn details(&self, key: &CardKey, after: u64, locale: &str) -> Result<Option<Details>, StoreTrouble> {
        let CardKey::Deployment(id) = key else { return Ok(None) };
        let Some(story) = self.service.story_of(id).await? else { return Ok(None) };
        let words = Words::new(locale);
        // What was told before matters to what is told next, so the story is read from its beginning.
        let mut lines = card::details(&story.entries, &story.view, &words);
        lines.retain(|line| line.seq > after);
        let is_over = story.view.deployment.closed_at.is_some();
        let title = card::thread_title(&story.view, &words);
        Ok((is_over || !lines.is_empty()).then_some(Details { title, lines, is_over }))
    }

    async fn message(&self, saying: Saying<'_>) -> Result<Option<Message>, StoreTrouble> {
        let words = Words::new(saying.locale);
        let text = match saying.card {
            CardKey::Deployment(id) => {
                let entry = self.service.entry(saying.app, saying.environment, saying.seq).await?;
                let view = self.service.view(id).await?;
                let known = entry.zip(view).filter(|(entry, view)| !card::is_past(entry, view));
                known.map(|(entry, view)| (card::thread_title(&view, &words), card::message(&entry, &view, &words)))
            }
            CardKey::Halt(id) => {
                let entry = self.service.entry(saying.app, saying.environment, saying.seq).await?;
                let view = self.service.halt_view(id).await?;
                let told = entry.zip(view);
                told.map(|(entry, view)| (words.get("halt-title"), card::halt_message(&entry, &view, &words)))
            }
            CardKey::Smoke(id) => self.service.smoke(id).await?.map(|smoke| {
                let text = card::smoke_message(&smoke, &words);
                (text.clone(), text)
            }),
        };
        Ok(text.map(|(title, text)| Message {
            key: saying.key.clone(),
            card: saying.card.clone(),
            channel: saying.channel,
            title,
            text,
            call: self.called(saying.call, saying.chat),
        }))
    }
}

/// The adapters, each made once: a target holds connections and rate limits.
pub(super) struct Adapters {
    targets: targets::Deps,
    checks: checks::Deps,
    chats: Vec<Arc<dyn Chat>>,
    made: Mutex<HashMap<String, Arc<dyn Target>>>,
}

impl Adapters {
    pub(super) fn new(clock: SharedClock, fly: Option<FlyAccess>, chats: Vec<Arc<dyn Chat>>) -> Result<Self, Note> {
        let http = checks::http::client().map_err(|error| Note::new("start-client").with("reason", error))?;
        let targets = targets::Deps { clock: Arc::clone(&clock), fly };
        Ok(Self { targets, checks: checks::Deps { clock, http }, chats, made: Mutex::default() })
    }
}

impl runner::Adapters for Adapters {
    fn target(&self, spec: &TargetSpec) -> Result<Arc<dyn Target>, Note> {
        let key = serde_json::to_string(spec).unwrap_or_default();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(target) = made.get(&key) {
            return Ok(Arc::clone(target));
        }
        let target = targets::build(spec, &self.targets)?;
        made.insert(key, Arc::clone(&target));
        Ok(target)
    }

    fn check(&self, spec: &CheckSpec) -> Result<Arc<dyn Check>, Note> {
        checks::build(spec, &self.checks)
    }

    fn chat(&self, name: &str) -> Option<Arc<dyn Chat>> {
        self.chats.iter().find(|chat| chat.name() == name).map(Arc::clone)
    }
}
