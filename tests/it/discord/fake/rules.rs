//! Bad requests, each refused and remembered: what the description catches, what twilight catches, what neither does.
//!
//! To add one: a line in the table of who catches it, with words that only that rule says.

use serde_json::{Value, json};

use super::bots::{Rest, deploy, fake};
use crate::world::discord::{BOT, DEPLOYMENTS, FakeDiscord, GUILD, Kind};
use crate::world::specs::Spec;

/// What is bad about it, where it is sent, what is sent, what the complaint says.
type Bad = (&'static str, To, Value, &'static str);

/// Where a body is sent.
#[derive(Clone, Copy, Debug)]
enum To {
    Channel,
    Commands,
    /// A first answer to a command, a completion or a click.
    Command,
    Completion,
    Click,
    Thread,
}

/// A stand-in with a message that has a button.
struct Stage {
    fake: FakeDiscord,
    rest: Rest,
    message: u64,
}

impl Stage {
    async fn new() -> Self {
        let (fake, _) = fake().await;
        let rest = Rest::of(&fake);
        let stage = Self { fake, rest, message: 0 };
        assert_eq!(stage.sends(To::Commands, &json!([deploy()])).await.0, 200);
        let (_, sent) = stage.sends(To::Channel, &message()).await;
        assert_eq!(stage.fake.violations(), [""; 0]);
        Self { message: sent["id"].as_str().unwrap().parse().unwrap(), ..stage }
    }

    async fn sends(&self, to: To, body: &Value) -> (u16, Value) {
        let ada = self.fake.person("ada");
        let asked = match to {
            To::Channel => return self.rest.posts(&format!("/channels/{DEPLOYMENTS}/messages"), body).await,
            To::Thread => {
                let path = format!("/channels/{DEPLOYMENTS}/messages/{}/threads", self.message);
                return self.rest.posts(&path, body).await;
            }
            To::Commands => {
                let path = format!("/applications/{BOT}/guilds/{GUILD}/commands");
                return self.rest.asks("PUT", &path, Some(body)).await;
            }
            To::Command => ada.types("/deploy environment:staging"),
            To::Completion => ada.completes("/deploy version:v", "version"),
            To::Click => ada.clicks(self.message, "Approve"),
        };
        self.rest.posts(&format!("/interactions/{}/{}/callback", asked.id(), asked.token()), body).await
    }

    /// Each is refused as an invalid form, and the complaint is the one that is meant.
    async fn catches(&self, bad: Vec<Bad>) {
        for (what, to, body, words) in bad {
            let before = self.fake.violations().len();
            let (status, said) = self.sends(to, &body).await;
            let new = self.fake.violations().split_off(before);
            assert!(status == 400 && matches!(said["code"].as_u64(), Some(50_035 | 50_006)), "{what}: {status} {said}");
            assert!(new.iter().any(|violation| violation.contains(words)), "{what}: {new:#?}");
            assert!(!new.iter().any(|violation| violation.contains("the fake is wrong")), "{what}: {new:#?}");
        }
    }
}

fn button(label: &str, custom_id: &str) -> Value {
    json!({"type": 2, "style": 1, "label": label, "custom_id": custom_id})
}

fn row(parts: impl IntoIterator<Item = Value>) -> Value {
    json!({"type": 1, "components": parts.into_iter().collect::<Vec<_>>()})
}

fn buttons(count: usize) -> Value {
    row((0..count).map(|number| button("x", &number.to_string())))
}

/// Good as it is.
fn message() -> Value {
    let embed = json!({"title": "v2 → staging", "description": "Under way", "color": 5_793_266, "fields": [
        {"name": "Gate", "value": "waits", "inline": true}], "footer": {"text": "0123abcd"}});
    json!({"content": "<@100000000000000000020>", "embeds": [embed], "components": [row([button("Approve", "a")])],
        "allowed_mentions": {"parse": [], "users": ["100000000000000020"]}})
}

