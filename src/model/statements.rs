//! The statements of an entry, each by its place.

use super::Entry;
use super::mentions::{RoleMention, StatementList};
use crate::model::needs_version::Otherwise;

impl Entry {
    /// Every statement with its place, in the order of places.
    pub fn statements_mut(&mut self) -> impl Iterator<Item = (StatementList, u32, &mut String)> {
        fn list<'a>(
            list: StatementList,
            statements: impl IntoIterator<Item = &'a mut String>,
        ) -> impl Iterator<Item = (StatementList, u32, &'a mut String)> {
            (0..).zip(statements).map(move |(number, text)| (list, number, text))
        }
        let (statement, if_exists) = match &mut self.drop {
            Some(drop) => (Some(&mut drop.statement), Some(&mut drop.if_exists)),
            None => (None, None),
        };
        let alternatives = self.limits.iter_mut().flat_map(|limit| match &mut limit.otherwise {
            Otherwise::Use(statements) => statements.iter_mut(),
            _ => [].iter_mut(),
        });
        let owner = self.owner.iter_mut();
        let owner = owner.flat_map(|owner| std::iter::once(&mut owner.statement).chain(&mut owner.also));
        let privileges = self.privileges.iter_mut().map(|privilege| &mut privilege.statement);
        list(StatementList::Create, &mut self.create)
            .chain(list(StatementList::Limits, alternatives))
            .chain(list(StatementList::Drop, statement))
            .chain(list(StatementList::DropIfExists, if_exists))
            .chain(list(StatementList::Owner, owner))
            .chain(list(StatementList::Privileges, privileges))
            .chain(list(StatementList::Comments, &mut self.comments))
            .chain(list(StatementList::SecurityLabels, &mut self.security_labels))
    }

    /// The statement at a place.
    pub fn statement(&self, list: StatementList, number: u32) -> Option<&str> {
        let number = number as usize;
        match list {
            StatementList::Create => self.create.get(number),
            StatementList::Limits => self.alternatives().nth(number),
            StatementList::Drop => self.drop.as_ref().filter(|_| number == 0).map(|d| &d.statement),
            StatementList::DropIfExists => self.drop.as_ref().filter(|_| number == 0).map(|d| &d.if_exists),
            StatementList::Owner => self.owner.as_ref()?.statements().nth(number),
            StatementList::Privileges => self.privileges.get(number).map(|p| &p.statement),
            StatementList::Comments => self.comments.get(number),
            StatementList::SecurityLabels => self.security_labels.get(number),
        }
        .map(String::as_str)
    }

    /// The quoted name that a mention means; `None` if there is none at its place.
    pub fn mentioned(&self, mention: &RoleMention) -> Option<&str> {
        let start = mention.offset as usize;
        let end = start.checked_add(mention.length as usize)?;
        self.statement(mention.list, mention.statement)?.get(start..end)
    }

    fn alternatives(&self) -> impl Iterator<Item = &String> {
        self.limits.iter().flat_map(|limit| limit.otherwise.statements())
    }
}
