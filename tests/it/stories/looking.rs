//! Questions in a story: `? ada why` is what is in the way and what ada can do about it, `? ada plan v2` what a deployment
//! would do. Asking changes nothing.

use shipgate::domain::{About, Deployment, Outlook, Refusal, Remedy, Standing, holdups, outlook, remedies};

use super::setup::clock;
use super::shell::Shell;

impl Shell {
    pub(super) fn look(&mut self, line: &str) -> Vec<String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [who, question, rest @ ..] = words.as_slice() else { panic!("who asks what? {line}") };
        self.facts.actor = Some(self.actor(who));
        let told = match *question {
            "why" => self.why(),
            "plan" => self.plan(rest.first().copied()),
            _ => panic!("nobody can ask {question}"),
        };
        self.facts.actor = None;
        told
    }

    fn why(&self) -> Vec<String> {
        let stands = holdups(self.environment.current.as_ref(), &self.facts);
        let stands = stands.iter().map(|refusal| format!("in the way: {}", code(refusal)));
        stands.chain(remedies(&self.environment, &self.facts).iter().map(remedy)).collect()
    }

    fn plan(&self, version: Option<&str>) -> Vec<String> {
        let stands = holdups(None, &self.facts);
        let stands = stands.iter().map(|refusal| format!("in the way: {}", code(refusal)));
        match outlook(&self.environment, version, &self.facts) {
            Ok(Outlook { deployment, gates }) => {
                let first = [would_be(&deployment)];
                first.into_iter().chain(gates.iter().map(gate)).chain(stands).collect()
            }
            Err(refusal) => vec![format!("NO {refusal:?}")],
        }
    }
}

fn would_be(d: &Deployment) -> String {
    let by = &d.requested_by.name;
    let Some(plan) = &d.plan else { return format!("{} for {by}, without a plan", d.release.version) };
    let found: Vec<String> = plan.found.iter().map(|machine| super::setup::version(&machine.image)).collect();
    let back = plan.fallback.as_ref().map_or("nothing", |release| &release.version);
    let one_way = plan.one_way.join(" ");
    format!("{} for {by} onto [{}], back to {back}, one way [{one_way}]", d.release.version, found.join(" "))
}

fn gate(standing: &Standing) -> String {
    let opens = standing.opens_at.map(|at| format!(", opens at {}", clock(at))).unwrap_or_default();
    let waits = standing.waits_for.iter().map(|group| format!(", waits for {group}"));
    format!("{:?} {}: {:?}{opens}{}", standing.when, standing.name, standing.state, waits.collect::<String>())
}

fn remedy(remedy: &Remedy) -> String {
    let about = match &remedy.about {
        About::Gate(name) => format!("gate {name}"),
        About::Deployment(version) => format!("deployment of {version}"),
        About::Release(version) => format!("release {}", version.as_deref().unwrap_or("as usual")),
        other => format!("{other:?}"),
    };
    let answer = match (&remedy.refusal, remedy.is_so) {
        (Some(refusal), _) => format!("no, {}", code(refusal)),
        (None, true) => "so already".to_owned(),
        (None, false) => "yes".to_owned(),
    };
    format!("{about}: {:?}? {answer}", remedy.deed)
}

fn code(refusal: &Refusal) -> &'static str {
    refusal.code()
}
