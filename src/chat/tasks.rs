//! What people do, while it is attended to. It is ended before the program stops; where a chat is let go of instead, so is
//! everything that goes on for it, and nothing of it holds the database.

use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// What goes on for one chat. Copies share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Tasks {
    under_way: TaskTracker,
    over: CancellationToken,
}

impl Tasks {
    /// Attends to something beside what is going on.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.under_way.spawn(self.over.clone().run_until_cancelled_owned(work));
    }

    /// Attends to something here.
    pub(super) async fn track(&self, work: impl Future<Output = ()>) {
        self.under_way.track_future(self.over.run_until_cancelled(work)).await;
    }

    /// Lets go of everything when it is dropped.
    pub(super) fn guard(&self) -> DropGuard {
        self.over.clone().drop_guard()
    }

    /// Waits until everything has ended.
    pub(super) async fn end(&self) {
        self.under_way.close();
        self.under_way.wait().await;
    }
}
