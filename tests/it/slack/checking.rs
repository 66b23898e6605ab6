//! `shipgate check` on Slack: what is wrong, and what to click to mend it.

use insta::assert_snapshot;
use shipgate::chat::slack::Slack;
use shipgate::chat::{Chat as _, Finding};
use shipgate::clock::SystemClock;
use shipgate::config::{self, SlackAccess};
use shipgate::metrics::Metrics;
use shipgate::words::Words;

use crate::world::slack::{DEPLOYMENTS, FakeSlack, Fault, INCIDENTS};

const CONFIG: &str = r#"
[slack]
mode = "{mode}"

[slack.channels]
deployments = "C0DEPLOY"
incidents   = "C0INCIDENT"

[groups]
releasers = ["slack:group:S0REL"{more}]

[[apps]]
name = "hello"

[[apps.environments]]
name   = "staging"
target = { kind = "fly", app = "hello-staging" }
"#;

/// A Slack that is asked whether it can be worked with.
struct Check {
    fake: FakeSlack,
    config: String,
    bot_token: String,
    app_token: String,
}

impl Check {
    async fn new() -> Self {
        let fake = FakeSlack::start(SystemClock::real()).await;
        let (bot_token, app_token) = (fake.bot_token().to_owned(), fake.app_token().to_owned());
        Self { fake, config: CONFIG.replace("{mode}", "socket").replace("{more}", ""), bot_token, app_token }
    }

    /// What it says, in a language.
    async fn says(&self, locale: &str) -> String {
        let config = config::read(&self.config, "shipgate.toml").expect("a config");
        let access = SlackAccess {
            bot_token: Some(self.bot_token.clone().into()),
            app_token: Some(self.app_token.clone().into()),
            signing_secret: Some(self.fake.signing_secret().into()),
            api_url: format!("{}/api", self.fake.url()),
        };
        let section = config.slack.clone().expect("a section");
        let slack = Slack::new(section, locale, &access, SystemClock::real(), Metrics::default()).expect("a chat");
        let words = Words::new(locale);
        let line = |finding: Finding| match finding.next {
            None => format!("✓ {}", words.note(&finding.note)),
            Some(next) => format!("✗ {}\n  {}", words.note(&finding.note), words.note(&next)),
        };
        let said: Vec<String> = slack.check(&config.people).await.into_iter().map(line).collect();
        assert_eq!(self.fake.violations(), [""; 0]);
        said.join("\n")
    }

    /// What is wrong alone.
    async fn complains(&self) -> String {
        let said = self.says("en").await;
        said.lines().filter(|line| !line.starts_with('✓')).collect::<Vec<_>>().join("\n")
    }
}

