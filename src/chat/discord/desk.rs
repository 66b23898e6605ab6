//! What people do on Discord, and what they are answered: commands, presses, reasons, completions.
//!
//! Both ways in end here. Every interaction is acknowledged after the commit it asks for, or deferred when that takes
//! long: Discord forgets an interaction that is not acknowledged within 3 seconds of its sending, and its token after 15 minutes
//! (<https://discord.com/developers/docs/interactions/receiving-and-responding>). Answers are private and in the
//! person's own language. Who may do what is the core's to say; here only who somebody is.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serenity::all::{
    CommandInteraction, ComponentInteraction, ComponentInteractionDataKind, CreateAutocompleteResponse,
    CreateInteractionResponse, CreateInteractionResponseMessage, EditInteractionResponse, Interaction, InteractionId,
    Member, ModalInteraction, User,
};
use serenity::http::Http;

use super::endpoint::Completions;
use super::rest::{self, code};
use super::{commands, forms, render};
use crate::card;
use crate::chat::asking::{self, Came};
use crate::chat::once::First;
use crate::chat::tasks::Tasks;
use crate::chat::{button, form};
use crate::clock::SharedClock;
use crate::domain::{Moment, Span};
use crate::metrics::Metrics;
use crate::service::{Service, Speaker};
use crate::view::No;
use crate::words::Words;

/// For how long Discord waits for the first answer, counted from when it has sent the interaction, and for any other.
const FIRST: Span = Span::seconds(3);
const LATER: Span = Span::minutes(15);

/// After how long an answer is deferred: what is left of the 3 seconds is for the way, and for trying again.
const DEFER: Span = Span(1_500);

/// How long somebody who types waits for what can come next; then nothing is offered.
const COMPLETE: Span = Span(800);

/// How often an answer is tried, and how far apart: the connection may break, and there is little time.
const TRIES: u32 = 3;
const PAUSE: Span = Span(200);

/// How long Discord may take to take an answer: of the first one, so that there is time for two more tries.
const FIRST_CALL: Span = Span(800);
const LATER_CALL: Span = Span::seconds(10);

/// Where people are attended to.
pub(super) struct Desk {
    pub(super) service: Service,
    pub(super) http: Arc<Http>,
    pub(super) guild: u64,
    pub(super) clock: SharedClock,
    pub(super) metrics: Metrics,
    pub(super) tasks: Tasks,
    pub(super) completions: Arc<Completions>,
}

/// An interaction's arrival.
pub(super) struct Arrival {
    pub(super) at: Moment,
    /// That it has not come before: only then anything is done.
    pub(super) first: BoxFuture<'static, Option<First>>,
}

/// An interaction that is to be answered.
struct Asked<'a> {
    id: InteractionId,
    token: &'a str,
    /// When it came.
    at: Moment,
    /// Since when Discord waits for an answer.
    since: Moment,
    words: Words,
}

/// How long is tried to give an answer.
struct Patience {
    until: Moment,
    call: Span,
}

impl Desk {
    /// What has just come over the connection. Every program that is connected hears it.
    pub(super) fn arrival(&self, id: InteractionId) -> Arrival {
        let first = First::heard_by_all(&self.service, "discord", key(id));
        Arrival { at: self.clock.now(), first: std::future::ready(Some(first)).boxed() }
    }

    /// Attends to any interaction.
    pub(super) async fn take(&self, interaction: Interaction, arrival: Arrival) {
        match interaction {
            Interaction::Command(command) => self.command(&command, arrival).await,
            Interaction::Component(press) => self.component(&press, arrival).await,
            Interaction::Modal(modal) => self.modal(&modal, arrival).await,
            Interaction::Autocomplete(typing) => {
                let choices = self.complete(&typing).await;
                let asked = self.asked(typing.id, &typing.token, &typing.locale, arrival.at);
                self.respond(&asked, &CreateInteractionResponse::Autocomplete(choices)).await;
            }
            _ => {}
        }
    }

    /// A slash command.
    pub(super) async fn command(&self, typed: &CommandInteraction, arrival: Arrival) {
        self.http.set_application_id(typed.application_id);
        let asked = self.asked(typed.id, &typed.token, &typed.locale, arrival.at);
        let speaker = self.speaker(typed.guild_id, &typed.user, typed.member.as_deref());
        // Nobody writes a reason only to be refused for the place they are in.
        if speaker.is_ok()
            && let Some(form) = forms::of_command(&typed.data, &asked.words)
        {
            let Some(first) = arrival.first.await else { return };
            self.respond(&asked, &CreateInteractionResponse::Modal(form)).await;
            return first.ends().await;
        }
        let command = commands::read(&typed.data, self.service.names());
        let words = &asked.words;
        let work = async |first: &First| asking::carry_out(first, speaker, command, words).await;
        self.answer(&asked, arrival.first, work).await;
    }

