//! What the runner needs of the house, over the service, the cards and the adapters.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::card::{self, Card, Papers, Story};
use crate::chat::{Chat, Details, Message};
use crate::checks::{self, Check, prometheus};
use crate::clock::SharedClock;
use crate::config::People;
use crate::domain::{Call, CardKey, CheckSpec, Event, Id, Note, Permission, TargetSpec, Who};
use crate::runner::{self, Deliver, Delivered, Saying};
use crate::service::{self, Incoming, Service};
use crate::store::StoreTrouble;
use crate::targets::fly::FlyAccess;
use crate::targets::{self, Target};
use crate::words::Words;

/// How many stories are remembered half told; of more, those are forgotten that are read again from their beginning.
const STORIES: usize = 200;

/// Takes results to the service and makes cards of what it knows.
pub(super) struct Desk {
    service: Service,
    people: People,
    /// How far each open deployment's story was told in each language, so that it need not be read anew each time.
    stories: Mutex<HashMap<(Id, String), Story>>,
}

impl Desk {
    pub(super) fn new(service: Service, people: People) -> Self {
        Self { service, people, stories: Mutex::default() }
    }

    /// The story as it was told up to an entry; a new one where that is not how far it was told last.
    fn told(&self, id: &Id, locale: &str, after: u64) -> Story {
        let mut stories = self.stories.lock().unwrap_or_else(PoisonError::into_inner);
        stories.remove(&(id.clone(), locale.to_owned())).filter(|story| story.told == after).unwrap_or_default()
    }

    fn remember(&self, id: &Id, locale: &str, story: Story) {
        let mut stories = self.stories.lock().unwrap_or_else(PoisonError::into_inner);
        if stories.len() >= STORIES {
            stories.clear();
        }
        stories.insert((id.clone(), locale.to_owned()), story);
    }