#[tokio::test]
async fn all_is_well() {
    let mut check = Check::new().await;
    assert_snapshot!(check.says("en").await, @"
    ✓ Slack knows the token: @shipgate in the workspace “Harbour”
    ✓ Slack: the bot has every scope that it needs
    ✓ Slack: commands and presses come over Socket Mode
    ✓ Slack: channel #deployments (deployments)
    ✓ Slack: channel #incidents (incidents)
    ");
    assert_snapshot!(check.says("ja").await, @"
    ✓ Slack のトークンは有効です：ワークスペース「Harbour」の @shipgate
    ✓ Slack：ボットに必要なスコープはすべてそろっています
    ✓ Slack：コマンドやボタンは Socket Mode 経由で届きます
    ✓ Slack：チャンネル #deployments（deployments）
    ✓ Slack：チャンネル #incidents（incidents）
    ");
    check.config = CONFIG.replace("{mode}", "http").replace("{more}", "");
    assert_snapshot!(check.says("en").await, @"
    ✓ Slack knows the token: @shipgate in the workspace “Harbour”
    ✓ Slack: the bot has every scope that it needs
    ✓ Slack: commands and presses come as signed requests below /slack; whether SLACK_SIGNING_SECRET is right, the first one tells
    ✓ Slack: channel #deployments (deployments)
    ✓ Slack: channel #incidents (incidents)
    ");
    let asked: Vec<String> = check.fake.calls().into_iter().map(|call| call.method).collect();
    let looks = ["auth.test", "apps.connections.open", "conversations.info", "usergroups.list"];
    assert!(asked.iter().all(|method| looks.contains(&method.as_str())), "a check changes nothing: {asked:?}");
    assert_eq!(check.fake.connections(), 0);
}

#[tokio::test]
async fn a_bot_token_that_is_refused_or_of_another_kind() {
    let mut check = Check::new().await;
    check.bot_token = "xoxb-another".to_owned();
    assert_snapshot!(check.says("en").await, @"
    ✗ Slack refuses SLACK_BOT_TOKEN (invalid_auth)
      On https://api.slack.com/apps open your app, page “OAuth & Permissions”, “Install to …” or “Reinstall to …”, and put the “Bot User OAuth Token” into SLACK_BOT_TOKEN.
    ");
    check.bot_token = check.app_token.clone();
    assert_snapshot!(check.says("en").await, @"
    ✗ SLACK_BOT_TOKEN is not the token of a bot
      On https://api.slack.com/apps open your app, page “OAuth & Permissions”, and copy the “Bot User OAuth Token” (xoxb-…).
    ");
    assert_snapshot!(check.says("ja").await, @"
    ✗ SLACK_BOT_TOKEN がボットのトークンではありません
      https://api.slack.com/apps でアプリの「OAuth & Permissions」ページを開き、「Bot User OAuth Token」（xoxb-…）をコピーしてください。
    ");
}

#[tokio::test]
async fn an_app_token_that_opens_no_connection() {
    let mut check = Check::new().await;
    check.app_token = "xapp-another".to_owned();
    assert_snapshot!(check.complains().await, @"
    ✗ Slack refuses SLACK_APP_TOKEN (invalid_auth): no command and no press would be heard
      On https://api.slack.com/apps open your app, page “Basic Information”, “App-Level Tokens”, “Generate Token and Scopes”, add connections:write, and put the token into SLACK_APP_TOKEN.
    ");
    check.app_token = check.bot_token.clone();
    assert_snapshot!(check.complains().await, @"
    ✗ SLACK_APP_TOKEN is not the token of an app: no command and no press would be heard
      On https://api.slack.com/apps open your app, page “Basic Information”, “App-Level Tokens”, and copy the token (xapp-…) that has connections:write.
    ");
    check.app_token = check.fake.app_token().to_owned();
    check.fake.fails(1, "apps.connections.open", Fault::Says("missing_scope"));
    assert_snapshot!(check.complains().await, @"
    ✗ SLACK_APP_TOKEN lacks the scope connections:write: no command and no press would be heard
      On https://api.slack.com/apps open your app, page “Basic Information”, “App-Level Tokens”, “Generate Token and Scopes”, add connections:write, and put the token into SLACK_APP_TOKEN.
    ");
    check.fake.fails(1, "apps.connections.open", Fault::Says("link_disabled"));
    assert_snapshot!(check.complains().await, @r#"
    ✗ Socket Mode is off for the app: no command and no press would be heard
      On https://api.slack.com/apps open your app, page “Socket Mode”, “Enable Socket Mode”; or set mode = "http".
    "#);
}

#[tokio::test]
async fn scopes_that_are_missing_are_told_once() {
    let mut check = Check::new().await;
    check.fake.lacks("channels:read");
    check.fake.lacks("usergroups:read");
    assert_snapshot!(check.says("en").await, @"
    ✓ Slack knows the token: @shipgate in the workspace “Harbour”
    ✗ on Slack the bot lacks the scopes: channels:read, usergroups:read
      On https://api.slack.com/apps open your app, page “OAuth & Permissions”, “Bot Token Scopes”, “Add an OAuth Scope”; then “Reinstall to …” at the top of the page.
    ✓ Slack: commands and presses come over Socket Mode
    ");
    assert_snapshot!(check.says("ja").await, @"
    ✓ Slack のトークンは有効です：ワークスペース「Harbour」の @shipgate
    ✗ Slack でボットに足りないスコープ：channels:read, usergroups:read
      https://api.slack.com/apps でアプリの「OAuth & Permissions」→「Bot Token Scopes」→「Add an OAuth Scope」で追加し、ページ上部の「Reinstall to …」を押してください。
    ✓ Slack：コマンドやボタンは Socket Mode 経由で届きます
    ");
    check.config = check.config.replace("slack:group:S0REL", "slack:user:U0ADA");
    assert_snapshot!(check.complains().await, @"
    ✗ on Slack the bot lacks the scopes: channels:read
      On https://api.slack.com/apps open your app, page “OAuth & Permissions”, “Bot Token Scopes”, “Add an OAuth Scope”; then “Reinstall to …” at the top of the page.
    ");
}

#[tokio::test]
async fn channels_and_groups_that_are_not_as_they_must_be() {
    let mut check = Check::new().await;
    check.fake.archives(DEPLOYMENTS, true);
    check.fake.throws_out(INCIDENTS);
    let more = "incidents = \"C0INCIDENT\"\nwarnings = \"C0NOWHERE\"";
    check.config = CONFIG.replace("{mode}", "socket").replace("{more}", ", \"slack:group:S0GONE\"");
    check.config = check.config.replace("incidents   = \"C0INCIDENT\"", more);
    assert_snapshot!(check.says("en").await, @"
    ✓ Slack knows the token: @shipgate in the workspace “Harbour”
    ✓ Slack: the bot has every scope that it needs
    ✓ Slack: commands and presses come over Socket Mode
    ✗ the channel #deployments (deployments) is archived
      Open #deployments, “Unarchive channel”, and type there: /invite @shipgate. Or name another channel.
    ✗ Slack has no channel C0NOWHERE (channels.warnings), or it is private and the bot is not in it
      Click the channel's name: its id is at the bottom of “About”. If it is private, type there: /invite @shipgate
    ✗ the bot is not in #incidents (incidents)
      Open #incidents and type: /invite @shipgate
    ✗ Slack has no user group S0GONE, which the config's groups name
      “People”, “User groups”: open the group, “⋮”, “Copy group ID”.
    ");
    assert_snapshot!(check.says("ja").await, @"
    ✓ Slack のトークンは有効です：ワークスペース「Harbour」の @shipgate
    ✓ Slack：ボットに必要なスコープはすべてそろっています
    ✓ Slack：コマンドやボタンは Socket Mode 経由で届きます
    ✗ チャンネル #deployments（deployments）はアーカイブされています
      #deployments を開いて「チャンネルのアーカイブを解除する」を選び、/invite @shipgate と入力してください。または別のチャンネルを設定してください。
    ✗ チャンネル C0NOWHERE（channels.warnings）が Slack にないか、非公開でボットが参加していません
      チャンネル名をクリックすると、「チャンネル情報」の一番下に ID があります。非公開なら、そのチャンネルで /invite @shipgate と入力してください。
    ✗ ボットが #incidents（incidents）に参加していません
      #incidents を開いて、/invite @shipgate と入力してください。
    ✗ 設定のグループにあるユーザーグループ S0GONE が Slack にありません
      「メンバー」→「ユーザーグループ」でグループを開き、「⋮」→「グループ ID をコピー」を選んでください。
    ");
}

#[tokio::test]
async fn a_slack_that_does_not_work() {
    let check = Check::new().await;
    check.fake.always_fails("", Fault::Status(503));
    assert_snapshot!(check.says("en").await, @"
    ✗ Slack answers 503
      Try again. If it stays so, look at https://slack-status.com and at this machine's network.
    ");
    check.fake.works_again();
    check.fake.fails(1, "auth.test", Fault::Limited(30));
    assert_snapshot!(check.says("en").await, @"
    ✗ Slack wants to be asked more slowly
      Try again. If it stays so, look at https://slack-status.com and at this machine's network.
    ");
    check.fake.fails(1, "conversations.info", Fault::Says("enterprise_is_restricted"));
    assert_snapshot!(check.complains().await, @"
    ✗ Slack does not say (enterprise_is_restricted)
      Look the word up on https://docs.slack.dev, and at who may install and use apps in the workspace's settings.
    ");
    check.fake.fails(1, "apps.connections.open", Fault::Status(500));
    assert_snapshot!(check.complains().await, @"
    ✗ Slack answers 500
      Try again. If it stays so, look at https://slack-status.com and at this machine's network.
    ");
}
