//! `shipgate check` on Discord: what is wrong, and what to click to mend it.

use insta::assert_snapshot;
use serde_json::json;
use shipgate::chat::discord::Discord;
use shipgate::chat::{Chat as _, Finding};
use shipgate::clock::SystemClock;
use shipgate::config::{self, DiscordAccess};
use shipgate::metrics::Metrics;
use shipgate::words::Words;

use crate::world::discord::{BOT, DEPLOYMENTS, FakeDiscord, Fault, INCIDENTS, RELEASERS};

const CONFIG: &str = r#"
[discord]
guild = "100000000000000001"
mode = "{mode}"

[discord.channels]
deployments = "100000000000000002"
incidents   = "100000000000000003"

[groups]
releasers = ["discord:role:100000000000000010"{more}]

[[apps]]
name = "hello"

[[apps.environments]]
name   = "staging"
target = { kind = "fly", app = "hello-staging" }
"#;

/// A Discord that is asked whether it can be worked with.
struct Check {
    fake: FakeDiscord,
    config: String,
    token: String,
    key: String,
}

impl Check {
    async fn new() -> Self {
        let fake = FakeDiscord::start(SystemClock::real()).await;
        let (token, key) = (fake.token().to_owned(), fake.public_key_hex());
        Self { fake, config: CONFIG.replace("{mode}", "gateway").replace("{more}", ""), token, key }
    }

    /// What it says, in a language.
    async fn says(&self, locale: &str) -> String {
        let config = config::read(&self.config, "shipgate.toml").expect("a config");
        let access = DiscordAccess {
            token: Some(self.token.clone().into()),
            public_key: Some(self.key.clone()),
            api_url: Some(self.fake.url()),
        };
        let section = config.discord.clone().expect("a section");
        let discord = Discord::new(section, locale, &access, SystemClock::real(), Metrics::default()).expect("a chat");
        let words = Words::new(locale);
        let line = |finding: Finding| match finding.next {
            None => format!("✓ {}", words.note(&finding.note)),
            Some(next) => format!("✗ {}\n  {}", words.note(&finding.note), words.note(&next)),
        };
        let said: Vec<String> = discord.check(&config.people).await.into_iter().map(line).collect();
        assert_eq!(self.fake.violations(), [""; 0]);
        said.join("\n")
    }
}

