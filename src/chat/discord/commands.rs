//! The command tree: the table of commands as slash commands with typed options, read back from an interaction, and
//! completed while somebody types.
//!
//! Names, descriptions, options and choices are in the person's own language. What an interaction carries is always the
//! name in the table, and so do our own words: in a message Discord puts no name into a reader's language, and its clients
//! find a command by either. Limits: <https://discord.com/developers/docs/interactions/application-commands>.

use std::sync::Arc;

use poise::{ApplicationContext, BoxFuture, CommandParameter};
use serenity::all::{
    AutocompleteChoice, CommandData, CommandOptionType, CreateAutocompleteResponse, CreateCommand, CreateCommandOption,
    ResolvedValue,
};

use super::desk::Desk;
use crate::card;
use crate::chat::form::{self, LONGEST_REASON};
use crate::command::{self, ALL, Argument, Command, Given, Kind, Names, Spec, TABLE};
use crate::service::{Service, Wish};
use crate::text::LONGEST_NAME;
use crate::view::No;
use crate::words::{Words, harmless};

/// poise wants to know what an action may fail with. Ours answer for themselves.
pub(super) type Never = std::convert::Infallible;

/// The scopes that it is invited with.
pub(super) const SCOPES: &str = "bot+applications.commands";

/// The most choices that are offered, and the longest of them.
const CHOICES: usize = 25;
const CHOICE: usize = 100;

/// The longest description.
const DESCRIPTION: usize = 100;

/// The longest texts that are taken.
#[expect(clippy::cast_possible_truncation, reason = "400")]
const TEXT: u16 = LONGEST_REASON as u16;
#[expect(clippy::cast_possible_truncation, reason = "64")]
const NAME: u16 = LONGEST_NAME as u16;

/// The language that commands are in besides English, which is what stands where there is none.
const LOCALE: &str = "ja";

/// The commands as poise dispatches them.
pub(super) fn tree() -> Vec<poise::Command<Arc<Desk>, Never>> {
    TABLE.iter().map(branch).collect()
}

/// The commands as Discord is told of them.
pub(super) fn wanted(names: &Names) -> Vec<CreateCommand> {
    let speech = Speech { en: Words::new("en"), ja: Words::new(LOCALE) };
    TABLE.iter().map(|spec| speech.command(spec, names)).collect()
}

/// The command that was typed.
///
/// # Errors
/// What is missing or cannot be.
pub(super) fn read(data: &CommandData, names: &Names) -> Result<Command, No> {
    let spec = command::find(&data.name).ok_or_else(|| unknown(&data.name))?;
    command::complete(spec, given(data)?, names)
}

/// What can come next, for the option that is being typed.
pub(super) async fn complete(data: &CommandData, service: &Service, words: &Words) -> CreateAutocompleteResponse {
    let Some(typed) = data.autocomplete() else { return CreateAutocompleteResponse::new() };
    let given = given(data).unwrap_or_default();
    let wish = Wish { command: &data.name, environment: given.environment.as_deref(), app: given.app.as_deref() };
    let offered: Vec<(String, String)> = match typed.name {
        "version" => {
            let known = Box::pin(service.versions(&wish)).await.unwrap_or_default();
            known.iter().map(|choice| (card::version_choice(choice, words), choice.release.version.clone())).collect()
        }
        "gate" => {
            let open = Box::pin(service.open_gates(&wish)).await.unwrap_or_default();
            open.into_iter().map(|gate| (harmless(&gate, CHOICE), gate)).collect()
        }
        "environment" => {
            let known = named(service.names().environments(service.names().meant(given.app.as_deref())));
            let whole = command::find(&data.name).filter(|spec| spec.takes(Kind::Place));
            whole.map(|_| (words.get("field-all"), ALL.to_owned())).into_iter().chain(known).collect()
        }
        "app" => named(service.names().apps.iter().map(|app| app.name.as_str()).collect()),
        _ => Vec::new(),
    };
    let sought = typed.value.trim().to_lowercase();
    let sendable = |value: &str| !value.is_empty() && value.chars().count() <= CHOICE;
    let fitting = offered.into_iter().filter(|(_, value)| sendable(value));
    let mut ranked: Vec<_> =
        fitting.filter_map(|(shown, value)| Some((rank(&sought, &shown, &value)?, shown, value))).collect();
    ranked.sort_by_key(|(rank, ..)| *rank);
    let choices = ranked.into_iter().take(CHOICES).map(|(_, shown, value)| (shown, value));
    CreateAutocompleteResponse::new()
        .set_choices(choices.map(|(shown, value)| AutocompleteChoice::new(harmless(&shown, CHOICE), value)).collect())
}

/// How well something fits what is typed; none where it does not. Who types a name to its end means that one.
fn rank(sought: &str, shown: &str, value: &str) -> Option<u8> {
    let (shown, value) = (shown.to_lowercase(), value.to_lowercase());
    let ranks = [value == sought, value.starts_with(sought), value.contains(sought), shown.contains(sought)];
    ranks.into_iter().zip(0..).find_map(|(fits, rank)| fits.then_some(rank))
}

fn named(names: Vec<&str>) -> Vec<(String, String)> {
    names.into_iter().map(|name| (name.to_owned(), name.to_owned())).collect()
}

fn branch(spec: &Spec) -> poise::Command<Arc<Desk>, Never> {
    let parameter = |argument: &Argument| CommandParameter {
        name: argument.word().into(),
        name_localizations: Vec::new().into(),
        description: None,
        description_localizations: Vec::new().into(),
        required: is_required(argument),
        channel_types: None,
        choices: Vec::new().into(),
        type_setter: Some(|option| option),
        autocomplete_callback: Some(on_typing),
        __non_exhaustive: (),
    };
    poise::Command {
        name: spec.name.into(),
        qualified_name: spec.name.into(),
        slash_action: Some(on_command),
        parameters: spec.arguments.iter().map(parameter).collect(),
        ..poise::Command::default()
    }
}

