//! The order of an archive and its dependencies are enough: no luck, no second try.
//!
//! All cases of a major are merged into one database and dumped. The archive is then restored by the test itself, one
//! statement after the other, first strictly in its own order and then in random orders that the plan of a restore
//! allows. Not one statement may fail, and the result must compare equal.
//!
//! `PGARK_SEED=n` tries that seed alone.

use std::collections::{BTreeSet, HashMap};

use crate::cases::cases_of;
use crate::kit::Folder;
use crate::merged;
use crate::support::Database;
use crate::support::program::pgark;
use crate::support::session::params;
use pgark::archive::Archive;
use pgark::internals::connect::Wire;
use pgark::internals::plan::restore::select::{RestoreFilter, select};
use pgark::internals::plan::restore::steps;
use pgark::internals::plan::restore::steps::{Phase, Step};
use pgark::internals::restore::define::{Definition, Lesser, Refused, define, grant, set_owner};
use pgark::internals::restore::load::{Rows, load};
use pgark::internals::restore::session;
use pgark::internals::restore::statements::CopyStatements;
use pgark::model::kind::{Kind, Section};
use pgark::model::{Catalog, Entry, EntryId, Pass, RelationId};
use pgark::version::Version;

const SEEDS: [u64; 3] = [1, 2, 3];

/// A restore by hand: no scheduler, one session, every error counts.
struct ByHand<'a> {
    archive: &'a Archive,
    wire: Wire,
    errors: Vec<String>,
}

impl<'a> ByHand<'a> {
    fn new(archive: &'a Archive, target: &Database) -> Self {
        let mut wire = Wire::connect(&params(&target.conninfo())).expect("session");
        for statement in session::settings(Version::first_of(target.major()), 1) {
            wire.execute(&statement).expect("setting");
        }
        Self {
            archive,
            wire,
            errors: Vec::new(),
        }
    }

    fn catalog(&self) -> &'a Catalog {
        self.archive.catalog()
    }

    fn define(&mut self, entry: &Entry) {
        match define(&mut self.wire, &[Definition::plain(entry)]).remove(0) {
            Ok(lesser) => {
                for lesser in lesser {
                    let (Lesser::Owner(refused) | Lesser::Extra(refused)) = &lesser;
                    self.note(entry, refused);
                }
            }
            Err(refused) => self.note(entry, &refused),
        }
    }

    fn grant(&mut self, entry: &Entry) {
        if let Err(refused) = grant(&mut self.wire, &entry.privileges, None) {
            self.note(entry, &refused);
        }
    }

    fn note(&mut self, entry: &Entry, refused: &Refused) {
        self.errors.push(format!(
            "{} {}: {}\nin: {}",
            entry.kind,
            entry.identity,
            refused.error,
            refused.statement.as_deref().unwrap_or("BEGIN or COMMIT")
        ));
    }

    fn rows(&mut self, relation: RelationId) {
        let Some(held) = self
            .archive
            .manifest()
            .relations
            .iter()
            .find(|r| r.relation == relation)
        else {
            return;
        };
        let relation = self.catalog().relation(relation).expect("relation of the manifest");
        let statements = CopyStatements::new(relation, &self.archive.source().encoding, false, |_| true);
        for chunk in &held.chunks {
            let rows = Rows::Run(vec![chunk.clone()]);
            if let Err(error) = load(
                &mut self.wire,
                Some(self.archive),
                &rows,
                &statements,
                &Default::default(),
            ) {
                self.errors
                    .push(format!("rows of {}.{}: {error}", relation.schema, relation.name));
            }
        }
    }

    fn sequences(&mut self) {
        for state in self.archive.sequences() {
            let name = pgark::model::ident::qualified(&state.schema, &state.name);
            let sql = format!(
                "SELECT pg_catalog.setval({}, {}, {})",
                pgark::model::ident::quote_literal(&name),
                state.last_value,
                state.is_called
            );
            if let Err(error) = self.wire.execute(&sql) {
                self.errors.push(format!("{error}\nin: {sql}"));
            }
        }
    }

    /// Their owner comes after their content.
    fn give_large_objects(&mut self) {
        let made = self.catalog().entries.iter().filter(|e| !e.large_objects.is_empty());
        for entry in made {
            if let Err(refused) = set_owner(&mut self.wire, entry) {
                self.note(entry, &refused);
            }
        }
    }

    /// Every entry when its turn comes in the archive; rows as soon as no entry before the data is left, those of a
    /// table behind the data right after it.
    fn in_archive_order(mut self) -> Vec<String> {
        let catalog = self.catalog();
        let (main, last): (Vec<&Entry>, Vec<&Entry>) =
            catalog.entries.iter().partition(|entry| entry.pass == Pass::Main);
        let boundary = main
            .iter()
            .rposition(|entry| entry.section == Section::PreData)
            .map_or(0, |at| at + 1);
        let (before, after) = main.split_at(boundary);
        let late: BTreeSet<EntryId> = after.iter().map(|entry| entry.id).collect();

        before.iter().for_each(|entry| self.define(entry));
        for relation in &catalog.relations {
            if !relation.entry.is_some_and(|table| late.contains(&table)) {
                self.rows(relation.id);
            }
        }
        for entry in after {
            self.define(entry);
            let own = catalog
                .relations
                .iter()
                .filter(|relation| relation.entry == Some(entry.id));
            own.for_each(|relation| self.rows(relation.id));
        }
        self.sequences();
        self.give_large_objects();
        catalog.entries.iter().for_each(|entry| self.grant(entry));
        last.iter().for_each(|entry| self.define(entry));
        self.errors
    }

    /// A random order within what dependencies and the phases of a restore allow.
    fn in_random_order(mut self, random: &mut Random) -> Vec<String> {
        let catalog = self.catalog();
        let selection = select(catalog, &RestoreFilter::default()).expect("no pattern");
        let steps = steps::build(catalog, &selection, &HashMap::new());
        for id in self.shuffled(&steps.before, random) {
            self.define(catalog.entry(id).expect("entry"));
        }
        self.phase(&steps.after, random);
        self.sequences();
        self.give_large_objects();
        for id in self.shuffled(&steps.privileges, random) {
            self.grant(catalog.entry(id).expect("entry"));
        }
        self.phase(&steps.last, random);
        for id in self.shuffled(&steps.at_end, random) {
            self.define(catalog.entry(id).expect("entry"));
        }
        self.errors
    }

    /// `ids` so that each comes after those it depends on, through entries that are not in `ids` too.
    fn shuffled(&self, ids: &[EntryId], random: &mut Random) -> Vec<EntryId> {
        let place: HashMap<EntryId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        // For every entry the nearest ones in `ids` that it needs; ids ascend along dependencies.
        let mut needs: HashMap<EntryId, BTreeSet<usize>> = HashMap::new();
        for entry in &self.catalog().entries {
            let mut own = BTreeSet::new();
            for needed in &entry.depends_on {
                match place.get(needed) {
                    Some(at) => _ = own.insert(*at),
                    None => own.extend(needs.get(needed).into_iter().flatten()),
                }
            }
            needs.insert(entry.id, own);
        }
        let after: Vec<Vec<usize>> = ids.iter().map(|id| needs[id].iter().copied().collect()).collect();
        random.order(&after).into_iter().map(|at| ids[at]).collect()
    }

    fn phase(&mut self, phase: &Phase, random: &mut Random) {
        let after: Vec<Vec<usize>> = phase.nodes.iter().map(|node| node.after.clone()).collect();
        let order = random.order(&after);
        assert_eq!(order.len(), phase.steps.len(), "the plan has a loop");
        for node in order {
            match phase.steps[node] {
                Step::Define(id) => self.define(self.catalog().entry(id).expect("entry")),
                Step::Rows(relation) => self.rows(relation),
            }
        }
    }
}