fn with(key: &str, value: Value) -> Value {
    let mut message = message();
    message[key] = value;
    message
}

fn select(options: usize) -> Value {
    let options: Vec<Value> = (0..options).map(|n| json!({"label": n.to_string(), "value": n.to_string()})).collect();
    row([json!({"type": 3, "custom_id": "s", "options": options})])
}

fn command(change: impl FnOnce(&mut Value)) -> Value {
    let mut command = deploy();
    change(&mut command);
    json!([command])
}

fn modal(title: &str, components: &Value) -> Value {
    json!({"type": 9, "data": {"custom_id": "m", "title": title, "components": components}})
}

fn input(custom_id: &str) -> Value {
    row([json!({"type": 4, "custom_id": custom_id, "style": 2, "label": "Reason"})])
}

fn long(length: usize) -> String {
    "x".repeat(length)
}

#[tokio::test]
async fn good_requests_are_not_complained_of() {
    let stage = Stage::new().await;
    let good = [
        (To::Channel, with("content", json!(long(2_000)))),
        (To::Channel, json!({"flags": 32_768, "components": [{"type": 10, "content": "text"}, buttons(5)]})),
        (To::Channel, with("tts", json!(false))),
        (To::Channel, with("padding", Value::Null)),
        (To::Commands, command(|one| one["default_member_permissions"] = json!("2048"))),
        (To::Commands, json!([deploy()])),
        (To::Command, json!({"type": 5, "data": {"flags": 64}})),
        (To::Command, modal("Why?", &json!([input("reason")]))),
        (To::Completion, json!({"type": 8, "data": {"choices": [{"name": "v2", "value": "v2"}]}})),
        (To::Click, json!({"type": 6})),
        (To::Click, json!({"type": 7, "data": {"content": "Approved", "components": []}})),
        (To::Thread, json!({"name": long(100), "auto_archive_duration": 60})),
    ];
    for (to, body) in good {
        let (status, said) = stage.sends(to, &body).await;
        assert!(status < 300, "{body} → {said}");
    }
    assert_eq!(stage.fake.violations(), [""; 0]);
}

#[tokio::test]
async fn what_the_description_says_is_held() {
    if Spec::discord().is_none() {
        return;
    }
    let stage = Stage::new().await;
    let choices: Vec<Value> = (0..26).map(|n| json!({"name": n.to_string(), "value": n.to_string()})).collect();
    let options: Vec<Value> =
        (0..26).map(|n| json!({"type": 3, "name": format!("o{n}"), "description": "x"})).collect();
    let bad: Vec<Bad> = vec![
        ("a custom id of 101", To::Channel, with("components", json!([row([button("x", &long(101))])])), "components"),
        ("a label of 81", To::Channel, with("components", json!([row([button(&long(81), "x")])])), "components"),
        ("6 buttons", To::Channel, with("components", json!([buttons(6)])), "request/components/0"),
        ("26 options of a select", To::Channel, with("components", json!([select(26)])), "request/components/0"),
        ("11 embeds", To::Channel, with("embeds", json!(vec![json!({"title": "x"}); 11])), "has more than 10"),
        ("a description of 4097", To::Channel, with("embeds", json!([{"description": long(4_097)}])), "4096"),
        ("a misspelt key", To::Channel, with("contnet", json!("x")), "contnet"),
        ("a misspelt key of an embed", To::Channel, with("embeds", json!([{"titel": "x"}])), "titel"),
        ("a flag that is a text", To::Channel, with("flags", json!("64")), "request/flags"),
        (
            "26 choices of an option",
            To::Commands,
            command(|c| c["options"][0]["choices"] = json!(choices)),
            "request/0",
        ),
        ("26 options", To::Commands, command(|c| c["options"] = json!(options)), "has more than 25"),
        ("a command's description of 101", To::Commands, command(|c| c["description"] = json!(long(101))), "100"),
        ("26 completions", To::Completion, json!({"type": 8, "data": {"choices": choices}}), "request"),
        ("a reply of 2001", To::Command, json!({"type": 4, "data": {"content": long(2_001)}}), "request"),
        ("a modal's title of 46", To::Command, modal(&long(46), &json!([input("r")])), "request"),
        ("a button in a modal", To::Command, modal("x", &json!([row([button("x", "y")])])), "request"),
        ("a thread's name of 101", To::Thread, json!({"name": long(101)}), "request/name"),
        ("an odd archive time", To::Thread, json!({"name": "x", "auto_archive_duration": 61}), "auto_archive"),
    ];
    stage.catches(bad).await;
}

