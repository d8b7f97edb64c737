//! Removes parts of an entry, and corrects everything that refers to the other parts by position.

use crate::model::Entry;
use crate::model::mentions::StatementList;
use crate::model::needs_version::On;

impl Entry {
    /// Keeps the parts that `keep` wants. It is not asked about the entry as a whole ([`On::Entry`]).
    pub fn retain(&mut self, keep: impl Fn(&Self, On) -> bool) {
        let create = Kept::new(self.create.len(), |at| keep(self, On::Create(at)));
        let privileges = Kept::new(self.privileges.len(), |at| keep(self, On::Privilege(at)));
        let comments = Kept::new(self.comments.len(), |at| keep(self, On::Comment(at)));
        let requires = Kept::new(self.requires.len(), |at| keep(self, On::Requirement(at)));
        let owner = keep(self, On::Owner);
        let alternatives = self.kept_alternatives(&keep);

        create.apply(&mut self.create);
        privileges.apply(&mut self.privileges);
        comments.apply(&mut self.comments);
        requires.apply(&mut self.requires);
        if !owner {
            self.owner = None;
        }
        self.extras = self.extras.iter().filter_map(|at| create.place(*at)).collect();
        self.limits.retain_mut(|limit| {
            let on = match limit.on {
                On::Entry => Some(On::Entry),
                On::Owner => owner.then_some(On::Owner),
                On::Create(at) => create.place(at).map(On::Create),
                On::Privilege(at) => privileges.place(at).map(On::Privilege),
                On::Comment(at) => comments.place(at).map(On::Comment),
                On::Requirement(at) => requires.place(at).map(On::Requirement),
            };
            limit.on = on.unwrap_or(limit.on);
            on.is_some()
        });
        self.roles.retain_mut(|mention| {
            let kept = match mention.list {
                StatementList::Create => &create,
                StatementList::Privileges => &privileges,
                StatementList::Comments => &comments,
                StatementList::Limits => &alternatives,
                StatementList::Owner => return owner,
                StatementList::Drop | StatementList::DropIfExists | StatementList::SecurityLabels => return true,
            };
            let place = kept.place(mention.statement);
            mention.statement = place.unwrap_or(mention.statement);
            place.is_some()
        });
    }

    pub fn clear_security_labels(&mut self) {
        self.security_labels.clear();
        self.roles
            .retain(|mention| mention.list != StatementList::SecurityLabels);
    }

    /// Which of the statements that replace others are kept: those whose limit is kept.
    fn kept_alternatives(&self, keep: impl Fn(&Self, On) -> bool) -> Kept {
        let of_each = self.limits.iter().flat_map(|limit| {
            let kept = limit.on == On::Entry || keep(self, limit.on);
            limit.otherwise.statements().iter().map(move |_| kept)
        });
        let kept: Vec<bool> = of_each.collect();
        Kept::new(kept.len(), |at| kept[at as usize])
    }
}

/// The new positions of a list's items after some of them have been removed.
struct Kept(Vec<Option<u32>>);

impl Kept {
    fn new(items: usize, keep: impl Fn(u32) -> bool) -> Self {
        let mut places = 0..;
        let place = |at| if keep(at) { places.next() } else { None };
        Self((0..).take(items).map(place).collect())
    }

    fn place(&self, at: u32) -> Option<u32> {
        self.0.get(at as usize).copied().flatten()
    }

    fn apply<T>(&self, items: &mut Vec<T>) {
        let mut kept = self.0.iter().map(Option::is_some);
        items.retain(|_| kept.next().unwrap_or(true));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::mentions::RoleMention;
    use crate::model::needs_version::{Limit, Otherwise};
    use crate::version::Version;

    #[test]
    fn positions_follow_what_is_kept() {
        let limit = |on| Limit::since(Version::first_of(14), on, "it", Otherwise::LeaveOut);
        let instead = |on| Limit {
            otherwise: Otherwise::Use(vec!["e".to_owned()]),
            ..limit(on)
        };
        let mention = |list, statement| RoleMention {
            list,
            statement,
            offset: 0,
            length: 1,
        };
        let mut entry = Entry {
            create: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            comments: vec!["x".to_owned()],
            roles: vec![
                mention(StatementList::Create, 3),
                mention(StatementList::Limits, 0),
                mention(StatementList::Limits, 1),
                mention(StatementList::Comments, 0),
            ],
            extras: vec![1, 3],
            limits: vec![
                limit(On::Entry),
                instead(On::Create(0)),
                instead(On::Create(3)),
                limit(On::Comment(0)),
            ],
            ..Entry::default()
        };
        entry.retain(|entry, on| match on {
            On::Create(at) => !["a", "b"].contains(&entry.create[at as usize].as_str()),
            On::Comment(_) => false,
            _ => true,
        });
        assert_eq!(entry.create, ["c", "d"]);
        assert!(entry.comments.is_empty());
        assert_eq!(entry.extras, [1]);
        assert_eq!(entry.limits, [limit(On::Entry), instead(On::Create(1))]);
        assert_eq!(
            entry.roles,
            [mention(StatementList::Create, 1), mention(StatementList::Limits, 0)]
        );
    }
}
