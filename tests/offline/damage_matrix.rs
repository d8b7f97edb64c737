//! Every kind of damage at every part of an archive and at every border: `verify` names it, readers refuse it or give
//! out exactly what is not damaged, salvage keeps what is whole.

use std::collections::BTreeMap;

use pgark::archive::{Archive, ArchiveError, Fault, Finding};
use pgark::codec::Compression;
use pgark::format::header::HEADER_BYTES;
use pgark::format::record::RECORD_HEADER_BYTES;
use pgark::format::{RecordHeader, RecordKind};

use crate::damage::Good;
use crate::mutate::{self, ACTIONS, Action, Part, at_random, damaged, parts, peak_memory};
use crate::salvage;
use crate::sample;

/// Another archive with the same catalog: of another id, and as one of the same id that was made anew.
fn others(rows: usize, checkpoint_interval: u64) -> [Vec<u8>; 2] {
    let mut tables = sample::varied_tables(rows);
    for table in &mut tables {
        table.chunks.reverse();
    }
    let write = |id| {
        let (source, catalog) = (sample::source(), sample::catalog(&tables));
        sample::write_as(
            id,
            &source,
            &catalog,
            &tables,
            Compression::Zstd(1),
            checkpoint_interval,
        )
        .0
    };
    [
        write(pgark::archive::ArchiveId(*b"quite another id")),
        write(sample::id()),
    ]
}

