//! Salvage: what it makes of any bytes is a whole archive that says what it lacks; of a whole archive, the same rows.

use pgark::Job;
use pgark::archive::{Loss, Salvage, VerifyReport};
use pgark::model::Missing;

use super::Target;
use super::archive::{ONE, file, memory, stream, verified};
use super::sample::Sink;

pub const TARGET: Target = Target {
    name: "salvage",
    run,
    memory: |data| 3 * memory(data),
};

struct Salvaged {
    bytes: Vec<u8>,
    losses: Vec<Loss>,
    missing: Vec<Missing>,
    findings: usize,
}

fn run(data: &[u8]) {
    let verified_before = verified(data);
    let whole = verified_before.as_ref().is_ok_and(VerifyReport::is_good);
    let Some(salvaged) = salvage(data) else {
        assert!(!whole, "a whole archive cannot be salvaged");
        return;
    };
    let report = verified(&salvaged.bytes).expect("it is an archive");
    assert!(report.is_good(), "{:?}", report.findings);
    assert_eq!(report.partial, salvaged.missing);
    let (rows, chunks) = stream(&salvaged.bytes).expect("verify found it good");
    if whole {
        let before = stream(data).expect("verify found it good");
        assert_eq!((rows, chunks), before);
        assert_eq!((salvaged.losses.len(), salvaged.findings), (0, 0));
    }
    let again = salvage(&salvaged.bytes).expect("it is whole");
    assert_eq!((again.losses.len(), again.findings), (0, 0));
    assert_eq!(again.missing, salvaged.missing);
    assert_eq!(stream(&again.bytes).map(|read| read.0).ok(), Some(rows));
}

fn salvage(data: &[u8]) -> Option<Salvaged> {
    let salvage = Salvage::open(&file(data), ONE, &Job::new()).ok()?;
    let sink = Sink::default();
    let (losses, missing) = (salvage.losses().to_vec(), salvage.missing().to_vec());
    let findings = salvage.findings().len();
    salvage
        .write(Box::new(sink.clone()), &Job::new())
        .expect("what is kept can be written");
    Some(Salvaged {
        bytes: sink.bytes(),
        losses,
        missing,
        findings,
    })
}
