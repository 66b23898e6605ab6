//! What a world says of itself at its end.

use std::sync::Arc;

use shipgate::clock::{Clock as _, SharedClock};
use shipgate::observer::Nobody;
use shipgate::store::Store;

use super::setup::{PRODUCTION, STAGING};
use super::{Expected, World};

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.print();
            return;
        }
        let complaints = self.complaints();
        if !complaints.is_empty() {
            self.print();
            panic!("the world is not as it should be at its end:\n{}", complaints.join("\n"));
        }
    }
}

impl World {
    #[expect(clippy::print_stdout, reason = "the test is about to fail, and its output is shown then")]
    fn print(&self) {
        println!("{}\nThe log:\n{}\n{:#?}", self.story.text(), self.log.text(), self.far.rule_violations());
    }

    fn complaints(&self) -> Vec<String> {
        let mut complaints = self.in_log();
        if !self.expected.contains(&Expected::Refusals) {
            complaints.extend(self.far.refusals());
        }
        complaints.extend(self.far.violations());
        complaints.extend(self.far.rule_violations());
        if self.programs.iter().all(|program| program.watcher.flights().is_empty())
            && !self.expected.contains(&Expected::Leases)
        {
            let machines = [STAGING, PRODUCTION].map(|app| self.far.machines(app)).concat();
            let leased = machines.into_iter().filter_map(|m| Some(format!("{} is leased by {}", m.id, m.leased_by?)));
            complaints.extend(leased);
        }
        complaints.extend(self.in_database());
        complaints
    }

    fn in_log(&self) -> Vec<String> {
        let log = self.log.text();
        let expected =
            |line: &&str| self.expected.iter().any(|one| matches!(one, Expected::Errors(says) if line.contains(says)));
        let errors = log.lines().filter(|line| line.trim_start().starts_with("ERROR"));
        errors.filter(|line| !expected(line)).map(str::to_owned).collect()
    }

    /// Opens the database once more, as `shipgate audit verify` does. A world is dropped outside of any await, so this
    /// happens in a thread of its own.
    fn in_database(&self) -> Vec<String> {
        let (url, clock): (String, SharedClock) = (self.database(), self.clock.clone());
        let now = self.clock.now();
        let look = async move {
            let store = Store::open_existing(&url, clock, Arc::new(Nobody)).await.map_err(|e| e.to_string())?;
            let report = store.audit().await.map_err(|e| e.to_string())?;
            let due = store.next_due().await.map_err(|e| e.to_string())?;
            store.close().await;
            let wrong = report.findings.iter().map(|finding| format!("{finding:?}"));
            let late = due.filter(|due| *due <= now).map(|due| format!("left undone since {} ms", now.since(due).0));
            Ok::<Vec<String>, String>(wrong.chain(late).collect())
        };
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(look)
        });
        thread.join().expect("an audit").unwrap_or_else(|trouble| vec![trouble])
    }
}
