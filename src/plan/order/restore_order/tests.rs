//! Order, flattening, and every shape of loop.

use std::collections::HashMap;
use std::time::Instant;

use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

use super::{Ordered, restore_order};
use crate::model::objects::database::Dependency;
use crate::model::objects::relation::{
    ColumnDefault, Constraint, IndexAttach, MaterializedView, Rule, Table, TableAttach, View,
};
use crate::model::objects::routine::Routine;
use crate::model::objects::types::{Domain, EnumType};
use crate::model::{Address, Class, Definition, Object, Section};

#[derive(Clone, Debug, Default)]
struct World {
    objects: Vec<Object>,
    dependencies: Vec<Dependency>,
}

impl World {
    fn add(&mut self, class: Class, oid: u32, name: &str, definition: Definition) -> Address {
        self.objects.push(Object::new(
            class,
            oid,
            Some("s".to_owned()),
            name.to_owned(),
            definition,
        ));
        Address::new(class, oid)
    }

    fn part(&mut self, class: Class, oid: u32, name: &str, parent: Address, definition: Definition) -> Address {
        let address = self.add(class, oid, name, definition);
        self.objects.last_mut().expect("just added").parent = Some(parent);
        address
    }

    fn needs(&mut self, dependent: Address, referenced: Address) {
        self.dependencies.push(Dependency { dependent, referenced });
    }

    fn table(&mut self, oid: u32, name: &str) -> Address {
        self.add(
            Class::Relation,
            oid,
            name,
            Definition::Table(Box::new(Table {
                kind: 'r',
                ..Table::default()
            })),
        )
    }

    fn row_type(&mut self, oid: u32, of: Address) -> Address {
        let address = self.add(Class::Type, oid, "row", Definition::ImpliedType);
        self.needs(address, of);
        address
    }

    fn function(&mut self, oid: u32, name: &str) -> Address {
        self.add(
            Class::Proc,
            oid,
            name,
            Definition::Routine(Box::new(Routine {
                kind: 'f',
                ..Routine::default()
            })),
        )
    }

    /// The view and its rule; a view's dependencies are recorded for the rule.
    fn view(&mut self, oid: u32, name: &str) -> (Address, Address) {
        let view = self.add(Class::Relation, oid, name, Definition::View(View::default()));
        (view, self.select_rule(oid, view))
    }

    fn matview(&mut self, oid: u32, name: &str, populated: bool) -> (Address, Address) {
        let definition = MaterializedView {
            populated,
            ..MaterializedView::default()
        };
        let view = self.add(
            Class::Relation,
            oid,
            name,
            Definition::MaterializedView(Box::new(definition)),
        );
        if populated {
            self.part(Class::MatviewRefresh, oid, name, view, Definition::MatviewRefresh);
        }
        (view, self.select_rule(oid, view))
    }

    fn select_rule(&mut self, oid: u32, view: Address) -> Address {
        let rule = Rule {
            is_view_select: true,
            ..Rule::default()
        };
        let rule = self.part(Class::Rewrite, oid + 1_000_000, "_RETURN", view, Definition::Rule(rule));
        self.needs(rule, view);
        rule
    }

    fn column_default(&mut self, oid: u32, of: Address, generated: bool) -> Address {
        let default = ColumnDefault {
            column: "c".to_owned(),
            generated,
            ..ColumnDefault::default()
        };
        let address = self.part(Class::AttributeDefault, oid, "c", of, Definition::Default(default));
        self.needs(address, of);
        address
    }

    fn constraint(&mut self, oid: u32, kind: char, of: Address) -> Address {
        let separate = !matches!(kind, 'c' | 'n');
        let constraint = Constraint {
            kind,
            separate,
            ..Constraint::default()
        };
        let address = self.part(
            Class::Constraint,
            oid,
            &format!("k{oid}"),
            of,
            Definition::Constraint(constraint),
        );
        self.needs(address, of);
        address
    }

    fn ordered(&self) -> Ordered {
        let identities = self
            .objects
            .iter()
            .map(|object| format!("{}.{}", object.name, object.address.oid))
            .collect();
        restore_order(self.objects.clone(), identities, &self.dependencies)
    }
}

fn at(ordered: &Ordered, address: Address) -> usize {
    ordered
        .objects
        .iter()
        .position(|object| object.address == address)
        .expect("object in the order")
}

