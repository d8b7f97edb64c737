//! What cannot be done: one clear line, the documented exit code, and nothing left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use pgark::format::header::HEADER_BYTES;
use pgark::internals::server::{Auth, ServerOptions, sample};
use tempfile::TempDir;

use crate::support::program::{Run, binary, command, pgark};
use crate::support::{Database, places, start};

/// A source, its archive and an empty target.
struct Scene {
    source: Database,
    target: Database,
    folder: TempDir,
    archive: String,
}

impl Scene {
    fn new() -> Scene {
        let source = Database::create(18, "refusals");
        let target = Database::create(18, "refusals_copy");
        source
            .run_script("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)")
            .expect("script");
        let folder = tempfile::tempdir_in(places().scratch).expect("folder");
        let archive = folder.path().join("a.pgark").to_string_lossy().into_owned();
        pgark(["dump", &source.conninfo(), "-o", &archive]).expect_code(0);
        Scene {
            source,
            target,
            folder,
            archive,
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        fs::write(self.path(name), bytes).expect("write");
        self.path(name)
    }

    fn dump(&self, more: &[&str]) -> Run {
        let (from, to) = (self.source.conninfo(), self.path("new.pgark"));
        let run = pgark(["dump", &from, "-o", &to].iter().chain(more));
        self.nothing_left();
        run
    }

    fn restore(&self, archive: &str) -> Run {
        let run = pgark(["restore", archive, "-d", &self.target.conninfo()]);
        let tables = "SELECT count(*)::text AS value FROM pg_class WHERE relnamespace = 'public'::regnamespace";
        assert_eq!(self.target.session().value(tables), "0", "the target was changed");
        run
    }

    /// No new archive and no partial one.
    fn nothing_left(&self) {
        left_nothing(self.folder.path());
    }
}

fn left_nothing(folder: &Path) {
    for entry in fs::read_dir(folder).expect("folder") {
        let name = entry.expect("entry").file_name().to_string_lossy().into_owned();
        assert!(!name.contains("new.pgark"), "{name} is left");
    }
}

/// The whole of standard error, and the code.
#[track_caller]
fn says(run: Run, code: i32, expected: &str) {
    let run = run.expect_code(code);
    assert_eq!(run.stderr, expected, "{}", run.command);
    assert_eq!(run.stdout, "", "{}", run.command);
}

#[test]
fn servers_that_cannot_be_reached() {
    let scene = Scene::new();
    let to = scene.path("new.pgark");
    let run = pgark(["dump", "host=no.such.host.invalid dbname=x user=u", "-o", &to]).expect_code(1);
    // The end is the system's own wording.
    assert!(
        run.stderr.starts_with(
            "error: cannot connect to `no.such.host.invalid:5432/x`: \
             cannot find the address of host `no.such.host.invalid`: "
        ),
        "{}",
        run.stderr
    );
    assert_eq!(run.stderr.lines().count(), 1);
    // Port 1 of this machine is nobody's.
    let refused = "error: cannot connect to `127.0.0.1:1/x`: Connection refused (os error 111)\n";
    for run in [
        pgark(["dump", "host=127.0.0.1 port=1 dbname=x user=u", "-o", &to]),
        pgark(["restore", &scene.archive, "-d", "host=127.0.0.1 port=1 dbname=x user=u"]),
        pgark(["compare", &scene.archive, "host=127.0.0.1 port=1 dbname=x user=u"]),
    ] {
        let run = run.expect_code(1);
        assert_eq!(run.stderr.replace("(os error 61)", "(os error 111)"), refused);
    }
    scene.nothing_left();
}

#[test]
fn databases_and_passwords_that_are_not() {
    let scene = Scene::new();
    let folder = scene.source.server().socket_dir().display().to_string();
    let target = scene.source.server().conninfo("nope");
    let expected = format!(
        "error: cannot connect to `{folder}:5432/nope`: database \"nope\" does not exist (SQLSTATE 3D000)\n\
         hint: name an existing database; `--create` makes the archive's own\n"
    );
    let to = scene.path("new.pgark");
    says(pgark(["dump", &target, "-o", &to]), 1, &expected);
    says(pgark(["restore", &scene.archive, "-d", &target]), 1, &expected);

    let auth = Auth::Password {
        method: "scram-sha-256".to_owned(),
        password: "right".to_owned(),
    };
    let server = start(
        18,
        &ServerOptions {
            auth,
            ..ServerOptions::default()
        },
    );
    let folder = server.socket_dir().display().to_string();
    let with = |password: &str| {
        let mut command = command(["dump", &server.conninfo("postgres"), "-w", "-o", &to]);
        if !password.is_empty() {
            command.env("PGPASSWORD", password);
        }
        let output = command.env("HOME", scene.folder.path()).output().expect("run");
        Run {
            command: "dump".to_owned(),
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    };
    let wrong = format!(
        "error: cannot connect to `{folder}:5432/postgres`: \
         password authentication failed for user \"postgres\" (SQLSTATE 28P01)\n\
         hint: check the user and the password; ~/.pgpass and PGPASSWORD are read too\n"
    );
    says(with("wrong"), 1, &wrong);
    let none = format!(
        "error: cannot connect to `{folder}:5432/postgres`: the server asks for a password and none was given\n\
         hint: set PGPASSWORD, use ~/.pgpass, or ask for a prompt with `-W`\n"
    );
    says(with(""), 1, &none);
    scene.nothing_left();
    // The database `postgres` has a comment, which is listed as not covered or carried.
    let right = with("right");
    assert!([0, 3].contains(&right.code), "{}", right.stderr);
}

#[test]
fn patterns_that_match_nothing() {
    let scene = Scene::new();
    let hint = "hint: an unqualified name must be in the role's search_path; \
                `schema.name` and `*.name` look further\n";
    says(
        scene.dump(&["-t", "nope*"]),
        1,
        &format!("error: no table matches pattern `nope*`\n{hint}"),
    );
    says(
        scene.dump(&["-n", "nope"]),
        1,
        "error: no schema matches pattern `nope`\n",
    );
    let run = pgark(["restore", &scene.archive, "-d", &scene.target.conninfo(), "-t", "nope"]);
    says(run, 1, "error: no table in the archive matches pattern `nope`\n");
}

#[test]
fn files_that_are_no_archives() {
    let scene = Scene::new();
    let good = fs::read(&scene.archive).expect("archive");
    let text = scene.write("text", &b"Not an archive, however long it may be. ".repeat(10));
    let empty = scene.write("empty", b"");
    let half = scene.write("half", &good[..good.len() / 2]);
    let newer = scene.write("newer", &with_version(&good, 9, 7));
    let folder = scene.folder.path().to_string_lossy().into_owned();
    let missing = scene.path("missing");
    let incomplete = |path: &str, bytes: usize| {
        format!(
            "error: `{path}` is incomplete: it ends after {bytes} bytes without a trailer\n\
             hint: dump again, or keep what is whole with `pgark salvage`; an incomplete archive is never restored\n"
        )
    };
    let cases = [
        (&text, format!("error: `{text}` is not a pgark archive\n")),
        (&empty, incomplete(&empty, 0)),
        (&half, incomplete(&half, good.len() / 2)),
        (
            &newer,
            format!(
                "error: `{newer}` has format version 9 and needs a reader of version 7, this is version 1\n\
                 hint: use the version of pgark that wrote it, or a later one\n"
            ),
        ),
        (&folder, format!("error: cannot read `{folder}`: not a regular file\n")),
        (
            &missing,
            format!("error: cannot read `{missing}`: No such file or directory (os error 2)\n"),
        ),
    ];
    for (path, expected) in &cases {
        says(scene.restore(path), 1, expected);
        says(pgark(["show", path]), 1, expected);
        if ![&half, &empty].contains(path) {
            says(pgark(["verify", path]), 1, expected);
        }
    }
    for path in [&half, &empty] {
        let run = pgark(["verify", path]).expect_code(3);
        assert!(
            run.stdout.contains("incomplete: the archive has no trailer"),
            "{}",
            run.stdout
        );
    }
    says(
        pgark(["compare", &half, &scene.archive]),
        1,
        &incomplete(&half, good.len() / 2),
    );
}

/// `bytes` with a header that an archive of later versions would have.
fn with_version(bytes: &[u8], format: u16, reader: u16) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[8..10].copy_from_slice(&format.to_le_bytes());
    bytes[10..12].copy_from_slice(&reader.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..HEADER_BYTES - 4]);
    bytes[HEADER_BYTES - 4..HEADER_BYTES].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Root may read every file, so this asks for an account that may not.
#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    let scene = Scene::new();
    let path = PathBuf::from(&scene.archive);
    let mut command = Command::new(binary());
    match pgark::internals::server::Account::needed().expect("account") {
        Some(account) => {
            // The program itself has to be where that account may run it.
            let program = scene.folder.path().join("pgark");
            // Copied by another process: were it written in this one, a child that another test starts meanwhile
            // would hold it open for writing, and the kernel would not run it.
            let copied = Command::new("cp").arg(binary()).arg(&program).status().expect("cp");
            assert!(copied.success(), "cp: {copied}");
            fs::set_permissions(scene.folder.path(), fs::Permissions::from_mode(0o755)).expect("mode");
            chown(&path, Some(0), Some(0)).expect("owner");
            command = Command::new(program);
            command.uid(account.uid).gid(account.gid);
        }
        None => fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("mode"),
    }
    let output = command.args(["verify", &scene.archive]).output().expect("run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        errors,
        format!(
            "error: cannot read `{}`: Permission denied (os error 13)\n",
            scene.archive
        )
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn outputs_that_cannot_be_written() {
    let scene = Scene::new();
    let from = scene.source.conninfo();
    let before = fs::read(&scene.archive).expect("archive");
    says(
        pgark(["dump", &from, "-o", &scene.archive]),
        1,
        &format!(
            "error: `{}` exists already\nhint: choose another file, or replace it with `--overwrite`\n",
            scene.archive
        ),
    );
    assert_eq!(fs::read(&scene.archive).expect("archive"), before);
    let folder = scene.folder.path().to_string_lossy().into_owned();
    says(
        pgark(["dump", &from, "-o", &folder]),
        1,
        &format!("error: cannot write `{folder}`: not a regular file\n"),
    );
    let nowhere = scene.path("none/new.pgark");
    says(
        pgark(["dump", &from, "-o", &nowhere]),
        1,
        &format!("error: cannot write `{nowhere}`: No such file or directory (os error 2)\n"),
    );
}

/// Larger than the space that the next two tests leave. It ends with its server.
fn large_source() -> &'static Database {
    static SOURCE: OnceLock<Database> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let source = Database::create(18, "large");
        let mut session = source.session();
        for sql in sample::statements(0.02) {
            session.execute(&sql);
        }
        source
    })
}

