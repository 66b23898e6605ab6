//! What the store says when something is wrong.

use shipgate::store::{ServerTrouble as S, StoreTrouble};

#[test]
fn every_trouble_has_words_in_every_language() {
    let path = std::path::PathBuf::from("/data/shipgate.db");
    let text = "x".to_owned();
    let troubles = [
        StoreTrouble::BadUrl { reason: text.clone() },
        StoreTrouble::NoFolder { path: path.clone() },
        StoreTrouble::ReadOnly { path: path.clone(), text: text.clone() },
        StoreTrouble::NotADatabase { path: path.clone(), text: text.clone() },
        StoreTrouble::Foreign { database: text.clone() },
        StoreTrouble::Newer { database: text.clone(), needs: 2, knows: 1 },
        StoreTrouble::Busy,
        StoreTrouble::Full { path: path.clone() },
        StoreTrouble::Io { path, text: text.clone() },
        StoreTrouble::Inconsistent { text: text.clone() },
        StoreTrouble::NoFile { path: std::path::PathBuf::from("/data/shipgate.db") },
        StoreTrouble::Other { text: text.clone() },
    ];
    let server = |wrong| StoreTrouble::Server { server: text.clone(), wrong, text: text.clone() };
    let of_servers = [S::Unreachable, S::Cut, S::Unknown, S::ReadOnly, S::Denied, S::Tls, S::NoDatabase, S::NoSchema]
        .into_iter()
        .chain([S::NoRight, S::Elsewhere, S::Gone, S::TooOld, S::Encoding, S::Full, S::Damaged])
        .map(server);
    let troubles: Vec<StoreTrouble> = troubles.into_iter().chain(of_servers).collect();
    for locale in [include_str!("../../../locales/en.ftl"), include_str!("../../../locales/ja.ftl")] {
        for note in troubles.iter().map(StoreTrouble::note) {
            let head = format!("{} = ", note.key);
            let line = locale.lines().find(|line| line.starts_with(&head)).unwrap_or_else(|| panic!("{}", note.key));
            for name in note.args.keys().filter(|name| *name != "text" || !note.key.starts_with("store-server-")) {
                assert!(line.contains(&format!("{{ ${name} }}")), "{line} leaves {name} out");
            }
        }
    }
}