fn definition(ordered: &Ordered, address: Address) -> &Definition {
    &ordered.objects[at(ordered, address)].definition
}

fn section(ordered: &Ordered, address: Address) -> Section {
    ordered.sections[at(ordered, address)]
}

/// Checks what holds for every result: edges go backwards, and sections do not interleave for entries.
#[track_caller]
fn check(ordered: &Ordered) {
    for (index, targets) in ordered.depends_on.iter().enumerate() {
        assert!(
            targets.iter().all(|target| (*target as usize) < index),
            "edge to something later"
        );
    }
    let emitted: Vec<Section> = ordered
        .objects
        .iter()
        .zip(&ordered.sections)
        .filter(|(object, _)| object.kind().is_some())
        .map(|(_, section)| *section)
        .collect();
    assert!(emitted.is_sorted(), "sections interleave: {emitted:?}");
}

#[track_caller]
fn repaired(world: &World) -> Ordered {
    let ordered = world.ordered();
    check(&ordered);
    assert!(ordered.warnings.is_empty(), "{:?}", ordered.warnings);
    ordered
}

fn names(ordered: &Ordered) -> Vec<&str> {
    ordered.objects.iter().map(|object| object.name.as_str()).collect()
}

#[test]
fn kinds_then_names_order_what_does_not_depend() {
    let mut world = World::default();
    world.table(1, "b");
    world.table(2, "a");
    world.function(3, "z");
    world.add(Class::Type, 4, "y", Definition::EnumType(EnumType::default()));
    assert_eq!(names(&world.ordered()), ["y", "z", "a", "b"]);
}

#[test]
fn a_dependency_moves_only_what_it_must() {
    let mut world = World::default();
    let a = world.table(1, "a");
    world.table(2, "b");
    let c = world.table(3, "c");
    world.table(4, "d");
    world.needs(a, c);
    assert_eq!(names(&world.ordered()), ["c", "a", "b", "d"]);
}

#[test]
fn a_base_type_and_its_functions_go_through_a_shell() {
    let mut world = World::default();
    let base = world.add(Class::Type, 1, "t", Definition::BaseType(Box::default()));
    for (oid, name) in [(2, "t_in"), (3, "t_out")] {
        let function = world.function(oid, name);
        world.needs(base, function);
        world.needs(function, base);
    }
    let ordered = repaired(&world);
    assert_eq!(ordered.objects[0].address, Address::new(Class::ShellType, 1));
    assert_eq!(ordered.objects[0].name, "t");
    assert_eq!(at(&ordered, base), 3);
    assert!(ordered.depends_on[1].contains(&0) && ordered.depends_on[3] == [0, 1, 2]);
}

#[test]
fn a_shell_that_was_read_is_used() {
    let mut world = World::default();
    let range = world.add(Class::Type, 1, "t", Definition::RangeType(Box::default()));
    let shell = world.part(Class::ShellType, 1, "t", range, Definition::ShellType);
    let function = world.function(2, "canonical");
    world.needs(range, function);
    world.needs(function, range);
    let ordered = repaired(&world);
    assert_eq!(ordered.objects.len(), 3);
    assert!(at(&ordered, shell) < at(&ordered, function) && at(&ordered, function) < at(&ordered, range));
}

#[test]
fn a_view_keeps_its_own_rule() {
    let mut world = World::default();
    let (view, _) = world.view(1, "v");
    let table = world.table(2, "w");
    world.needs(Address::new(Class::Rewrite, 1_000_001), table);
    let ordered = repaired(&world);
    assert!(matches!(definition(&ordered, view), Definition::View(view) if !view.dummy));
    let emitted: Vec<bool> = ordered.objects.iter().map(|object| object.kind().is_some()).collect();
    let flat = ordered.flatten(&emitted);
    assert_eq!(flat[at(&ordered, view)], [at(&ordered, table) as u32]);
}

#[test]
fn views_that_read_each_other_begin_with_a_dummy() {
    let mut world = World::default();
    let (a, a_rule) = world.view(1, "a");
    let (b, b_rule) = world.view(2, "b");
    world.needs(a_rule, b);
    world.needs(b_rule, a);
    let ordered = repaired(&world);
    let dummies: Vec<&str> = ordered
        .objects
        .iter()
        .filter(|object| matches!(&object.definition, Definition::View(view) if view.dummy))
        .map(|object| object.name.as_str())
        .collect();
    assert_eq!(dummies.len(), 1);
    let bodies: Vec<&Object> = ordered
        .objects
        .iter()
        .filter(|object| object.address.class == Class::ViewBody)
        .collect();
    assert_eq!(bodies.len(), 1);
    assert_eq!(bodies[0].name, dummies[0]);
    assert!(matches!(&bodies[0].definition, Definition::ViewBody(view) if !view.dummy));
    assert_eq!(section(&ordered, bodies[0].address), Section::PostData);
    assert_eq!(bodies[0].parent.map(|parent| parent.class), Some(Class::Relation));
}