#[test]
fn a_file_size_limit_is_an_error_of_the_write() {
    let folder = tempfile::tempdir_in(places().scratch).expect("folder");
    let path = folder.path().join("new.pgark");
    let output = Command::new("/bin/sh")
        .args(["-c", "ulimit -f 64; exec \"$0\" dump \"$1\" -o \"$2\" --quiet"])
        .arg(binary())
        .arg(large_source().conninfo())
        .arg(&path)
        .output()
        .expect("run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{:?} {errors}", output.status);
    assert_eq!(
        errors,
        "error: cannot write `the archive`: File too large (os error 27)\n"
    );
    left_nothing(folder.path());
}

/// A file system of its own needs root; elsewhere the file size limit above stands for it.
#[test]
fn a_full_disk_is_an_error_of_the_write() {
    let folder = tempfile::tempdir_in(places().scratch).expect("folder");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=128k", "none"])
        .arg(folder.path())
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("no tmpfs can be mounted here: a full disk was not tried");
        return;
    }
    let _unmount = Unmount(folder.path());
    let path = folder.path().join("new.pgark");
    let run = pgark([
        "dump",
        &large_source().conninfo(),
        "-o",
        &path.to_string_lossy(),
        "--quiet",
    ]);
    says(
        run,
        1,
        "error: cannot write `the archive`: No space left on device (os error 28)\n",
    );
    left_nothing(folder.path());
}

