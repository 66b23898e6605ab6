//! What goes wrong on purpose. To add a way to fail: a variant of [`Fault`] and an arm in `server`.

/// What goes wrong with a call.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Slack says no, in this word.
    Says(&'static str),
    /// Slack says this, and nothing has happened.
    Answers(&'static str),
    /// Too fast; again after so many seconds.
    Limited(u32),
    /// A bare status, with the page of a proxy instead of JSON.
    Status(u16),
    /// No answer ever comes, and nothing has happened.
    Deaf,
    /// It has happened, but the answer is lost on its way.
    LosesTheAnswer,
}

#[derive(Debug, Default)]
pub(super) struct Script(Vec<(Option<usize>, &'static str, Fault)>);

impl Script {
    pub(super) fn add(&mut self, times: Option<usize>, method: &'static str, fault: Fault) {
        self.0.push((times, method, fault));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// What goes wrong with a call, if anything does.
    pub(super) fn take(&mut self, method: &str) -> Option<Fault> {
        let fits = |known: &str| known.is_empty() || known == method;
        let (times, _, fault) = self.0.iter_mut().find(|(times, known, _)| *times != Some(0) && fits(known))?;
        if let Some(times) = times {
            *times -= 1;
        }
        Some(fault.clone())
    }
}
