//! `shipgate audit verify`: walks every chain and names each changed, removed or inserted row, then replays the ledger
//! and compares it with what is stored.
//!
//! Memory stays bounded: rows are streamed, findings are counted beyond a limit. Whoever may rewrite the whole
//! database can make a chain that verifies; only marks seen elsewhere (on cards) show that.

use futures::TryStreamExt as _;
use sqlx::{AnyConnection, Row as _};

use super::advance::Row;
use super::chain::Line;
use super::session::{looking, reading};
use super::{Store, StoreTrouble};
use crate::domain::{self, Deployment, Environment, Note};

/// Findings beyond this are only counted.
const LISTED: usize = 1_000;
/// How far a row's number is sought when rows were removed and those behind them renumbered.
const SHIFT: i64 = 64;

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many environments have a ledger.
    pub environments: u64,
    /// How many entries were read.
    pub entries: u64,
    /// What is wrong, at most the first 1000.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
}

/// Something wrong in one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The app.
    pub app: String,
    /// The environment.
    pub environment: String,
    /// What.
    pub wrong: Wrong,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The entry is not what it was when it was written.
    Changed {
        /// Its number.
        seq: i64,
    },
    /// Entries are missing from the middle.
    Removed {
        /// The first missing.
        from: i64,
        /// The last missing.
        to: i64,
    },
    /// The entry was not written by Shipgate.
    Inserted {
        /// Its number.
        seq: i64,
    },
    /// Entries are missing from the end.
    Cut {
        /// The first missing.
        from: i64,
        /// The last missing.
        to: i64,
    },
    /// The environment's row is gone.
    NoRow,
    /// The chain is right, but an entry cannot be read: a newer program's, or a bug.
    Unreadable {
        /// Its number.
        seq: i64,
    },
    /// The chain is right, but the environment's row is not what the entries make of it.
    RowDiffers,
    /// The chain is right, but a deployment's row is not what the entries make of it.
    DeploymentDiffers {
        /// Which.
        deployment: String,
    },
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    fn add(&mut self, (app, environment): (&str, &str), wrong: Wrong) {
        if self.findings.len() >= LISTED {
            self.more += 1;
            return;
        }
        let finding = Finding { app: app.to_owned(), environment: environment.to_owned(), wrong };
        if self.findings.last() != Some(&finding) {
            self.findings.push(finding);
        }
    }
}

impl Finding {
    /// The words for people.
    #[must_use]
    pub fn note(&self) -> Note {
        let note = match &self.wrong {
            Wrong::Changed { seq } => Note::new("audit-changed").with("seq", seq),
            Wrong::Removed { from, to } => Note::new("audit-removed").with("from", from).with("to", to),
            Wrong::Inserted { seq } => Note::new("audit-inserted").with("seq", seq),
            Wrong::Cut { from, to } => Note::new("audit-cut").with("from", from).with("to", to),
            Wrong::NoRow => Note::new("audit-no-row"),
            Wrong::Unreadable { seq } => Note::new("audit-unreadable").with("seq", seq),
            Wrong::RowDiffers => Note::new("audit-row-differs"),
            Wrong::DeploymentDiffers { deployment } => {
                Note::new("audit-deployment-differs").with("deployment", deployment)
            }
        };
        note.with("app", &self.app).with("environment", &self.environment)
    }
}

impl Store {
    /// Verifies every ledger.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn audit(&self) -> Result<Report, StoreTrouble> {
        let mut report = Report::default();
        let (mut app, mut environment) = (String::new(), String::new());
        while let Some(next) = self.next_ledger(&app, &environment).await? {
            (app, environment) = next;
            report.environments += 1;
            self.audit_one((&app, &environment), &mut report).await?;
        }
        Ok(report)
    }

    /// The environment after another one that has a row or a ledger.
    async fn next_ledger(&self, app: &str, environment: &str) -> Result<Option<(String, String)>, StoreTrouble> {
        let mut next: Option<(String, String)> = None;
        for statement in [
            "SELECT app, environment FROM ledger WHERE app > $1 OR (app = $1 AND environment > $2) \
             ORDER BY app, environment LIMIT 1",
            "SELECT app, name FROM environments WHERE app > $1 OR (app = $1 AND name > $2) ORDER BY app, name LIMIT 1",
        ] {
            let found = looking!(self, |reader| {
                let query = sqlx::query(statement).bind(app).bind(environment);
                let row = query.fetch_optional(reader).await;
                row.and_then(|row| row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose())
                    .map_err(|e| self.trouble(&e))
            })?;
            next = [next, found].into_iter().flatten().min();
        }
        Ok(next)
    }

    async fn audit_one(&self, place: (&str, &str), report: &mut Report) -> Result<(), StoreTrouble> {
        reading!(self, |tx| {
            let row = self.row(tx, place).await?;
            let mut walk = Walk::new(place, &row);
            let before = report.findings.len();
            {
                let mut lines = sqlx::query(
                    "SELECT app, environment, seq, at, kind, who, data, owner, previous, hash FROM ledger \
                     WHERE app = $1 AND environment = $2 ORDER BY seq",
                )
                .bind(place.0)
                .bind(place.1)
                .fetch(&mut *tx);
                let mut held: Option<Line> = None;
                while let Some(next) = lines.try_next().await.map_err(|e| self.trouble(&e))? {
                    let next = Line::from_row(&next).map_err(|e| self.trouble(&e))?;
                    if let Some(line) = held.replace(next) {
                        walk.take(&line, held.as_ref(), report);
                    }
                }
                if let Some(line) = held {
                    walk.take(&line, None, report);
                }
            }
            walk.end(&row, report);
            if report.findings.len() == before {
                self.compare(tx, &row, &walk, report).await?;
            }
            Ok(())
        })
    }

    /// Compares what is stored with what a right chain makes of it.
    async fn compare(
        &self,
        tx: &mut AnyConnection,
        row: &Row,
        walk: &Walk<'_>,
        report: &mut Report,
    ) -> Result<(), StoreTrouble> {
        let place = walk.place;
        if let Some(seq) = walk.unreadable {
            report.add(place, Wrong::Unreadable { seq });
            return Ok(());
        }
        if walk.replayed != row.environment {
            report.add(place, Wrong::RowDiffers);
        }
        for deployment in &walk.ended {
            let query = sqlx::query("SELECT state FROM deployments WHERE id = $1").bind(&deployment.id.0);
            if self.bodies::<Deployment>(tx, "a deployment", query).await?.first() != Some(deployment) {
                report.add(place, Wrong::DeploymentDiffers { deployment: deployment.id.0.clone() });
            }
        }
        Ok(())
    }
}