struct Unmount<'a>(&'a Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_target_that_has_the_objects_is_left_alone() {
    let scene = Scene::new();
    scene
        .target
        .run_script("CREATE TABLE t (id int); INSERT INTO t VALUES (42)")
        .expect("script");
    says(
        pgark(["restore", &scene.archive, "-d", &scene.target.conninfo()]),
        1,
        "error: the target already has 1 of the archive's objects, e.g. table public.t\n\
         hint: restore into an empty database, replace what is there with `--clean --if-exists`, \
         or load rows alone with `--data-only`; `--plan` shows what would happen\n",
    );
    let mut session = scene.target.session();
    assert_eq!(session.value("SELECT string_agg(id::text, ',') AS value FROM t"), "42");
    let keys = "SELECT count(*)::text AS value FROM pg_index WHERE indrelid = 't'::regclass";
    assert_eq!(session.value(keys), "0");
}

#[test]
fn roles_that_the_target_lacks_are_listed_first() {
    let scene = Scene::new();
    let role = format!("{}_gone", scene.source.name());
    let mut session = scene.source.session();
    session.execute(&format!("CREATE ROLE {role}; ALTER TABLE t OWNER TO {role}"));
    let archive = scene.path("owned");
    pgark(["dump", &scene.source.conninfo(), "-o", &archive]).expect_code(0);
    session.execute(&format!("ALTER TABLE t OWNER TO postgres; DROP ROLE {role}"));
    says(
        scene.restore(&archive),
        1,
        &format!(
            "error: the target has no role: `{role}`\n\
             hint: create them, with `--globals` if the archive has them, let others stand for them with `--role-map`, or restore without: `--no-owner --no-privileges`\n"
        ),
    );
}

#[test]
fn wrong_usage_ends_with_2() {
    let scene = Scene::new();
    let cases: [&[&str]; 5] = [
        &["--nope"],
        &["-Z", "gzip"],
        &["-Z", "zstd:99"],
        &["-j", "0"],
        &["--schema-only", "--data-only"],
    ];
    for more in cases {
        let run = scene.dump(more).expect_code(2);
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    pgark(["restore", &scene.archive]).expect_code(2);
    pgark::<&str>([]).expect_code(2);
}