#[tokio::test]
async fn all_is_well() {
    let check = Check::new().await;
    assert_snapshot!(check.says("en").await, @r"
    ✓ Discord knows the token: application “Shipgate”
    ✓ Discord: interactions come over the gateway; no privileged intent is needed
    ✓ Discord: the bot is on the server “Harbour”
    ✓ Discord: channel #deployments (deployments)
    ✓ Discord: channel #incidents (incidents)
    ");
    assert_snapshot!(check.says("ja").await, @r"
    ✓ Discord のトークンは有効です：アプリケーション「Shipgate」
    ✓ Discord：コマンドやボタンはゲートウェイ経由で届きます（特権インテントは不要）
    ✓ Discord：ボットはサーバー「Harbour」に参加しています
    ✓ Discord：チャンネル #deployments（deployments）
    ✓ Discord：チャンネル #incidents（incidents）
    ");
    assert!(check.fake.requests().iter().all(|one| one.method == "GET"), "a check changes nothing");
}

#[tokio::test]
async fn a_token_that_is_refused() {
    let mut check = Check::new().await;
    check.token = "MTIz.abc.wrong".to_owned();
    assert_snapshot!(check.says("en").await, @r"
    ✗ Discord refuses DISCORD_TOKEN
      On https://discord.com/developers/applications open your application, page “Bot”, “Reset Token”, and put the new one into DISCORD_TOKEN.
    ");
}

#[tokio::test]
async fn a_discord_that_does_not_work() {
    let check = Check::new().await;
    check.fake.always_fails("GET", "", Fault::status(503));
    assert_snapshot!(check.says("en").await, @r"
    ✗ Discord answers 503
      Try again. If it stays so, look at https://discordstatus.com and at this machine's network.
    ");
}

#[tokio::test]
async fn a_guild_channels_and_roles_that_are_not_there() {
    let mut check = Check::new().await;
    check.config = check.config.replace("\"100000000000000001\"", "\"100000000000000999\"");
    assert_snapshot!(check.says("en").await, @r"
    ✓ Discord knows the token: application “Shipgate”
    ✓ Discord: interactions come over the gateway; no privileged intent is needed
    ✗ the bot is not on the server 100000000000000999
      If the id is right, invite it: https://discord.com/oauth2/authorize?client_id=100000000000000090&scope=bot+applications.commands&permissions=326417599488
    ");
    check.config = CONFIG.replace("{mode}", "gateway").replace("{more}", ", \"discord:role:100000000000000998\"");
    check.config = check.config.replace("\"100000000000000003\"", "\"100000000000000997\"");
    assert_snapshot!(check.says("en").await, @r"
    ✓ Discord knows the token: application “Shipgate”
    ✓ Discord: interactions come over the gateway; no privileged intent is needed
    ✓ Discord: the bot is on the server “Harbour”
    ✓ Discord: channel #deployments (deployments)
    ✗ the server has no channel 100000000000000997 (channels.incidents), or the bot cannot see it
      Right-click the channel, “Copy Channel ID”. If it is private: “Edit Channel”, “Permissions”, “Add members or roles”, and add the bot.
    ✗ the server has no role 100000000000000998, which the config's groups name
      “Server Settings”, “Roles”, right-click the role, “Copy Role ID”.
    ");
}

#[tokio::test]
async fn permissions_that_are_missing() {
    let check = Check::new().await;
    check.fake.denies(DEPLOYMENTS, "CREATE_PUBLIC_THREADS");
    check.fake.denies(DEPLOYMENTS, "EMBED_LINKS");
    check.fake.denies(INCIDENTS, "SEND_MESSAGES");
    assert_snapshot!(check.says("en").await, @r"
    ✓ Discord knows the token: application “Shipgate”
    ✓ Discord: interactions come over the gateway; no privileged intent is needed
    ✓ Discord: the bot is on the server “Harbour”
    ✗ in #deployments (deployments) the bot lacks: Embed Links, Create Public Threads
      Right-click #deployments, “Edit Channel”, “Permissions”, choose the bot or its role, and allow: Embed Links, Create Public Threads.
    ✗ in #incidents (incidents) the bot lacks: Send Messages
      Right-click #incidents, “Edit Channel”, “Permissions”, choose the bot or its role, and allow: Send Messages.
    ");
    assert_snapshot!(check.says("ja").await, @r"
    ✓ Discord のトークンは有効です：アプリケーション「Shipgate」
    ✓ Discord：コマンドやボタンはゲートウェイ経由で届きます（特権インテントは不要）
    ✓ Discord：ボットはサーバー「Harbour」に参加しています
    ✗ #deployments（deployments）でボットに足りない権限：Embed Links, Create Public Threads
      #deployments を右クリックして「チャンネルの編集」→「権限」を開き、ボットまたはそのロールに許可してください：Embed Links, Create Public Threads
    ✗ #incidents（incidents）でボットに足りない権限：Send Messages
      #incidents を右クリックして「チャンネルの編集」→「権限」を開き、ボットまたはそのロールに許可してください：Send Messages
    ");
}

#[tokio::test]
async fn a_mode_that_the_application_is_not_set_to() {
    let mut check = Check::new().await;
    let application = |body: serde_json::Value| Fault::Status { code: 200, body: Some(body), retry_after: None };
    let mut body = check.application().await;
    body["interactions_endpoint_url"] = json!("https://elsewhere.example/interactions");
    check.fake.always_fails("GET", "/oauth2/applications/@me", application(body.clone()));
    assert_snapshot!(check.says("en").await, @r#"
    ✓ Discord knows the token: application “Shipgate”
    ✗ Discord sends interactions to https://elsewhere.example/interactions, and the config says mode = "gateway": no command and no click would reach it
      On the application's page “General Information”, empty “Interactions Endpoint URL” and save; or set mode = "http".
    ✓ Discord: the bot is on the server “Harbour”
    ✓ Discord: channel #deployments (deployments)
    ✓ Discord: channel #incidents (incidents)
    "#);
    check.config = CONFIG.replace("{mode}", "http").replace("{more}", "");
    assert_snapshot!(check.says("en").await, @r"
    ✓ Discord knows the token: application “Shipgate”
    ✗ Discord sends interactions to https://elsewhere.example/interactions, where Shipgate does not listen
      On the application's page “General Information”, let “Interactions Endpoint URL” end with /discord/interactions.
    ✓ Discord: the bot is on the server “Harbour”
    ✓ Discord: channel #deployments (deployments)
    ✓ Discord: channel #incidents (incidents)
    ");
    check.key = "00".repeat(32);
    check.fake.works_again();
    assert_snapshot!(check.says("en").await, @r"
    ✓ Discord knows the token: application “Shipgate”
    ✗ DISCORD_PUBLIC_KEY is not the application's key: every request would be refused
      Copy “Public Key” from the application's page “General Information”.
    ✓ Discord: the bot is on the server “Harbour”
    ✓ Discord: channel #deployments (deployments)
    ✓ Discord: channel #incidents (incidents)
    ");
    check.key = check.fake.public_key_hex();
    body["interactions_endpoint_url"] = serde_json::Value::Null;
    body["verify_key"] = json!(check.key);
    check.fake.always_fails("GET", "/oauth2/applications/@me", application(body));
    assert_snapshot!(check.says("en").await, @r#"
    ✓ Discord knows the token: application “Shipgate”
    ✗ the config says mode = "http", and the application has no interactions endpoint: no command and no click would reach it
      Start `shipgate run` where Discord can reach it, then enter https://YOUR-ADDRESS/discord/interactions as “Interactions Endpoint URL” on the page “General Information”.
    ✓ Discord: the bot is on the server “Harbour”
    ✓ Discord: channel #deployments (deployments)
    ✓ Discord: channel #incidents (incidents)
    "#);
}

#[tokio::test]
async fn an_application_that_is_set_to_the_endpoint() {
    let mut check = Check::new().await;
    let mut body = check.application().await;
    body["interactions_endpoint_url"] = json!("https://shipgate.example/discord/interactions");
    body["verify_key"] = json!(check.key);
    let told = Fault::Status { code: 200, body: Some(body), retry_after: None };
    check.fake.always_fails("GET", "/oauth2/applications/@me", told);
    check.config = CONFIG.replace("{mode}", "http").replace("{more}", "");
    assert_snapshot!(check.says("en").await, @"
    ✓ Discord knows the token: application “Shipgate”
    ✓ Discord: interactions come to https://shipgate.example/discord/interactions
    ✓ Discord: the bot is on the server “Harbour”
    ✓ Discord: channel #deployments (deployments)
    ✓ Discord: channel #incidents (incidents)
    ");
}

#[tokio::test]
async fn what_calls_nobody_and_what_cannot_be_typed_or_connected() {
    let check = Check::new().await;
    check.fake.mutes(RELEASERS);
    check.fake.always_fails("GET", "/commands", Fault::refuses(50_001));
    let few = json!({
        "url": "ws://127.0.0.1:9/", "shards": 1,
        "session_start_limit": {"total": 1_000, "remaining": 7, "reset_after": 3_600_000, "max_concurrency": 1},
    });
    check.fake.always_fails("GET", "/gateway/bot", Fault::Status { code: 200, body: Some(few), retry_after: None });
    assert_snapshot!(check.says("en").await, @"
    ✓ Discord knows the token: application “Shipgate”
    ✓ Discord: interactions come over the gateway; no privileged intent is needed
    ✓ Discord: the bot is on the server “Harbour”
    ✗ the bot may not have commands on this server
      Invite it once more; that keeps everything as it is: https://discord.com/oauth2/authorize?client_id=100000000000000090&scope=bot+applications.commands&permissions=326417599488
    ✓ Discord: channel #deployments (deployments)
    ✓ Discord: channel #incidents (incidents)
    ✗ nobody is called when the role @releasers is mentioned
      “Server Settings”, “Roles”, “releasers”: turn on “Allow anyone to @mention this role”.
    ✗ the bot may connect only 7 times more today
      Something starts it again and again: look at the logs. When it is used up, Discord resets the token.
    ");
    assert_snapshot!(check.says("ja").await, @"
    ✓ Discord のトークンは有効です：アプリケーション「Shipgate」
    ✓ Discord：コマンドやボタンはゲートウェイ経由で届きます（特権インテントは不要）
    ✓ Discord：ボットはサーバー「Harbour」に参加しています
    ✗ このサーバーでコマンドを登録する許可がありません
      もう一度招待してください。今の設定はそのまま残ります：https://discord.com/oauth2/authorize?client_id=100000000000000090&scope=bot+applications.commands&permissions=326417599488
    ✓ Discord：チャンネル #deployments（deployments）
    ✓ Discord：チャンネル #incidents（incidents）
    ✗ ロール @releasers をメンションしても、誰にも通知されません
      「サーバー設定」→「ロール」→「releasers」で「このロールに対して @mention を許可する」を有効にしてください。
    ✗ ボットが今日接続できるのは、あと 7 回です
      再起動を繰り返しています。ログを確認してください。使い切ると、Discord がトークンを無効にします。
    ");
}

/// Who follows the README invites the bot with just what a check wants of it.
#[tokio::test]
async fn the_invitation_of_the_readme_is_that_of_the_check() {
    let mut check = Check::new().await;
    check.config = check.config.replace("\"100000000000000001\"", "\"100000000000000999\"");
    let said = check.says("en").await;
    let link = said.split_whitespace().find(|word| word.starts_with("https://discord.com/oauth2/")).expect("a link");
    let link = link.replace(&BOT.to_string(), "APPLICATION_ID");
    let readme = include_str!("../../../README.md");
    assert!(readme.contains(&format!("`{link}`")), "not in the README: {link}");
}

impl Check {
    /// The application as the stand-in describes it.
    async fn application(&self) -> serde_json::Value {
        let url = format!("{}/api/v10/oauth2/applications/@me", self.fake.url());
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
        let answer = client.get(url).header("authorization", format!("Bot {}", self.token)).send().await;
        answer.expect("an answer").json().await.expect("json")
    }
}