/// SplitMix64: the same numbers for the same seed on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// Every node once, none before those that it comes after.
    fn order(&mut self, after: &[Vec<usize>]) -> Vec<usize> {
        let after: Vec<BTreeSet<usize>> = after.iter().map(|nodes| nodes.iter().copied().collect()).collect();
        let mut open: Vec<usize> = after.iter().map(BTreeSet::len).collect();
        let mut dependents = vec![Vec::new(); after.len()];
        for (node, needed) in after.iter().enumerate() {
            needed.iter().for_each(|needed| dependents[*needed].push(node));
        }
        let mut free: Vec<usize> = (0..after.len()).filter(|node| open[*node] == 0).collect();
        let mut order = Vec::with_capacity(after.len());
        while !free.is_empty() {
            let node = free.swap_remove(self.below(free.len()));
            order.push(node);
            for dependent in &dependents[node] {
                open[*dependent] -= 1;
                if open[*dependent] == 0 {
                    free.push(*dependent);
                }
            }
        }
        order
    }
}

fn seeds() -> Vec<u64> {
    match std::env::var("PGARK_SEED").map(|seed| seed.parse()) {
        Ok(seed) => vec![seed.expect("PGARK_SEED is a number")],
        Err(_) => SEEDS.to_vec(),
    }
}

/// Restores every database of the merged cases of `major` in archive order and in random ones.
fn any_order_restores(major: u32) {
    let mut failures = Vec::new();
    let mut seen = BTreeSet::new();
    for source in merged::databases(major, &cases_of(&[major])) {
        let folder = Folder::new();
        let file = folder.dump(&source, "a.pgark", &[]);
        let archive = Archive::open(file.as_ref()).expect("archive");
        seen.extend(archive.catalog().entries.iter().map(|entry| entry.kind.label()));
        let mut check = |what: String, restore: &mut dyn FnMut(ByHand<'_>) -> Vec<String>| {
            let target = Database::create(major, "ordered");
            let mut errors = restore(ByHand::new(&archive, &target));
            if errors.is_empty() {
                errors.extend(pgark(["compare", &file, &target.conninfo()]).ended_with(0).err());
            }
            if !errors.is_empty() {
                failures.push(format!("{} {what}: {}", source.name(), errors.join("\n")));
            }
        };
        check("in archive order".to_owned(), &mut |by_hand| by_hand.in_archive_order());
        for seed in seeds() {
            check(format!("with PGARK_SEED={seed}"), &mut |by_hand| {
                by_hand.in_random_order(&mut Random(seed))
            });
        }
    }
    assert!(failures.is_empty(), "on {major}:\n{}", failures.join("\n\n"));
    assert!(seen.contains(Kind::Table.label()), "{seen:?}");
}

#[test]
fn archive_order_and_random_orders_restore_on_13() {
    any_order_restores(13);
}

#[test]
fn archive_order_and_random_orders_restore_on_18() {
    any_order_restores(18);
}