#[test]
fn a_view_over_a_function_of_its_rows_begins_with_a_dummy() {
    let mut world = World::default();
    let (view, rule) = world.view(1, "v");
    let row = world.row_type(2, view);
    let function = world.function(3, "f");
    world.needs(function, row);
    world.needs(rule, function);
    let ordered = repaired(&world);
    assert!(matches!(definition(&ordered, view), Definition::View(view) if view.dummy));
    assert!(at(&ordered, view) < at(&ordered, function));
    assert!(at(&ordered, function) < at(&ordered, Address::new(Class::ViewBody, 1)));
}

#[test]
fn a_materialized_view_that_groups_by_a_key_is_postponed_with_what_reads_it() {
    let mut world = World::default();
    let table = world.table(1, "t");
    let key = world.constraint(2, 'p', table);
    let (first, first_rule) = world.matview(3, "m", true);
    world.needs(first_rule, table);
    world.needs(first_rule, key);
    let (second, second_rule) = world.matview(4, "a", true);
    world.needs(second_rule, first);
    let (view, view_rule) = world.view(5, "v");
    world.needs(view_rule, second);
    let (third, third_rule) = world.matview(6, "b", true);
    world.needs(third_rule, view);
    let ordered = repaired(&world);
    for matview in [first, second] {
        assert!(matches!(definition(&ordered, matview), Definition::MaterializedView(view) if view.postponed));
        assert_eq!(section(&ordered, matview), Section::PostData);
    }
    // The view can be a dummy, so that the objects above it need not move.
    assert!(matches!(definition(&ordered, view), Definition::View(view) if view.dummy));
    assert!(matches!(definition(&ordered, third), Definition::MaterializedView(view) if !view.postponed));
    let refresh = |oid| at(&ordered, Address::new(Class::MatviewRefresh, oid));
    assert!(refresh(3) < refresh(4) && refresh(4) < refresh(6));
    assert!(at(&ordered, key) < at(&ordered, first) && at(&ordered, first) < at(&ordered, second));
}

#[test]
fn a_function_that_groups_by_a_key_is_postponed_with_what_calls_it() {
    let mut world = World::default();
    let table = world.table(1, "t");
    let key = world.constraint(2, 'p', table);
    let function = world.function(3, "f");
    world.needs(function, key);
    let caller = world.function(4, "a");
    world.needs(caller, function);
    let other = world.table(5, "o");
    let default = world.column_default(6, other, false);
    world.needs(default, caller);
    let check_of_other = world.constraint(7, 'c', other);
    world.needs(check_of_other, function);
    let ordered = repaired(&world);
    for function in [function, caller] {
        assert!(matches!(definition(&ordered, function), Definition::Routine(routine) if routine.postponed));
        assert_eq!(section(&ordered, function), Section::PostData);
    }
    // The table is not moved behind its own rows; the part that needs the function is.
    assert_eq!(section(&ordered, other), Section::PreData);
    assert!(matches!(definition(&ordered, default), Definition::Default(default) if default.separate));
    assert_eq!(section(&ordered, default), Section::PostData);
    assert!(matches!(definition(&ordered, check_of_other), Definition::Constraint(check) if check.separate));
}

#[test]
fn a_plain_check_and_default_stay_inline() {
    let mut world = World::default();
    let table = world.table(1, "t");
    let check_of_table = world.constraint(2, 'c', table);
    let default = world.column_default(3, table, false);
    let domain = world.add(Class::Type, 4, "d", Definition::Domain(Domain::default()));
    let check_of_domain = world.constraint(5, 'c', domain);
    let not_null = world.constraint(6, 'n', domain);
    let function = world.function(7, "z");
    world.needs(check_of_table, function);
    let ordered = repaired(&world);
    for address in [check_of_table, default, check_of_domain, not_null] {
        assert!(ordered.objects[at(&ordered, address)].is_inline());
    }
    assert!(at(&ordered, function) < at(&ordered, table));
}

