//! Takes parts out of an entry, and keeps right what is said of the others by their position.

use crate::model::Entry;
use crate::model::limit::On;

impl Entry {
    /// Keeps the parts that `keep` wants; what the entry is as a whole ([`On::Entry`]) is not asked for.
    pub fn retain(&mut self, keep: impl Fn(&Self, On) -> bool) {
        let create = Kept::new(self.create.len(), |at| keep(self, On::Create(at)));
        let privileges = Kept::new(self.privileges.len(), |at| keep(self, On::Privilege(at)));
        let comments = Kept::new(self.comments.len(), |at| keep(self, On::Comment(at)));
        let requires = Kept::new(self.requires.len(), |at| keep(self, On::Requirement(at)));
        let owner = keep(self, On::Owner);

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
    }
}

/// Where the items of a list are after some of them are gone.
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
    use crate::model::limit::{Limit, Otherwise};

    #[test]
    fn positions_follow_what_is_kept() {
        let limit = |on| Limit::since(140_000, on, "it", Otherwise::LeaveOut);
        let mut entry = Entry {
            create: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            comments: vec!["x".to_owned()],
            extras: vec![1, 3],
            limits: vec![
                limit(On::Entry),
                limit(On::Create(0)),
                limit(On::Create(3)),
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
        assert_eq!(entry.limits, [limit(On::Entry), limit(On::Create(1))]);
    }
}
