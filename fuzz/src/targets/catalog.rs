//! Catalogs as archives hold them: one that the check admits can be selected from, fitted to any server, planned and
//! ordered, and its restore comes to an end.

use std::collections::HashMap;
use std::io::Cursor;

use pgark::archive::{ArchiveStream, RecordKind, StreamEvent};
use pgark::internals::plan::choose::absent;
use pgark::internals::plan::choose::leave_out::Without;
use pgark::internals::plan::choose::parts::Parts;
use pgark::internals::plan::restore::analyze;
use pgark::internals::plan::restore::fit::{fit, fit_each};
use pgark::internals::plan::restore::list;
use pgark::internals::plan::restore::role_map;
use pgark::internals::plan::restore::role_map::RoleMap;
use pgark::internals::plan::restore::schedule::Schedule;
use pgark::internals::plan::restore::select::{RestoreFilter, Selection, select};
use pgark::internals::plan::restore::steps;
use pgark::internals::plan::restore::steps::load_levels;
use pgark::model::{Catalog, Kind};
use pgark::select::pattern::{NamePattern, RelationPattern, RoutinePattern};
use pgark::version::Version;

use super::forge::{Repair, compressed};
use super::input::Input;
use super::sample::SAMPLES;
use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "catalog",
    run,
    // A few copies of it, each at most 160 bytes for one of CBOR.
    memory: |data| 64 * MIB + 2048 * data.len(),
};

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let choices = input.u16();
    let version = Version::first_of(12 + u32::from(input.u8() % 8));
    let Some(catalog) = checked(input.rest()) else { return };

    assert!(absent::of_catalog(&catalog).iter().all(|(_, by)| !by.is_empty()));
    let everything = RestoreFilter::default();
    let all = select(&catalog, &everything).expect("no pattern, so none that matches nothing");
    plan(&catalog, all.clone(), version);

    let lines = list::lines(&catalog);
    let list: String = lines
        .iter()
        .map(|line| format!("{} {}\n", line.id, line.text))
        .collect();
    // A text may hold what no line can.
    if let Ok(listed) = list::select(&catalog, &everything, &list) {
        plan(&catalog, listed, version);
    }
    if let Ok(chosen) = select(&catalog, &filter(choices)) {
        plan(&catalog, chosen, version);
    }
    change(catalog, choices, version);
}

/// The catalog, if a reader admits it.
fn checked(cbor: &[u8]) -> Option<Catalog> {
    let mut parts = SAMPLES[0].clone();
    parts.records.truncate(2);
    let (header, payload) = parts.records.get_mut(1)?;
    assert_eq!(header.kind, RecordKind::Catalog);
    (*payload, header.raw_bytes) = compressed(cbor);
    let mut stream = ArchiveStream::new(Cursor::new(parts.write(Repair::ALL)), "fuzz").expect("the header is good");
    assert!(matches!(stream.next(), Ok(Some(StreamEvent::Source(_)))));
    match stream.next() {
        Ok(Some(StreamEvent::Catalog(catalog))) => Some(catalog),
        _ => None,
    }
}

/// A choice of options.
fn filter(choices: u16) -> RestoreFilter {
    let chosen = |bit: u16| choices >> bit & 1 == 1;
    let relations = |bit: u16, text: &str| match chosen(bit) {
        true => vec![RelationPattern::parse(text, "db").expect("it is a pattern")],
        false => Vec::new(),
    };
    let names = |bit: u16, text: &str| match chosen(bit) {
        true => vec![NamePattern::parse(text, "db").expect("it is a pattern")],
        false => Vec::new(),
    };
    RestoreFilter {
        schemas: names(0, "p*"),
        exclude_schemas: names(1, "s*"),
        tables: relations(2, "*"),
        exclude_tables: relations(3, "t1"),
        indexes: relations(4, "*"),
        triggers: relations(5, "*"),
        functions: match chosen(6) {
            true => vec![RoutinePattern::parse("*", "db").expect("it is a pattern")],
            false => Vec::new(),
        },
        list: None,
        parts: Parts::of(!chosen(7), !chosen(8), !chosen(9)),
        without: without(choices),
        large_objects: chosen(10).then_some(chosen(11)),
    }
}

fn without(choices: u16) -> Without {
    let chosen = |bit: u16| choices >> bit & 1 == 1;
    Without {
        owners: chosen(0),
        privileges: chosen(1),
        comments: chosen(2),
        security_labels: chosen(3),
        policies: chosen(4),
        publications: chosen(5),
        subscriptions: chosen(6),
        tablespaces: chosen(7),
        access_methods: chosen(8),
        ..Without::default()
    }
}

/// What a restore makes of a selection: every step comes to its turn.
fn plan(catalog: &Catalog, mut selection: Selection, version: Version) {
    let fitted = fit(catalog, &mut selection, version);
    assert!(fitted.lost().all(|(id, _)| !selection.entries.contains_key(&id)));
    let weights = HashMap::from([(1, 5), (2, u64::MAX)]);
    let steps = steps::build(catalog, &selection, &weights);
    for phase in [steps.after, steps.last] {
        let nodes = phase.nodes.len();
        let rows: Vec<usize> = (0..nodes).filter(|node| phase.nodes[*node].external).collect();
        let mut schedule = Schedule::new(phase.nodes);
        rows.iter().for_each(|node| drop(schedule.ended(*node, true)));
        let mut done = rows.len();
        while let Some(node) = schedule.take() {
            schedule.ended(node, true);
            done += 1;
        }
        assert!(
            schedule.is_finished() && done == nodes,
            "stuck at {:?}",
            schedule.stuck()
        );
    }
    let levels = load_levels(catalog, &selection.relations);
    assert_eq!(levels.iter().map(Vec::len).sum::<usize>(), selection.relations.len());
    analyze::statements(catalog, &selection, version, &weights, |id| id % 3 == 0);
    selection.rows_alone(catalog);
}

/// What changes a catalog before it is planned.
fn change(mut catalog: Catalog, choices: u16, version: Version) {
    let pairs = ["t1=\"x \"\"y\"", "postgres=me", "owner=a"].map(str::to_owned);
    let map = RoleMap::parse(&pairs).expect("they are pairs");
    map.unknown(&catalog);
    let superusers = choices.is_multiple_of(2).then_some(("postgres", "root"));
    role_map::apply(&mut catalog, &map, superusers);
    for entry in catalog.globals.iter().chain(&catalog.entries) {
        assert!(entry.roles.iter().all(|mention| entry.mentioned(mention).is_some()));
    }
    fit_each(&mut catalog.globals, version);
    let without = without(choices);
    for entry in catalog.entries {
        let secret = entry.kind != Kind::Table && entry.secret;
        if let Some(rest) = without.rest(entry) {
            assert!(rest.kind == Kind::Table || rest.secret == secret);
            assert!(!without.owners || rest.owner.is_none());
        }
    }
}
