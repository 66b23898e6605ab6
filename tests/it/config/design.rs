//! The config that the contract shows (`design.toml`, letter for letter): read without a complaint, with what its parts
//! need in the variables.

use shipgate::config::Variables;

use super::{good, told};

const DESIGN: &str = include_str!("design.toml");

/// What its parts need.
const VARIABLES: [(&str, &str); 6] = [
    ("DISCORD_TOKEN", "discord"),
    ("SLACK_BOT_TOKEN", "xoxb-slack"),
    ("SLACK_APP_TOKEN", "xapp-slack"),
    ("FLY_API_TOKEN", "FlyV1 fm2_fly"),
    ("PROMETHEUS_URL", "https://prometheus.example.org"),
    ("PROMETHEUS_TOKEN", "prometheus"),
];

#[test]
fn the_config_of_the_contract_is_taken_whole() {
    let config = good(DESIGN);
    let look_up = |name: &str| VARIABLES.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let variables = Variables::read(look_up).expect("variables");
    assert_eq!(told(&config.missing(&variables)), "");
    let production = &config.environment("hello", "production").expect("production").policy;
    let checks: Vec<_> = production.checks().map(|(name, spec)| (name, spec.kind.as_str())).collect();
    assert_eq!(checks, [("health", "http"), ("errors", "prometheus")]);
    assert_eq!(production.before.len(), 4);
}
