//! Connection strings, the environment and password files: parsed or refused, and passwords stay in.

use std::sync::LazyLock;

use pgark::internals::connect::{ConnSpec, is_connection_string, resolve};
use tempfile::TempDir;

use super::input::Input;
use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "connection",
    run,
    memory: |data| MIB + 256 * data.len(),
};

/// Nobody's text holds it by chance.
const CANARY: &str = "canary/8d1f60c2";

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let way = input.u8();
    let length = usize::from(input.u16());
    let text = String::from_utf8_lossy(input.bytes(length)).into_owned();
    let file = input.rest();
    is_connection_string(&text);

    let mut spec = ConnSpec::default();
    let mut variable = None;
    match way % 4 {
        0 => spec.target = Some(text.clone()),
        1 => spec.dbname = Some(text.clone()),
        // A list of hosts by flag, or by variable.
        2 => spec.host = Some(text.clone()),
        _ => variable = Some(text.clone()),
    }
    if way & 4 > 0 {
        spec.password = Some(CANARY.to_owned());
    }
    if way & 8 > 0 {
        spec.port = Some(text.chars().take(6).collect());
    }
    const VARIABLES: [&str; 4] = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGOPTIONS"];
    let set = VARIABLES[usize::from(way >> 4) % 4];
    let environment = |name: &str| match name {
        // Never another file than the one that was made here.
        "PGPASSFILE" => Some(password_file(file)),
        _ if name == set => variable.clone(),
        _ => None,
    };
    let resolved = resolve(&spec, &environment, Some("me"), None);
    let shown = match &resolved {
        Ok(resolved) => {
            let params = &resolved.params;
            assert!(!params.user().is_empty() && !params.database().is_empty());
            let warnings: Vec<String> = resolved.warnings.iter().map(ToString::to_string).collect();
            assert!(params.with_password("x").has_password());
            format!("{resolved:?} {} {warnings:?}", params.describe())
        }
        Err(error) => format!("{error} {error:?}"),
    };
    let own = String::from_utf8_lossy(data);
    assert!(own.contains(CANARY) || !shown.contains(CANARY), "{shown}");
}

/// A password file of this content and its path.
fn password_file(content: &[u8]) -> String {
    static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for thread in 0..64 {
            let file = tempfile::NamedTempFile::new_in(&folder).expect("a file can be made");
            // Made with a name that is free, readable by nobody else, as a password file must be.
            file.persist(folder.path().join(thread.to_string()))
                .expect("a file can be renamed");
        }
        folder
    });
    thread_local! {
        static NUMBER: usize = {
            static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
            NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 64
        };
    }
    let path = NUMBER.with(|number| FOLDER.path().join(number.to_string()));
    std::fs::write(&path, content).expect("a file can be written");
    path.display().to_string()
}