    /// Somebody types a command: what can come next.
    pub(super) async fn complete(&self, typing: &CommandInteraction) -> CreateAutocompleteResponse {
        self.http.set_application_id(typing.application_id);
        if typing.guild_id.is_none_or(|guild| guild.get() != self.guild) {
            return CreateAutocompleteResponse::new();
        }
        let words = words(&typing.locale);
        let completing = Box::pin(commands::complete(&typing.data, &self.service, &words));
        crate::clock::timeout(&*self.clock, COMPLETE, completing).await.unwrap_or_default()
    }

    /// A button or a select.
    pub(super) async fn component(&self, press: &ComponentInteraction, arrival: Arrival) {
        self.http.set_application_id(press.application_id);
        let asked = self.asked(press.id, &press.token, &press.locale, arrival.at);
        let pressed = button::decode(&press.data.custom_id).and_then(|pressed| match &press.data.kind {
            ComponentInteractionDataKind::StringSelect { values } => pressed.picking(values.first()?),
            _ => Some(pressed),
        });
        let speaker = self.speaker(press.guild_id, &press.user, press.member.as_ref());
        if speaker.is_ok()
            && let Some(pressed) = pressed.as_ref().filter(|pressed| button::asks_reason(pressed))
        {
            let Some(first) = arrival.first.await else { return };
            let spare = asked.since.plus(DEFER).since(self.clock.now());
            let back = form::way_back(pressed, &self.service);
            let back = crate::clock::timeout(&*self.clock, spare, back).await.flatten();
            let form = forms::modal(&form::of_press(pressed, back, &asked.words));
            self.respond(&asked, &CreateInteractionResponse::Modal(form)).await;
            return first.ends().await;
        }
        let words = &asked.words;
        let work = async |first: &First| asking::press(first, speaker, pressed, None, words).await;
        self.answer(&asked, arrival.first, work).await;
    }

    /// A form that was filled in.
    pub(super) async fn modal(&self, modal: &ModalInteraction, arrival: Arrival) {
        self.http.set_application_id(modal.application_id);
        let asked = self.asked(modal.id, &modal.token, &modal.locale, arrival.at);
        let speaker = self.speaker(modal.guild_id, &modal.user, modal.member.as_ref());
        let (rows, words) = (&modal.data.components, &asked.words);
        if let Some(command) = form::command(&modal.data.custom_id, forms::fields(rows), self.service.names()) {
            let work = async |first: &First| asking::carry_out(first, speaker, command, words).await;
            return self.answer(&asked, arrival.first, work).await;
        }
        let (pressed, reason) = (button::decode_modal(&modal.data.custom_id), form::reason_of(forms::fields(rows)));
        let work = async |first: &First| asking::press(first, speaker, pressed, reason, words).await;
        self.answer(&asked, arrival.first, work).await;
    }

    /// Who somebody is, by what Discord itself says with the interaction: nothing is looked up, nothing kept.
    fn speaker(
        &self,
        guild: Option<serenity::model::id::GuildId>,
        user: &User,
        member: Option<&Member>,
    ) -> Result<Speaker, No> {
        let Some(member) = member.filter(|_| guild.is_some_and(|guild| guild.get() == self.guild)) else {
            return Err(No::new("other_guild"));
        };
        Ok(Speaker {
            identity: format!("discord:user:{}", user.id),
            name: member.display_name().to_owned(),
            also: member.roles.iter().map(|role| format!("discord:role:{role}")).collect(),
            unsure: false,
        })
    }

