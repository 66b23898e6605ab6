//! `shipgate check` on fly.io: each thing that can be wrong is told with what to do, in both languages.

use shipgate::finding::Finding;
use shipgate::words::Words;

use super::stage::{APP, Play, image};
use super::wire::Canned;

/// Every finding as it is read, in both languages.
fn said(findings: &[Finding]) -> Vec<String> {
    let languages = [Words::new("en"), Words::new("ja")];
    let read = |words: &Words| {
        let line = |finding: &Finding| match &finding.next {
            None => format!("✓ {}", words.note(&finding.note)),
            Some(next) => format!("✗ {} → {}", words.note(&finding.note), words.note(next)),
        };
        findings.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    languages.iter().map(read).collect()
}

#[track_caller]
fn says(findings: &[Finding], en: &[&str], ja: &[&str]) {
    let told = said(findings);
    for (told, wanted) in told.iter().zip([en, ja]) {
        for words in wanted {
            assert!(told.contains(words), "no {words:?} in:\n{told}");
        }
    }
}

impl Play {
    /// The next list of machines is refused.
    fn refuses(&self, status: u16, body: &'static str) {
        self.wire.next(Canned { status, headers: Vec::new(), body, on: ("GET", "/machines") });
    }

    async fn finds(&self) -> Vec<Finding> {
        self.until(self.target.check()).await
    }
}

#[tokio::test]
async fn all_is_well() {
    let play = Play::with(2).await;
    let found = play.finds().await;
    says(&found, &["✓ fly.io: the token opens hello, which has 2 machines"], &["✓ fly.io"]);
    assert!(found.iter().all(|finding| finding.next.is_none()), "{found:?}");
}

#[tokio::test]
async fn a_token_for_another_app_and_an_app_that_is_not_there() {
    let play = Play::with(1).await;
    play.refuses(403, "{\"error\":\"forbidden\"}");
    says(
        &play.finds().await,
        &["✗ fly.io: FLY_API_TOKEN is not for the app hello (403)", "fly tokens create deploy -a hello"],
        &["403", "fly tokens create deploy -a hello"],
    );
    play.refuses(401, "{\"error\":\"unauthorized\"}");
    says(&play.finds().await, &["does not accept FLY_API_TOKEN (401)", "fly tokens create deploy"], &["401"]);
    play.refuses(404, "{\"error\":\"app not found\"}");
    says(&play.finds().await, &["knows no app hello (404)", "fly apps list"], &["404", "fly apps list"]);
}

#[tokio::test]
async fn an_app_without_machines() {
    let play = Play::with(0).await;
    says(
        &play.finds().await,
        &["✗ fly.io: hello has no machine that `fly deploy` made", "fly deploy --app hello"],
        &["fly deploy --app hello"],
    );
    assert_eq!(APP, "hello");
}

#[tokio::test]
async fn an_image_that_is_gone() {
    let play = Play::with(1).await;
    play.sim.faults().lose_image(&image("v1"));
    says(
        &play.finds().await,
        &[
            "✓ fly.io: the token opens hello",
            "✗ fly.io: the registry no longer has the image that runs",
            "Deploy once more",
        ],
        &["✗ fly.io", &image("v1")],
    );
}
