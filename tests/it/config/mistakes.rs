//! One file with many mistakes: each is told once, with its place, the nearest known word and what to write.

use insta::assert_snapshot;
use shipgate::config;

use super::words::say;

/// Every section of a config, and one mistake of a kind of its own in each marked line.
const FILE: &str = r#"time_zone = "Asia/Tokio"              # mistake
locale    = "jp"                      # mistake

[database]
url = "mysql://db.example.org/shipgate"      # mistake

[discord]
gild     = "100000000000000001"       # mistake; and so `guild` is missing
channels = { deployments = "releases" }      # mistake

[slack]
mode     = "sockets"                  # mistake
channels = { deployments = "releases" }      # mistake

[github]                              # mistake
mode = "app"

[people]
ada = ["discord:user:100000000000000020", "slack:user:U0ADA", "api:ada", "terminal:ada"]
bob = ["api:ada"]                     # mistake

[groups]
releasers = ["adda", "slack:group:S0REL", "api:ci"]    # mistake

[permissions]
promote  = ["releaser"]               # mistake
rollbak  = ["releasers"]              # mistake

[[apps]]
name       = "hello"
repository = "hello"                  # mistake

[[apps.environments]]
name   = "staging"
target = { kind = "fly", app = "hello-staging", strategy = "blue-green" } # mistake
give_up = 24                          # mistake

[[apps.environments.before]]
name = "soaked"
soak = "30m"                          # mistake

[[apps.environments.after]]
name  = "health"
check = { kind = "http", url = "https://hello.example.org/health", status = 700 }    # mistake
times = "3"                           # mistake

[[apps.environments]]
name   = "staging"                    # mistake
target = { kind = "kubernetes" }      # mistake

[apps.environments.watch]
for          = "30m"
inconclusive = { ask = "releasers", otherwise = "rollback" }   # mistake

[[apps.environments.watch.rules]]
name  = "errors"
check = { kind = "logs", query = "panic" }       # mistake
above = 0.05
for   = "2h"
"#;

#[test]
fn each_mistake_of_a_file_gives_one_message_in_both_languages() {
    let problems = config::read(FILE, "shipgate.toml").expect_err("mistakes");
    let wrong = FILE.lines().filter(|line| line.contains("# mistake")).count();
    // A key that is misspelt is also absent, which is told too.
    assert_eq!(problems.len(), wrong + 1);
    for locale in config::LOCALES {
        let told: Vec<String> = problems.iter().map(|problem| problem.render(|note| say(locale, note))).collect();
        insta::with_settings!(
            { snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true },
            { assert_snapshot!(format!("mistakes_{locale}"), told.join("\n")) }
        );
    }
}