    fn asked<'a>(&self, id: InteractionId, token: &'a str, locale: &str, at: Moment) -> Asked<'a> {
        let config = self.service.config();
        let words = words(locale).here(&config.time_zone, self.clock.now());
        Asked { id, token, at, since: since(id, at), words }
    }

    /// Does the work and answers with what came of it: at once if it is quick, after a deferral if not. The work is
    /// never given up because an answer cannot be given; where it breaks, that is the answer. A repeat is left alone: the
    /// first of its kind is answered.
    async fn answer(
        &self,
        asked: &Asked<'_>,
        first: BoxFuture<'static, Option<First>>,
        work: impl AsyncFnOnce(&First) -> Came,
    ) {
        // Boxed: whoever answers would carry every command's future.
        let mut work = Box::pin(async {
            let first = first.await?;
            let came = AssertUnwindSafe(work(&first)).catch_unwind().await;
            let came = came.unwrap_or_else(|_| {
                tracing::error!(interaction = %asked.id, "what somebody asked for broke on the way");
                Came::ToNothing(card::no(&No::new("broke"), &asked.words))
            });
            Some((first, came))
        });
        let early = tokio::select! {
            biased;
            done = &mut work => Some(done),
            () = self.clock.alarm(asked.since.plus(DEFER)) => None,
        };
        let deferred = early.is_none();
        let done = match early {
            Some(done) => done,
            None => {
                let message = CreateInteractionResponseMessage::new().ephemeral(true);
                let deferral = CreateInteractionResponse::Defer(message);
                futures::join!(work, self.respond(asked, &deferral)).0
            }
        };
        let Some((first, came)) = done else { return };
        let (card, first) = match came {
            Came::To(card) => (card, Some(first)),
            Came::ToNothing(card) => (card, None),
            Came::Before => return,
        };
        let embed = render::paint(&card, &asked.words).embed;
        if deferred {
            let edit = EditInteractionResponse::new().embed(embed);
            let patience = Patience { until: asked.since.plus(LATER), call: LATER_CALL };
            let edited = || self.http.edit_original_interaction_response(asked.token, &edit, Vec::new());
            self.insist(asked, &patience, edited).await;
        } else {
            let message = CreateInteractionResponseMessage::new().embed(embed).ephemeral(true);
            self.respond(asked, &CreateInteractionResponse::Message(message)).await;
        }
        if let Some(first) = first {
            first.ends().await;
        }
    }

    async fn respond(&self, asked: &Asked<'_>, response: &CreateInteractionResponse) {
        let patience = Patience { until: asked.since.plus(FIRST), call: FIRST_CALL };
        let told = || self.http.create_interaction_response(asked.id, asked.token, response, Vec::new());
        if self.insist(asked, &patience, told).await {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of one answer are far below 2^52")]
            self.metrics.acknowledged("discord", self.clock.now().since(asked.at).0 as f64 / 1_000.0);
        } else {
            self.metrics.unanswered("discord");
        }
    }

    /// Tries a call a few times while there is time, and says whether Discord has taken it. What it does not take is
    /// let go: the person sees the card.
    async fn insist<T, F: Future<Output = serenity::Result<T>>>(
        &self,
        asked: &Asked<'_>,
        patience: &Patience,
        call: impl Fn() -> F,
    ) -> bool {
        for attempt in 1..=TRIES {
            // Whatever the clocks say, it is tried once.
            let left = if attempt == 1 { LATER } else { patience.until.since(self.clock.now()) };
            let tried = crate::clock::timeout(&*self.clock, patience.call.min(left), call()).await;
            let error = match tried {
                Some(Ok(_)) => return true,
                Some(Err(error)) => Some(error),
                None => None,
            };
            let (code, status) = error.as_ref().map_or((None, None), |error| (code(error), rest::status(error)));
            // By an earlier try, or by another program that has heard it too.
            if code == Some(rest::ALREADY_ANSWERED) {
                return true;
            }
            let is_final = status.is_some_and(|status| status < 500 && status != 429);
            if is_final || attempt == TRIES || self.clock.now().plus(PAUSE) >= patience.until {
                tracing::warn!(interaction = %asked.id, code, status, "a person was not answered");
                return false;
            }
            self.clock.alarm(self.clock.now().plus(PAUSE)).await;
        }
        false
    }
}

/// What tells an interaction apart, whichever way it came.
pub(super) fn key(id: InteractionId) -> String {
    format!("interaction/{id}")
}

/// Since when Discord waits: its ids say when they were made. Where that is not within the time that an answer has, our
/// clocks differ, and the arrival counts.
fn since(id: InteractionId, arrived: Moment) -> Moment {
    let sent = Moment(id.created_at().timestamp_millis());
    if sent <= arrived && arrived.since(sent) < FIRST { sent } else { arrived }
}

/// The words of a language, as they are said on Discord: commands are filled in field by field there.
pub(super) fn words(locale: &str) -> Words {
    Words::new(if locale == "ja" { "ja" } else { "en" }).in_fields().that_stay()
}
