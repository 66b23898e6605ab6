//! Who is who, who is in which group, and what each may do. Built once from the file; asked at every command.
//!
//! Not here: whether an identity is real. A chat or the API has made sure of that before it asks.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Actor, Permission, Who};

/// The group that everybody is in. It is built in and cannot be defined.
pub const EVERYONE: &str = "everyone";

/// `[people]`, `[groups]` and `[permissions]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Each person's identities.
    pub people: BTreeMap<String, Vec<String>>,
    /// Each group's members: people, identities, and what the chats know (`discord:role:…`).
    pub groups: BTreeMap<String, Vec<String>>,
    /// The groups that may do something, where the file names it.
    pub permissions: BTreeMap<Permission, Vec<String>>,
}

impl People {
    /// The person behind an identity, with their groups and permissions. `shown` is what the chat calls them, for
    /// when `[people]` does not know them; `also` is what else the chat knows of them, such as `discord:role:1`.
    #[must_use]
    pub fn actor(&self, identity: &str, shown: &str, also: &[String]) -> Actor {
        let who = self.who(identity, shown);
        let mut known: BTreeSet<&str> = also.iter().map(String::as_str).chain([identity]).collect();
        if let Some(person) = &who.person {
            known.insert(person);
            known.extend(self.people.get(person).into_iter().flatten().map(String::as_str));
        }
        let is_in = |members: &[String]| members.iter().any(|member| known.contains(member.as_str()));
        let groups: BTreeSet<_> =
            self.groups.iter().filter(|(_, members)| is_in(members)).map(|(group, _)| group.clone()).collect();
        let holds = |group: &String| group == EVERYONE || groups.contains(group);
        let may = Permission::ALL.into_iter().filter(|p| self.groups_that_may(*p).iter().any(holds)).collect();
        Actor { who, groups, may }
    }

    /// An identity with the person behind it.
    #[must_use]
    pub fn who(&self, identity: &str, shown: &str) -> Who {
        let person = self.people.iter().find(|(_, ids)| ids.iter().any(|id| id == identity)).map(|(name, _)| name);
        Who {
            identity: identity.to_owned(),
            person: person.cloned(),
            name: person.map_or_else(|| shown.to_owned(), Clone::clone),
        }
    }

    /// The groups that may do something; where the file does not say, everyone or nobody.
    #[must_use]
    pub fn groups_that_may(&self, permission: Permission) -> Vec<String> {
        match self.permissions.get(&permission) {
            Some(groups) => groups.clone(),
            None if permission.open_by_default() => vec![EVERYONE.to_owned()],
            None => Vec::new(),
        }
    }

    /// Every identity, role and chat group that a group stands for: whom a chat calls when it calls the group.
    /// None for [`EVERYONE`].
    #[must_use]
    pub fn identities(&self, group: &str) -> Vec<String> {
        let mut found = Vec::new();
        for member in self.groups.get(group).into_iter().flatten() {
            match self.people.get(member) {
                Some(identities) => found.extend(identities.iter().cloned()),
                None => found.push(member.clone()),
            }
        }
        found
    }

    /// Every identity that somebody is known by.
    #[must_use]
    pub fn identities_of(&self, who: &Who) -> Vec<String> {
        let known = who.person.as_ref().and_then(|person| self.people.get(person));
        known.cloned().unwrap_or_else(|| vec![who.identity.clone()])
    }

    /// Whether there is such a group.
    #[must_use]
    pub fn has_group(&self, group: &str) -> bool {
        group == EVERYONE || self.groups.contains_key(group)
    }
}