#[tokio::test]
async fn what_twilight_knows_is_held() {
    let stage = Stage::new().await;
    let rows: Vec<Value> = (0..6).map(|n| row([button("x", &n.to_string())])).collect();
    let texts = json!({"type": 17, "components": vec![json!({"type": 10, "content": "x"}); 40]});
    let embeds = vec![json!({"description": long(3_001)}); 2];
    let twice = json!({"type": 5, "name": "again", "description": "x"});
    let needed = json!({"type": 5, "name": "sure", "description": "x", "required": true});
    let push = |one: Value| command(|c| c["options"].as_array_mut().unwrap().push(one));
    let below = json!({"type": 1, "name": "sub", "description": "x", "options": [twice, needed]});
    let bad: Vec<Bad> = vec![
        ("6 rows", To::Channel, with("components", json!(rows)), "components"),
        (
            "V2 without its flag",
            To::Channel,
            json!({"content": "x", "components": [{"type": 10, "content": "x"}]}),
            "components",
        ),
        ("41 nested components", To::Channel, json!({"flags": 32_768, "components": [texts]}), "components"),
        ("a content of 2001", To::Channel, with("content", json!(long(2_001))), "content"),
        ("6002 characters of embeds", To::Channel, with("embeds", json!(embeds)), "embeds: "),
        ("an upper-case command", To::Commands, command(|c| c["name"] = json!("Deploy")), "0: "),
        ("a command with a space", To::Commands, command(|c| c["name"] = json!("de ploy")), "0: "),
        ("the same in Japanese", To::Commands, command(|c| c["name_localizations"] = json!({"ja": "環境 へ"})), "0: "),
        ("a required option after others", To::Commands, push(needed.clone()), "0.options"),
        (
            "the same below a subcommand",
            To::Commands,
            command(|c| c["options"] = json!([below])),
            "required after optional",
        ),
        ("an option twice", To::Commands, push(twice.clone()), "0.options"),
        (
            "an upper-case option",
            To::Commands,
            command(|c| c["options"][2]["name"] = json!("Again")),
            "0.options.2.name",
        ),
    ];
    stage.catches(bad).await;
}