#[test]
fn a_check_on_the_whole_row_is_separate_and_behind_the_data() {
    let mut world = World::default();
    let table = world.table(1, "t");
    let row = world.row_type(2, table);
    let function = world.function(3, "f");
    world.needs(function, row);
    let own = world.constraint(4, 'c', table);
    world.needs(own, function);
    let ordered = repaired(&world);
    assert!(matches!(definition(&ordered, own), Definition::Constraint(check) if check.separate));
    assert_eq!(section(&ordered, own), Section::PostData);
}

#[test]
fn a_default_of_the_whole_row_is_separate_and_before_the_data() {
    let mut world = World::default();
    let table = world.table(1, "t");
    let row = world.row_type(2, table);
    let function = world.function(3, "f");
    world.needs(function, row);
    let default = world.column_default(4, table, false);
    world.needs(default, function);
    let ordered = repaired(&world);
    assert!(matches!(definition(&ordered, default), Definition::Default(default) if default.separate));
    assert_eq!(section(&ordered, default), Section::PreData);
}

#[test]
fn the_sequence_of_a_serial_column_comes_between_table_and_default() {
    let mut world = World::default();
    let table = world.table(1, "t");
    let sequence = world.add(Class::Relation, 2, "t_seq", Definition::Sequence(Box::default()));
    world.needs(sequence, table);
    let default = world.column_default(3, table, false);
    world.needs(default, sequence);
    let ordered = repaired(&world);
    assert!(at(&ordered, table) < at(&ordered, sequence) && at(&ordered, sequence) < at(&ordered, default));
}

#[test]
fn a_generation_expression_is_never_separate() {
    let mut world = World::default();
    let table = world.table(1, "t");
    let row = world.row_type(2, table);
    let function = world.function(3, "f");
    world.needs(function, row);
    let default = world.column_default(4, table, true);
    world.needs(default, function);
    let ordered = world.ordered();
    check(&ordered);
    assert!(matches!(definition(&ordered, default), Definition::Default(default) if !default.separate));
    assert_eq!(ordered.warnings.len(), 1);
    assert!(ordered.warnings[0].contains("`s.t`"), "{:?}", ordered.warnings);
}

#[test]
fn a_domain_whose_check_takes_the_domain_gets_it_later() {
    let mut world = World::default();
    let domain = world.add(Class::Type, 1, "d", Definition::Domain(Domain::default()));
    let function = world.function(2, "f");
    world.needs(function, domain);
    let own = world.constraint(3, 'c', domain);
    world.needs(own, function);
    let ordered = repaired(&world);
    assert!(matches!(definition(&ordered, own), Definition::Constraint(check) if check.separate));
    assert_eq!(section(&ordered, own), Section::PostData);
}

#[test]
fn an_index_and_its_partitions_index_are_made_from_the_top() {
    let mut world = World::default();
    let parent = world.add(Class::Relation, 1, "p", Definition::Index(Box::default()));
    let child = world.add(Class::Relation, 2, "c", Definition::Index(Box::default()));
    let attach = IndexAttach {
        index: child,
        parent_index: parent,
        parent_schema: "s".to_owned(),
        parent_name: "p".to_owned(),
    };
    world.add(Class::IndexAttach, 2, "c", Definition::IndexAttach(attach));
    world.needs(parent, child);
    world.needs(child, parent);
    let ordered = repaired(&world);
    assert_eq!(names(&ordered), ["p", "c", "c"]);
}

#[test]
fn a_foreign_key_waits_for_all_attached_indexes() {
    let mut world = World::default();
    let top = world.table(1, "top");
    let other = world.table(2, "other");
    let mut indexes = Vec::new();
    for (oid, parent) in [(10, None), (11, Some(10)), (12, Some(11))] {
        let index = world.part(
            Class::Relation,
            oid,
            &format!("i{oid}"),
            top,
            Definition::Index(Box::default()),
        );
        if let Some(parent) = parent {
            let attach = IndexAttach {
                index,
                parent_index: Address::new(Class::Relation, parent),
                parent_schema: "s".to_owned(),
                parent_name: String::new(),
            };
            world.add(
                Class::IndexAttach,
                oid,
                &format!("i{oid}"),
                Definition::IndexAttach(attach),
            );
        }
        indexes.push(index);
    }
    let key = world.constraint(20, 'f', other);
    world.needs(key, indexes[0]);
    let ordered = repaired(&world);
    for oid in [11, 12] {
        let attach = at(&ordered, Address::new(Class::IndexAttach, oid)) as u32;
        assert!(ordered.depends_on[at(&ordered, key)].contains(&attach));
    }
}