/// A walk along one chain.
struct Walk<'a> {
    place: (&'a str, &'a str),
    /// The hash that the next row must be chained on.
    head: String,
    /// The number of the last row, as it was when it was written.
    last: i64,
    /// The number of the last row as it is stored, to name it.
    named: i64,
    /// The last number that the environment's row knows of.
    known: i64,
    replayed: Environment,
    /// The first entry that could not be read, and so not replayed.
    unreadable: Option<i64>,
    /// The last deployments that ended: bounded, newest last.
    ended: Vec<Deployment>,
}

impl<'a> Walk<'a> {
    fn new(place: (&'a str, &'a str), row: &Row) -> Self {
        Self {
            place,
            head: String::new(),
            last: 0,
            named: 0,
            known: i64::try_from(row.environment.seq).unwrap_or(i64::MAX),
            replayed: Environment::new(place.0, place.1),
            unreadable: None,
            ended: Vec::new(),
        }
    }

    /// Judges one row, with a look at the one behind it.
    fn take(&mut self, line: &Line, next: Option<&Line>, report: &mut Report) {
        report.entries += 1;
        let expected = self.last + 1;
        let follows = |line: &Line| line.previous == self.head && line.hash == line.hash_as(&self.head, expected);
        // Two that follow on the same row: the chain goes on behind the second, so the first was put in between.
        if next.is_some_and(follows) {
            return report.add(self.place, Wrong::Inserted { seq: line.seq });
        }
        if follows(line) {
            if !line.owner_is_right() {
                report.add(self.place, Wrong::Changed { seq: line.seq });
            }
            self.replay(line);
            return self.go_on(line, expected);
        }
        if expected > self.known {
            return report.add(self.place, Wrong::Inserted { seq: line.seq });
        }
        let own = |seq: i64| line.hash == line.hash_as(&line.previous, seq);
        let found = std::iter::once(line.seq).chain(expected..=expected + SHIFT).find(|seq| own(*seq));
        match found {
            Some(seq) if seq > expected => {
                report.add(self.place, Wrong::Removed { from: expected, to: seq - 1 });
                self.go_on(line, seq);
            }
            // Right in itself, but made on something else than the row before it: that one was rewritten.
            Some(seq) if seq == expected && self.last > 0 => {
                report.add(self.place, Wrong::Changed { seq: self.named });
                self.go_on(line, seq);
            }
            _ => {
                if line.seq > expected {
                    report.add(self.place, Wrong::Removed { from: expected, to: line.seq - 1 });
                }
                report.add(self.place, Wrong::Changed { seq: line.seq });
                self.go_on(line, line.seq.max(expected));
            }
        }
    }

    fn go_on(&mut self, line: &Line, seq: i64) {
        self.head.clone_from(&line.hash);
        self.last = seq;
        self.named = line.seq;
    }

    fn replay(&mut self, line: &Line) {
        let Ok(entry) = line.entry() else {
            self.unreadable.get_or_insert(line.seq);
            return;
        };
        let environment = std::mem::replace(&mut self.replayed, Environment::new("", ""));
        let folded = domain::fold(environment, &entry);
        self.replayed = folded.environment;
        if self.ended.len() >= LISTED {
            self.ended.remove(0);
        }
        self.ended.extend(folded.closed);
    }

    /// Compares the end of the chain with what the environment's row says of it.
    fn end(&self, row: &Row, report: &mut Report) {
        if row.revision == 0 {
            report.add(self.place, Wrong::NoRow);
        } else if self.last < self.known {
            report.add(self.place, Wrong::Cut { from: self.last + 1, to: self.known });
        } else if self.last > self.known {
            for seq in self.known + 1..=self.last {
                report.add(self.place, Wrong::Inserted { seq });
            }
        } else if self.head != row.head {
            report.add(self.place, Wrong::Changed { seq: self.named });
        }
    }
}