    /// Who is called, as the identities of one chat. Everyone is nobody in particular.
    fn called(&self, calls: &[Call], chat: &str) -> Vec<String> {
        let people = &self.people;
        let permitted = |may: Permission| -> Vec<String> {
            people.groups_that_may(may).iter().flat_map(|group| people.identities(group)).collect()
        };
        let without = |identities: Vec<String>, but: &[Who]| -> Vec<String> {
            let but: Vec<String> = but.iter().flat_map(|who| people.identities_of(who)).collect();
            identities.into_iter().filter(|identity| !but.contains(identity)).collect()
        };
        let mut called: Vec<String> = Vec::new();
        for call in calls {
            let identities = match call {
                Call::Group(group) => people.identities(group),
                Call::Others { group, but } => without(people.identities(group), but),
                Call::Person(who) => people.identities_of(who),
                Call::Whoever(may) => permitted(*may),
                Call::WhoeverElse { may, but } => without(permitted(*may), but),
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
            service::Outcome::Taken(_) | service::Outcome::Repeated => Ok(Delivered::Recorded),
            service::Outcome::Refused(refusal) => {
                let text = format!("a report of the world was refused: {}", refusal.code());
                Err(StoreTrouble::Inconsistent { text })
            }
        }
    }

    async fn tick(&self, app: &str, environment: &str) -> Result<(), StoreTrouble> {
        self.service.advance(Incoming::new(app, environment, Event::Tick)).await.map(|_| ())
    }

    async fn card(&self, key: &CardKey, words: &Words) -> Result<Option<Card>, StoreTrouble> {
        Ok(match key {
            CardKey::Deployment(id) => self.service.view(id).await?.map(|view| card::deployment(&view, words)),
            CardKey::Halt(id) => self.service.halt_view(id).await?.map(|view| card::halt(&view, words)),
            CardKey::Lock(id) => self.service.lock_view(id).await?.map(|view| card::lock(&view, words)),
            CardKey::Smoke(id) => self.service.smoke(id).await?.map(|smoke| {
                card::smoke(
                    &smoke,
                    &words.here(&self.service.zone_of(&smoke.app, &smoke.environment), self.service.now()),
                )
            }),
        })
    }

    async fn is_over(&self, key: &CardKey) -> Result<bool, StoreTrouble> {
        Ok(match key {
            CardKey::Deployment(id) => {
                self.service.view(id).await?.is_none_or(|view| view.deployment.closed_at.is_some())
            }
            CardKey::Halt(id) => self.service.halt_view(id).await?.is_none_or(|view| view.halt.lifted_at.is_some()),
            CardKey::Lock(id) => self.service.lock_view(id).await?.is_none_or(|view| view.ended_at.is_some()),
            CardKey::Smoke(id) => self.service.smoke(id).await?.is_none_or(|smoke| smoke.closed_at.is_some()),
        })
    }

    async fn details(&self, key: &CardKey, after: u64, words: &Words) -> Result<Option<Details>, StoreTrouble> {
        let CardKey::Deployment(id) = key else { return Ok(None) };
        // What was told before matters to what is told next.
        let locale = words.language().code();
        let mut story = self.told(id, locale, after);
        let Some(next) = self.service.story_after(id, story.read).await? else { return Ok(None) };
        let mut lines = story.goes_on(&next.entries, &next.view, words);
        lines.retain(|line| line.seq > after);
        let is_over = next.view.deployment.closed_at.is_some();
        if !is_over {
            self.remember(id, locale, story);
        }
        let title = card::thread_title(&next.view, words);
        Ok((is_over || !lines.is_empty()).then_some(Details { title, lines, is_over }))
    }

    async fn papers(&self, key: &CardKey, locale: &str) -> Result<Option<Papers>, StoreTrouble> {
        let CardKey::Deployment(id) = key else { return Ok(None) };
        let story = self.service.story_after(id, 0).await?;
        Ok(story.map(|story| card::papers(&story.view, &story.entries, &Words::new(locale))))
    }

    async fn message(&self, saying: Saying<'_>) -> Result<Option<Message>, StoreTrouble> {
        let words = saying.words;
        let text = match saying.card {
            CardKey::Deployment(id) => {
                let entry = self.service.entry(saying.app, saying.environment, saying.seq).await?;
                let view = self.service.view(id).await?;
                let known = entry.zip(view).filter(|(entry, view)| !card::is_past(entry, view));
                known.map(|(entry, view)| (card::thread_title(&view, words), card::message(&entry, &view, words)))
            }
            CardKey::Lock(id) => {
                let entry = self.service.entry(saying.app, saying.environment, saying.seq).await?;
                let view = self.service.lock_view(id).await?;
                let told = entry.zip(view).filter(|(entry, view)| !card::lock_is_past(entry, view));
                told.map(|(entry, view)| (card::lock(&view, words).title, card::lock_message(&entry, &view, words)))
            }
            CardKey::Halt(id) => {
                let entry = self.service.entry(saying.app, saying.environment, saying.seq).await?;
                let view = self.service.halt_view(id).await?;
                let told = entry.zip(view).filter(|(entry, view)| !card::halt_is_past(entry, view));
                told.map(|(entry, view)| (words.get("halt-title"), card::halt_message(&entry, &view, words)))
            }
            CardKey::Smoke(id) => self.service.smoke(id).await?.map(|smoke| {
                let text = card::smoke_message(&smoke, words);
                (text.clone(), text)
            }),
        };
        Ok(text.map(|(title, text)| Message {
            key: saying.key.clone(),
            since: saying.since,
            tries: saying.tries,
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
    pub(super) fn new(
        clock: SharedClock,
        fly: Option<FlyAccess>,
        prometheus: Option<prometheus::Access>,
        chats: Vec<Arc<dyn Chat>>,
    ) -> Result<Self, Note> {
        let http = checks::client().map_err(|error| Note::new("start-client").with("reason", error))?;
        let targets = targets::Deps { clock: Arc::clone(&clock), fly };
        Ok(Self { targets, checks: checks::Deps { clock, http, prometheus }, chats, made: Mutex::default() })
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