#[test]
fn an_attachment_follows_both_tables() {
    let mut world = World::default();
    let partition = world.table(1, "a");
    let parent = world.table(2, "z");
    let attach = TableAttach {
        partition,
        parent,
        parent_schema: "s".to_owned(),
        parent_name: "z".to_owned(),
        bound: "DEFAULT".to_owned(),
    };
    let attach = world.add(Class::TableAttach, 1, "a", Definition::TableAttach(attach));
    let ordered = repaired(&world);
    assert_eq!(ordered.depends_on[at(&ordered, attach)], [0, 1]);
}

#[test]
fn what_depends_on_itself_is_no_loop() {
    let mut world = World::default();
    let table = world.table(1, "t");
    world.needs(table, table);
    repaired(&world);
}

#[test]
fn any_other_loop_is_broken_with_a_warning() {
    let mut world = World::default();
    let tables: Vec<Address> = (1..=3).map(|oid| world.table(oid, &format!("t{oid}"))).collect();
    for i in 0..3 {
        world.needs(tables[i], tables[(i + 1) % 3]);
    }
    let ordered = world.ordered();
    check(&ordered);
    assert_eq!(
        ordered.warnings,
        [
            "objects depend on each other in a loop (TABLE `s.t1`, TABLE `s.t2`, TABLE `s.t3`): TABLE `s.t1` may be created before TABLE `s.t2`"
        ]
    );
}

#[test]
fn a_materialized_view_over_an_empty_one_is_not_refreshed() {
    let mut world = World::default();
    let (empty, _) = world.matview(1, "empty", false);
    let (view, view_rule) = world.view(2, "v");
    world.needs(view_rule, empty);
    let (_, rule) = world.matview(3, "full", true);
    world.needs(rule, view);
    let ordered = world.ordered();
    check(&ordered);
    assert!(
        ordered
            .objects
            .iter()
            .all(|object| object.address.class != Class::MatviewRefresh)
    );
    assert_eq!(ordered.warnings.len(), 1);
    assert!(ordered.warnings[0].contains("`s.full`"));
}

