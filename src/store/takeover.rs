//! What a process that died has left claimed is free at once, where it can be proved that nobody lives who holds it.
//!
//! Every running program holds a shared lock on a file beside the database, from before its first claim until it ends;
//! the kernel lets go of it for whoever is killed. Who gets that lock for itself alone is the only one: every claim is a
//! dead process's. Where it cannot be had (another one lives, be it that it stands still), or where the file system does
//! not really lock, claims run out by themselves, as they always do.
//!
//! Why a lock of the kernel, and not who claimed when: a process that is only slow looks like one that is dead, and two
//! that think so of each other would both work. Programs on other hosts do not count: SQLite's own log needs one host.
//! Of a database on a server nobody can prove this, so nothing is freed there.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::PoisonError;

use super::session::{End, writing};
use super::{Store, StoreTrouble};

impl Store {
    /// To be called once, before the first claim of a program that performs effects. Says how many claims it freed; none
    /// when it could not be proved that nobody holds them.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn take_over(&self) -> Result<Option<u64>, StoreTrouble> {
        let Some(beside) = self.0.place.beside(".alive") else { return Ok(None) };
        let Ok(file) = open(&beside) else { return Ok(None) };
        let alone = file.try_lock().is_ok() && really_locks(&beside);
        let freed = if alone { Some(self.free_claims().await?) } else { None };
        // Whoever starts in between and is alone then frees nothing of ours: nothing is claimed yet.
        let _ = file.unlock();
        // It fails only while another one starts in this moment; that takes no time, and the lock must be had before the
        // first claim, or others would take us for dead.
        let held = match file.try_lock_shared() {
            Ok(()) => Some(file),
            Err(_) => {
                tokio::task::spawn_blocking(move || file.lock_shared().map(|()| file)).await.ok().and_then(Result::ok)
            }
        };
        *self.0.alive.lock().unwrap_or_else(PoisonError::into_inner) = held;
        Ok(freed)
    }

    async fn free_claims(&self) -> Result<u64, StoreTrouble> {
        writing!(self, "take_over", |tx| {
            let freed = sqlx::query("UPDATE effects SET claim = '', claimed_until = 0 WHERE claimed_until > 0")
                .execute(&mut *tx)
                .await
                .map_err(|e| self.trouble(&e))?
                .rows_affected();
            Ok(if freed > 0 { End::Commit(freed) } else { End::RollBack(freed) })
        })
    }
}

/// A second opening of the file must not get what the first one holds: there are file systems that say yes to all.
fn really_locks(beside: &Path) -> bool {
    open(beside).is_ok_and(|second| matches!(second.try_lock(), Err(TryLockError::WouldBlock)))
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}