#[tokio::test]
async fn what_neither_knows_is_held() {
    let stage = Stage::new().await;
    let wide: Vec<Value> = (0..25)
        .map(|n| {
            let choices: Vec<Value> =
                (0..4).map(|c| json!({"name": format!("{n}-{c}-{}", long(60)), "value": c.to_string()})).collect();
            json!({"type": 3, "name": format!("o{n}"), "description": long(100), "choices": choices})
        })
        .collect();
    let same = json!([row([button("x", "same"), button("y", "same")])]);
    let v2 = |key: &str, value: Value| {
        let mut body = json!({"flags": 32_768, "components": [{"type": 10, "content": "x"}]});
        body[key] = value;
        body
    };
    let mut greedy = select(2);
    greedy["components"][0]["max_values"] = json!(3);
    let both = json!({"parse": ["users"], "users": ["100000000000000020"]});
    let named = |name: &str| {
        let mut command = deploy();
        (command["name"], command["name_localizations"]) = (json!(name), json!({"ja": "出す"}));
        command
    };
    let local = |locale: &str| command(|c| c["name_localizations"] = json!({locale: "x"}));
    let bad: Vec<Bad> = vec![
        ("a custom id twice", To::Channel, with("components", same), "`same` is there twice"),
        ("V2 with content", To::Channel, v2("content", json!("x")), "content: not with the flag"),
        ("V2 with embeds", To::Channel, v2("embeds", json!([{"title": "x"}])), "embeds: not with the flag"),
        ("nothing", To::Channel, json!({"tts": false}), "an empty message"),
        ("blanks", To::Channel, json!({"content": "  "}), "an empty message"),
        ("an empty reply", To::Command, json!({"type": 4, "data": {"flags": 64}}), "an empty message"),
        ("an embed of nothing", To::Channel, with("embeds", json!([{"color": 1}])), "an embed that says nothing"),
        ("an unknown language", To::Commands, local("jp"), "`jp` is no locale"),
        ("a language without its country", To::Commands, local("en"), "`en` is no locale"),
        (
            "choices and completion",
            To::Commands,
            command(|c| c["options"][0]["autocomplete"] = json!(true)),
            "choices and",
        ),
        ("8000 characters", To::Commands, command(|c| c["options"] = json!(wide)), "0: "),
        ("a command twice", To::Commands, json!([deploy(), deploy()]), "`deploy` twice"),
        (
            "a name twice in one language",
            To::Commands,
            json!([named("deploy"), named("release")]),
            "`出す` twice in ja",
        ),
        ("a name that is another's", To::Commands, json!([named("deploy"), named("出す")]), "`出す` twice in ja"),
        ("flags on a deferral", To::Command, json!({"type": 5, "data": {"flags": 4_096}}), "4096 on a deferral"),
        ("text on a deferral", To::Command, json!({"type": 5, "data": {"content": "x"}}), "content on a deferral"),
        ("an update of a command", To::Command, json!({"type": 7, "data": {"content": "x"}}), "may not be answered"),
        ("a message for a completion", To::Completion, json!({"type": 4, "data": {"content": "x"}}), "may not be"),
        ("choices for a click", To::Click, json!({"type": 8, "data": {"choices": []}}), "may not be answered"),
        ("all users and a list", To::Channel, with("allowed_mentions", both), "users: all, and a list"),
        ("a private message in a channel", To::Channel, with("flags", json!(64)), "cannot be set here"),
        ("two inputs of one name", To::Command, modal("x", &json!([input("r"), input("r")])), "`r` is there twice"),
        (
            "a button that says nothing",
            To::Channel,
            with("components", json!([row([json!({"type": 2, "style": 1, "custom_id": "x"})])])),
            "says nothing",
        ),
        ("a link elsewhere", To::Channel, with("embeds", json!([{"title": "x", "url": "ftp://x"}])), "http or https"),
        ("more to select than there is", To::Channel, with("components", json!([greedy])), "fewer options"),
        ("6 inputs", To::Command, modal("x", &(0..6).map(|n| input(&n.to_string())).collect()), "1 to 5 components"),
    ];
    stage.catches(bad).await;
    // A modal may not follow a modal.
    let asked = stage.fake.person("ada").types("/deploy environment:staging");
    let path =
        |asked: &crate::world::discord::Asked| format!("/interactions/{}/{}/callback", asked.id(), asked.token());
    let form = modal("Why?", &json!([input("reason")]));
    assert_eq!(stage.rest.posts(&path(&asked), &form).await.0, 204);
    assert_eq!(asked.answer().unwrap().kind, Kind::Modal);
    let submitted = stage.fake.person("ada").submit(&asked, &[("Reason", "because")]);
    assert_eq!(stage.rest.posts(&path(&submitted), &form).await.0, 400);
}

#[tokio::test]
async fn complaints_name_the_place_as_discord_does() {
    let stage = Stage::new().await;
    let (_, said) = stage.sends(To::Channel, &with("content", json!(long(2_001)))).await;
    assert_eq!(said["errors"]["content"]["_errors"][0]["code"], "BASE_TYPE_MAX_LENGTH");
    assert_eq!(said["message"], "Invalid Form Body");
}
