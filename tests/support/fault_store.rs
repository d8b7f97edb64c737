//! Storage that fails on purpose below one folder, for the program as it is: a library that is loaded before the others
//! stands between it and the system's calls. It is C, built by the compiler that building pgark needs anyway.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StoreFault {
    /// ENOSPC, from then on; half of the first write still goes in.
    Full,
    /// EIO, once.
    Broken,
    /// Half of what was to be written is, and that is no error. Number 0: of every write.
    Short,
    /// The program is killed before it.
    Killed,
}

const SOURCE: &str = include_str!("fault_store.c");

/// The library, built once for each version of its source.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let library = folder.join(format!("fault_store-{:08x}.so", crc32fast::hash(SOURCE.as_bytes())));
        if !library.exists() {
            let scratch = tempfile::tempdir_in(folder).expect("folder");
            let (source, built) = (
                scratch.path().join("fault_store.c"),
                scratch.path().join("fault_store.so"),
            );
            fs::write(&source, SOURCE).expect("source");
            let output = Command::new("cc")
                .args(["-shared", "-fPIC", "-O1", "-Wall", "-o"])
                .args([&built, &source])
                .arg("-ldl")
                .output()
                .expect("cc");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            // Another process may build it at the same time: either is as good.
            fs::rename(&built, &library).expect("library");
        }
        library
    })
}

/// Lets the `number`th `operation` below `folder` fail: `create`, `write`, `fdatasync`, `fsync`, `link`, `rename` or
/// `folder`, which is a sync of the folder itself; `any` counts all of them, for [`StoreFault::Killed`]. A plan for `rename` is of a file system without hard links.
pub fn plan(command: &mut Command, folder: &Path, operation: &str, number: usize, fault: StoreFault) {
    let what = match fault {
        StoreFault::Full => "ENOSPC",
        StoreFault::Broken => "EIO",
        StoreFault::Short => "SHORT",
        StoreFault::Killed => "KILL",
    };
    command
        .env("LD_PRELOAD", library())
        .env("PGARK_FAULT_FOLDER", folder)
        .env("PGARK_FAULT", format!("{operation} {number} {what}"));
}

/// Lets nothing fail, and appends every operation below `folder` to `log`.
pub fn watch(command: &mut Command, folder: &Path, log: &Path) {
    command
        .env("LD_PRELOAD", library())
        .env("PGARK_FAULT_FOLDER", folder)
        .env("PGARK_FAULT_LOG", log);
}