fn on_command(
    context: ApplicationContext<'_, Arc<Desk>, Never>,
) -> BoxFuture<'_, Result<(), poise::FrameworkError<'_, Arc<Desk>, Never>>> {
    Box::pin(async move {
        let desk = context.framework.user_data;
        desk.tasks.track(Box::pin(desk.command(context.interaction, desk.arrival(context.interaction.id)))).await;
        Ok(())
    })
}

fn on_typing<'a>(
    context: ApplicationContext<'a, Arc<Desk>, Never>,
    _: &'a str,
) -> BoxFuture<'a, CreateAutocompleteResponse> {
    Box::pin(async move { context.framework.user_data.complete(context.interaction).await })
}

/// What stands in the options of a command.
///
/// # Errors
/// It is no length of time where one belongs.
pub(super) fn given(data: &CommandData) -> Result<Given, No> {
    let mut given = Given::default();
    for option in data.options() {
        let text = match &option.value {
            ResolvedValue::String(text) | ResolvedValue::Autocomplete { value: text, .. } => text.trim().to_owned(),
            ResolvedValue::Boolean(yes) => {
                given.say(option.name, *yes);
                continue;
            }
            _ => continue,
        };
        form::put(&mut given, option.name, &text)?;
    }
    Ok(given)
}

/// Whether Discord shall insist on it. A reason that is missing is asked for in a form.
fn is_required(argument: &Argument) -> bool {
    argument.required && argument.kind != Kind::Reason
}

fn unknown(name: &str) -> No {
    let near = command::nearest(name);
    No::new("unknown_command")
        .with("typed", name)
        .with("near", if near.is_some() { "yes" } else { "no" })
        .with("nearest", near.unwrap_or("help"))
}

/// What a command is called in a language.
fn called(words: &Words, spec: &Spec) -> String {
    words.get(&format!("command-{}-name", spec.name))
}

/// Names and descriptions in both languages.
struct Speech {
    en: Words,
    ja: Words,
}

impl Speech {
    fn command(&self, spec: &Spec, names: &Names) -> CreateCommand {
        let key = format!("command-{}", spec.name);
        let mut command = CreateCommand::new(spec.name)
            .name_localized(LOCALE, called(&self.ja, spec))
            .description(harmless(&self.en.get(&key), DESCRIPTION))
            .description_localized(LOCALE, harmless(&self.ja.get(&key), DESCRIPTION));
        // Discord wants what is required first.
        let (required, optional): (Vec<&Argument>, Vec<&Argument>) =
            spec.arguments.iter().partition(|argument| is_required(argument));
        for argument in required.into_iter().chain(optional) {
            // With one app, the app is never asked for.
            if argument.kind == Kind::App && names.apps.len() < 2 {
                continue;
            }
            command = command.add_option(self.option(spec, *argument, names));
        }
        command
    }

    fn option(&self, spec: &Spec, argument: Argument, names: &Names) -> CreateCommandOption {
        // What is registered is new, so there is nothing to choose from.
        let is_new = spec.name == "release" && argument.kind == Kind::Version;
        let name = format!("field-{}", argument.word());
        let about = if is_new { "field-version-new-about".to_owned() } else { format!("{name}-about") };
        let kind = if matches!(argument.kind, Kind::Again | Kind::Next) {
            CommandOptionType::Boolean
        } else {
            CommandOptionType::String
        };
        let option = CreateCommandOption::new(kind, argument.word(), harmless(&self.en.get(&about), DESCRIPTION))
            .name_localized(LOCALE, self.ja.get(&name))
            .description_localized(LOCALE, harmless(&self.ja.get(&about), DESCRIPTION))
            .required(is_required(&argument));
        match argument.kind {
            Kind::Environment => choices(option, &names.environments(None)),
            Kind::App => choices(option, &names.apps.iter().map(|app| app.name.as_str()).collect::<Vec<_>>()),
            Kind::Command => TABLE.iter().fold(option, |option, spec| self.command_choice(option, spec)),
            Kind::Version if is_new => option.max_length(NAME),
            Kind::Version | Kind::Gate => option.set_autocomplete(true).max_length(NAME),
            Kind::Image | Kind::Reason => option.max_length(TEXT),
            Kind::Lasting => option.max_length(NAME),
            // With the whole app there is one more.
            Kind::Place if names.environments(None).len() >= CHOICES => option.set_autocomplete(true),
            Kind::Place => {
                let whole = [(LOCALE, self.ja.get("field-all"))];
                let option = choices(option, &names.environments(None));
                option.add_string_choice_localized(self.en.get("field-all"), ALL, whole)
            }
            Kind::Again | Kind::Next => option,
        }
    }

    /// By what its name is in the person's client, and where that is another one, by what our own words call it too.
    fn command_choice(&self, option: CreateCommandOption, spec: &Spec) -> CreateCommandOption {
        let label = |words: &Words| {
            let name = called(words, spec);
            let also = if name == spec.name { String::new() } else { format!(" · /{}", spec.name) };
            harmless(&format!("/{name}{also} · {}", words.get(&format!("command-{}", spec.name))), CHOICE)
        };
        option.add_string_choice_localized(label(&self.en), spec.name, [(LOCALE, label(&self.ja))])
    }
}

/// Choices instead of free text; with more than Discord takes, what is typed is completed.
fn choices(option: CreateCommandOption, names: &[&str]) -> CreateCommandOption {
    if names.len() > CHOICES {
        return option.set_autocomplete(true);
    }
    names.iter().fold(option, |option, name| option.add_string_choice(*name, *name))
}