#[test]
fn dependencies_reach_through_what_is_left_out() {
    let mut world = World::default();
    let tables: Vec<Address> = (1..=4).map(|oid| world.table(oid, &format!("t{oid}"))).collect();
    for i in 1..4 {
        world.needs(tables[i], tables[i - 1]);
    }
    let ordered = repaired(&world);
    assert_eq!(
        ordered.flatten(&[true, false, false, true]),
        [vec![], vec![], vec![], vec![0]]
    );
    assert_eq!(ordered.flatten(&[true; 4]), [vec![], vec![0], vec![1], vec![2]]);
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let mut world = World::default();
    for i in 0..20u32 {
        let base = 100 * (i + 1);
        let table = world.table(base, &format!("t{}", i % 7));
        let row = world.row_type(base + 1, table);
        let function = world.function(base + 2, &format!("f{}", i % 5));
        world.needs(function, row);
        let own = world.constraint(base + 3, 'c', table);
        world.needs(own, function);
        let (_, rule) = world.view(base + 4, &format!("v{}", i % 3));
        world.needs(rule, function);
        let key = world.constraint(base + 5, 'p', table);
        world.needs(rule, key);
    }
    let expected: Vec<Address> = world.ordered().objects.iter().map(|object| object.address).collect();
    let mut shuffled = world.clone();
    // A fixed permutation: 37 and the lengths have no common factor.
    let permute = |len: usize| (0..len).map(move |i| i * 37 % len).collect::<Vec<_>>();
    assert!(shuffled.objects.len() % 37 != 0 && shuffled.dependencies.len() % 37 != 0);
    shuffled.objects = permute(world.objects.len())
        .into_iter()
        .map(|i| world.objects[i].clone())
        .collect();
    shuffled.dependencies = permute(world.dependencies.len())
        .into_iter()
        .map(|i| world.dependencies[i])
        .collect();
    let found: Vec<Address> = shuffled.ordered().objects.iter().map(|object| object.address).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_long_chain_needs_no_stack_and_large_graphs_little_time() {
    let mut world = World::default();
    let count = 30_000;
    let mut previous: Option<Address> = None;
    for i in 0..count {
        let table = world.table(i * 10, &format!("t{i}"));
        let sequence = world.add(
            Class::Relation,
            i * 10 + 1,
            &format!("s{i}"),
            Definition::Sequence(Box::default()),
        );
        world.needs(sequence, table);
        let default = world.column_default(i * 10 + 2, table, false);
        world.needs(default, sequence);
        let (view, rule) = world.view(i * 10 + 3, &format!("v{i}"));
        world.needs(rule, table);
        let key = world.constraint(i * 10 + 4, 'p', table);
        if i % 10 == 0 {
            world.needs(rule, key);
        }
        if let Some(previous) = previous {
            world.needs(rule, previous);
        }
        previous = Some(view);
    }
    let started = Instant::now();
    let ordered = repaired(&world);
    assert!(ordered.objects.len() >= world.objects.len());
    // The limit is generous, for an unoptimised build on a busy machine.
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

fn random_world() -> impl Strategy<Value = World> {
    (2usize..40).prop_flat_map(|count| {
        let kinds = prop::collection::vec(0u8..6, count);
        let edges = prop::collection::vec((0..count, 0..count), 0..count * 3);
        (kinds, edges, any::<bool>()).prop_map(|(kinds, edges, acyclic)| {
            let mut world = World::default();
            // (what others depend on, what its own dependencies are recorded for)
            let mut ends: Vec<(Address, Address)> = Vec::new();
            for (i, kind) in kinds.iter().enumerate() {
                let oid = (i as u32 + 1) * 10;
                let name = format!("o{}", i % 4);
                ends.push(match kind {
                    0 => {
                        let table = world.table(oid, &name);
                        (world.row_type(oid + 1, table), table)
                    }
                    1 => {
                        let table = world.table(oid, &name);
                        (table, world.constraint(oid + 1, 'c', table))
                    }
                    2 => world.view(oid, &name),
                    3 => world.matview(oid, &name, true),
                    4 => {
                        let table = world.table(oid, &name);
                        let key = world.constraint(oid + 1, 'p', table);
                        (key, table)
                    }
                    _ => {
                        let function = world.function(oid, &name);
                        (function, function)
                    }
                });
            }
            for (from, to) in edges {
                if from != to && !(acyclic && from < to) {
                    world.needs(ends[from].1, ends[to].0);
                }
            }
            world.dependencies.sort_unstable();
            world.dependencies.dedup();
            world
        })
    })
}

proptest! {
    #[test]
    fn every_graph_gets_an_order_that_respects_its_edges(world in random_world()) {
        let ordered = world.ordered();
        for (index, targets) in ordered.depends_on.iter().enumerate() {
            prop_assert!(targets.iter().all(|target| (*target as usize) < index));
        }
        let kept: HashMap<Address, usize> =
            ordered.objects.iter().enumerate().map(|(index, object)| (object.address, index)).collect();
        let all_kept = world
            .objects
            .iter()
            .all(|object| object.address.class == Class::MatviewRefresh || kept.contains_key(&object.address));
        prop_assert!(all_kept);
        prop_assert_eq!(kept.len(), ordered.objects.len());
        let emitted: Vec<bool> = ordered.objects.iter().map(|object| object.kind().is_some()).collect();
        for (index, targets) in ordered.flatten(&emitted).iter().enumerate() {
            prop_assert!(targets.iter().all(|target| (*target as usize) < index && emitted[*target as usize]));
        }
        // Every recorded edge between objects holds, unless a repair took it away.
        let broken = world
            .dependencies
            .iter()
            .filter(|edge| kept[&edge.dependent] < kept[&edge.referenced])
            .count();
        let repairs = ordered
            .objects
            .iter()
            .filter(|object| match &object.definition {
                Definition::View(view) => view.dummy,
                Definition::Rule(rule) => rule.is_view_select,
                Definition::Constraint(check) => !check.separate,
                Definition::Default(default) => !default.separate,
                _ => false,
            })
            .count();
        prop_assert!(broken <= repairs + ordered.warnings.len(), "{broken} edges broken by {repairs} repairs");
        let again = world.ordered();
        prop_assert_eq!(
            again.objects.iter().map(|object| object.address).collect::<Vec<_>>(),
            ordered.objects.iter().map(|object| object.address).collect::<Vec<_>>()
        );
    }
}
