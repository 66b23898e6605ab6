//! The engine's log of writes: brought into the database beside the writer, and never large.

use std::path::Path;

use shipgate::chat::Memory as _;
use shipgate::clock::{self, Span, SystemClock};

use super::house::House;

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

#[tokio::test]
async fn the_log_of_writes_is_brought_in_beside_the_writer_and_stays_small() {
    let house = House::new().await;
    let (memory, file, log) = (house.store.memory("terminal"), house.file(), house.file().with_extension("db-wal"));
    let (before, text) = (length(&file), "x".repeat(60_000));
    for number in 0..100 {
        memory.remember(&format!("card {}", number % 20), &text).await.expect("remembered");
    }
    // Far less than what the engine would wait for in a commit: 4,000 pages.
    let brought_in = async {
        while length(&file) < before + 60_000 {
            tokio::task::yield_now().await;
        }
    };
    assert!(
        clock::timeout(&*SystemClock::real(), Span::seconds(20), brought_in).await.is_some(),
        "it stays in the log"
    );
    for number in 0..400 {
        memory.remember(&format!("card {}", number % 20), &text).await.expect("remembered");
    }
    assert!((1..18 << 20).contains(&length(&log)), "{} bytes after 32 MB of writes", length(&log));
}