/// Places in a part that matter: each border -1, itself and +1, the end of the record's header, the middle.
fn places(part: &Part, length: usize) -> Vec<usize> {
    let (start, end) = (part.range.start, part.range.end);
    let payload = start + RECORD_HEADER_BYTES;
    let mut places = vec![start, start + 1, (start + end) / 2, end - 1];
    places.extend(start.checked_sub(1));
    places.extend([end, end + 1].into_iter().filter(|at| *at < length));
    if part.header.is_some() {
        places.extend([payload - 1, payload, payload + 1].into_iter().filter(|at| *at < end));
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// Which of the good archive's chunks a reader refuses, by offset; `Err` if it refuses the whole.
fn refused(good: &Good, bytes: &[u8], what: &str) -> Result<Vec<u64>, ArchiveError> {
    let archive = Archive::open(&good.file(bytes))?;
    let mut refused = Vec::new();
    for chunk in archive.manifest().chunks() {
        match archive.chunk(chunk) {
            Ok(decoded) => {
                let mut text = Vec::new();
                decoded.write_copy_data(&mut text);
                assert!(good.has(&text), "{what}: wrong rows given out");
            }
            Err(ArchiveError::Damaged { finding, .. }) => {
                assert_eq!(finding.offset, chunk.offset, "{what}");
                refused.push(chunk.offset);
            }
            Err(error) => panic!("{what}: {error}"),
        }
    }
    Ok(refused)
}

/// The finding names the part: its offset, and what it is as far as its header can be read.
fn names(finding: &Finding, part: &Part, at: usize) -> bool {
    let of_part = finding.offset == part.range.start as u64;
    match &part.header {
        None => of_part,
        Some(_) if at < part.range.start + RECORD_HEADER_BYTES => {
            of_part && matches!(finding.what, Fault::Gap { .. } | Fault::Unreadable)
        }
        Some(RecordHeader { sequence, kind, .. }) => {
            of_part && finding.record == Some(*sequence) && finding.kind == Some(*kind)
        }
    }
}

fn check(good: &Good, parts: &[Part], number: usize, at: usize, action: Action, bytes: &[u8], what: &str) {
    let report = match good.report(bytes) {
        Ok(report) => report,
        Err(ArchiveError::NotAnArchive { .. }) => {
            let in_header = at < HEADER_BYTES || matches!(action, Action::SplicePart) && number == 0;
            assert!(in_header || number <= 1, "{what}: no archive");
            return;
        }
        // A changed header may say anything.
        Err(error) => panic!("{what}: {error}"),
    };
    assert!(!report.is_good(), "{what}");
    assert!(!report.findings.is_empty() || !report.complete, "{what}");
    if action == Action::Truncate {
        assert!(!report.complete, "{what}");
    }
    // The part that holds the byte, which is a neighbour's at a border.
    let hit = parts
        .iter()
        .find(|p| p.range.contains(&at))
        .expect("every byte is in a part");
    if action == Action::Flip {
        let named = report.findings.iter().any(|finding| names(finding, hit, at));
        assert!(named, "{what}: {:?}", report.findings);
    }
    match (action, refused(good, bytes, what)) {
        // In a chunk, it costs exactly that chunk.
        (Action::Flip, found) if hit.is_chunk() => {
            assert_eq!(found.expect(what), [hit.range.start as u64], "{what}");
        }
        (Action::Flip | Action::Truncate, found) => assert!(found.is_err(), "{what}"),
        // A manifest that is whole leads to chunks that are where it says.
        (_, Ok(refused)) => assert!(!refused.is_empty(), "{what}: damage was not noticed"),
        (_, Err(_)) => {}
    }
    assert!(good.stream_error(bytes).is_some(), "{what}: the stream was taken");
}

/// Numbers of the parts to damage: of each kind the first two and the last, or all of them in the long run.
fn chosen(parts: &[Part]) -> Vec<usize> {
    let alike = |a: usize, b: usize| parts[a].kind() == parts[b].kind();
    let is_chosen = |number: &usize| {
        let before = (0..*number).filter(|other| alike(*other, *number)).count();
        let is_last = (number + 1..parts.len()).all(|other| !alike(other, *number));
        mutate::is_long() || before < 2 || is_last
    };
    (0..parts.len()).filter(is_chosen).collect()
}

#[test]
fn every_action_at_every_border_is_found_named_and_refused() {
    let good = Good::new(60, 900);
    let whole = parts(&good.bytes);
    let kinds: Vec<RecordKind> = whole.iter().filter_map(Part::kind).collect();
    for kind in [
        RecordKind::Source,
        RecordKind::Catalog,
        RecordKind::Chunk,
        RecordKind::RelationEnd,
        RecordKind::SequenceState,
        RecordKind::Checkpoint,
        RecordKind::Manifest,
    ] {
        assert!(kinds.contains(&kind), "no {kind} record to be damaged");
    }
    let others = others(60, 900);
    let to_salvage = salvage::Good::new(60, 900);
    assert!(to_salvage.bytes == good.bytes);
    let mut cells: BTreeMap<(String, String), usize> = BTreeMap::new();
    for number in chosen(&whole) {
        for action in ACTIONS {
            let of_part = matches!(
                action,
                Action::DuplicatePart | Action::ReorderPart | Action::SplicePart | Action::DropPart
            );
            let places = match of_part {
                true => vec![whole[number].range.start],
                false => places(&whole[number], good.bytes.len()),
            };
            for at in places {
                for other in &others {
                    let bytes = damaged(&good.bytes, &whole, number, at, action, other);
                    let is_same = bytes == good.bytes;
                    if is_same {
                        continue;
                    }
                    let kind = whole[number].kind();
                    let what = format!(
                        "{action:?} at {at} in part {number} {kind:?} of {:?}",
                        whole[number].range
                    );
                    check(&good, &whole, number, at, action, &bytes, &what);
                    to_salvage.check(&bytes, &what);
                    let part = match (kind, number) {
                        (Some(kind), _) => kind.to_string(),
                        (None, 0) => "header".to_owned(),
                        (None, _) => "trailer".to_owned(),
                    };
                    *cells.entry((part, format!("{action:?}"))).or_default() += 1;
                    if !matches!(action, Action::Splice | Action::SplicePart) {
                        break;
                    }
                }
            }
        }
    }
    // Every cell was really tried; the trailer has nothing behind it to change places with.
    assert_eq!(cells.len(), 9 * ACTIONS.len() - 1, "{cells:#?}");
    println!("{} damages: {cells:?}", cells.values().sum::<usize>());
}

#[test]
fn random_damage_is_found_and_nothing_wrong_is_given_out() {
    let good = Good::new(200, 4000);
    // Of the same id, a chunk of another archive is one of this to who has lost its manifest.
    let [other, _] = others(200, 4000);
    let to_salvage = salvage::Good::new(200, 4000);
    let (mut opened, mut refused_whole, mut salvaged, mut same) = (0, 0, 0, 0);
    for seed in 0..mutate::count(100) {
        let (what, bytes) = at_random(&good.bytes, &other, seed);
        if bytes == good.bytes {
            same += 1;
            continue;
        }
        if let Ok(report) = good.report(&bytes) {
            // All that is left of the good archive may be the other one.
            assert!(!report.is_good() || bytes == other, "{what}");
        }
        match refused(&good, &bytes, &what) {
            Ok(chunks) => {
                assert!(!chunks.is_empty(), "{what}: damage was not noticed");
                opened += 1;
            }
            Err(_) => refused_whole += 1,
        }
        assert!(good.stream_error(&bytes).is_some(), "{what}");
        salvaged += usize::from(to_salvage.check(&bytes, &what).is_some());
    }
    println!(
        "{opened} opened with damaged chunks, {refused_whole} refused, {salvaged} salvaged, {same} unchanged; \
         peak {} KiB",
        peak_memory()
    );
}
