//! What the documents point to is there: files, headings, tests, stories.

use std::collections::BTreeSet;
use std::path::Path;

use super::{at, files, none, text};

const DOCUMENTS: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/refusal-codes.md"];

#[test]
fn links_lead_somewhere() {
    let mut complaints = Vec::new();
    for document in DOCUMENTS {
        for link in text(document).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let folder = Path::new(document).parent().unwrap();
            let path = if path.is_empty() { document.to_owned() } else { folder.join(path).display().to_string() };
            if !at(&path).exists() {
                complaints.push(format!("{document} leads to {path}, which is not there"));
            } else if !heading.is_empty() && !headings(&path).contains(heading) {
                complaints.push(format!("{document} leads to {link}, and there is no such heading"));
            }
        }
    }
    none(&complaints);
}

#[test]
fn files_that_are_named_are_there() {
    let mut complaints = Vec::new();
    for document in DOCUMENTS {
        let beginnings = ["src/", "tests/", "migrations/", "locales/", "examples/", "script/", "docs/"];
        for named in ticked(&text(document)).iter().filter(|named| beginnings.iter().any(|b| named.starts_with(b))) {
            let path = named.split(':').next().unwrap_or_default();
            if !path.contains(['*', '<', '…', ' ']) && !at(path).exists() {
                complaints.push(format!("{document} names {path}, which is not there"));
            }
        }
    }
    none(&complaints);
}

/// A test is cited as `module::name`, a story as “its title”.
#[test]
fn tests_and_stories_that_are_cited_are_there() {
    let document = text("ARCHITECTURE.md");
    let sources: String = files("tests/it", ".rs").iter().map(|path| text(path)).collect();
    let stories: String = files("tests/it/stories", ".txt").iter().map(|path| text(path)).collect();
    let is_test = |named: &&String| {
        let name = named.split("::").last().unwrap_or_default();
        named.contains("::") && name.matches('_').count() >= 3
    };
    let cited = ticked(&document);
    let lost = cited.iter().filter(is_test).filter(|named| {
        let name = named.split("::").last().unwrap_or_default();
        !sources.contains(&format!("fn {name}("))
    });
    let mut complaints: Vec<_> = lost.map(|named| format!("there is no test {named}")).collect();
    for title in document.split('“').skip(1).filter_map(|rest| rest.split('”').next()) {
        if !stories.contains(&format!("== {title}\n")) {
            complaints.push(format!("there is no story “{title}”"));
        }
    }
    none(&complaints);
}

/// Every module of the crate is in the code map and in the crate's own docs.
#[test]
fn the_map_has_every_module() {
    let (map, root) = (text("ARCHITECTURE.md"), text("src/lib.rs"));
    let modules = root.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let mut complaints = Vec::new();
    for module in modules {
        if !map.contains(&format!("| `{module}` |")) {
            complaints.push(format!("ARCHITECTURE.md does not say what `{module}` is"));
        }
        if !root.contains(&format!("//! * [`{module}`]")) {
            complaints.push(format!("src/lib.rs does not say what `{module}` is"));
        }
    }
    none(&complaints);
}

/// The headings of a document, as GitHub makes links of them.
fn headings(path: &str) -> BTreeSet<String> {
    let lines = text(path);
    let titles = lines.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let slug = |title: &str| {
        let kept = title
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .collect::<String>();
        kept.replace(' ', "-")
    };
    titles.map(slug).collect()
}

/// What stands between backticks, outside of blocks.
fn ticked(document: &str) -> Vec<String> {
    let prose: String = document.split("```").step_by(2).collect();
    prose.lines().flat_map(|line| line.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}
