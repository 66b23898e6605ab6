//! An environment in another time zone than the house: whatever is said of it is said in its own.

use crate::world::World;
use crate::world::setup::{APPROVAL, Setup, minutes};

/// Fourteen hours behind the house: its day begins when the story does.
const NEW_YORK: &str = r#"
time_zone = "America/New_York"

[[apps.environments.before]]
name   = "working hours"
window = { days = "mon-fri", from = "09:00", to = "17:30" }
"#;

/// What a page says, without its lines.
fn flat(page: &str) -> String {
    page.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_is_said_of_an_environment_is_said_in_its_own_zone() {
    let mut w = World::of(Setup::production(&[NEW_YORK, APPROVAL].concat()).machines(1, 1).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    let opens = "Mon 23 Nov, America/New_York, in 9 h";
    for page in
        [w.card("v2 → production"), w.ada().says("/why production").await, w.ada().says("/plan production").await]
    {
        assert!(flat(&page).contains(opens) && !page.contains("Tokyo"), "{page}");
    }
    assert!(w.card("v2 → staging").contains("Mon 23 Nov, Asia/Tokyo"));
    let held = w.bob().says("/lock production database work for 30m").await;
    assert!(flat(&held).contains("Mon 23 Nov, America/New_York, in 30 min"), "{held}");
    let refused = w.ada().hears_no_to("/lock production mine").await.text;
    assert!(flat(&refused).contains("Mon 23 Nov, America/New_York, in 30 min"), "{refused}");
    w.pass(minutes(30)).await;
    let said = w.said().join("\n");
    assert!(said.contains("Your lock on production of hello ends ··:·· Mon 23 Nov, America/New_York"), "{said}");
    assert!(!said.contains("Tokyo"), "{said}");
    let history = w.ada().says("/history production").await;
    assert!(history.contains("America/New_York"), "{history}");
}

#[tokio::test]
async fn whatever_is_typed_it_takes_the_right_to_promote() {
    let mut w = World::of(Setup::production(APPROVAL).machines(1, 1).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    for line in ["/deploy production", "/deploy production v2", "/promote", "/promote production v2"] {
        assert_eq!(w.eve().hears_no_to(line).await.code, "not_permitted", "{line}");
    }
    // Into the first environment everybody may, be it called a deployment or not.
    w.eve().says("/deploy staging v4-late").await;
    w.until("v4-late → staging · Succeeded").await;
}
