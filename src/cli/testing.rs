//! Screens that were reviewed, for tests: texts in `tests/offline/screens`.

use std::path::PathBuf;

/// Compares a screen with its file. `PGARK_BLESS=1` writes the file anew.
#[track_caller]
pub(super) fn assert_screen(name: &str, text: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/offline/screens");
    let path = folder.join(format!("{name}.txt"));
    if std::env::var_os("PGARK_BLESS").is_some() {
        std::fs::create_dir_all(&folder).expect("the folder of screens");
        std::fs::write(&path, text).expect("a screen");
    }
    let expected = std::fs::read_to_string(&path).expect("a screen");
    assert_eq!(text, expected, "{}", path.display());
}
