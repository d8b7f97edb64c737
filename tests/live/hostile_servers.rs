//! Servers that lie, babble and break off: every command ends soon, in little memory, with one clear message, and
//! leaves nothing that looks complete.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::kit::{Folder, filled};
use crate::support::hostile_server::{HostileServer, Seen, Then, Trick, claiming, message};
use crate::support::mutate;
use crate::support::program::{binary, pgark};
use crate::support::{Database, places};

/// One table that is copied in binary format and one that is not, some catalog beside them.
const SCRIPT: &str = "\
CREATE TABLE binary_rows (id int PRIMARY KEY, a text, b timestamptz DEFAULT now());
INSERT INTO binary_rows SELECT g, repeat('x', 50) || g FROM generate_series(1, 3000) g;
CREATE TABLE text_rows (id int, path tsquery);
INSERT INTO text_rows SELECT g, ('word' || g)::tsquery FROM generate_series(1, 500) g;
CREATE VIEW v AS SELECT count(*) FROM binary_rows;
";

/// No command needs so much, in KiB of address space; nor so long, in seconds.
const MOST_MEMORY: u32 = 3 << 20;
const MOST_SECONDS: u32 = 60;

/// What a trick may end in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// An error.
    Fails,
    /// It means nothing: the result is right.
    Harmless,
    /// Either of them.
    Any,
}

struct Case {
    name: String,
    trick: Trick,
    end: End,
}

fn case(
    name: impl Into<String>,
    end: End,
    when: impl Fn(&Seen, &[u8]) -> bool + Send + Sync + 'static,
    say: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
    then: Then,
) -> Case {
    Case {
        name: name.into(),
        trick: Trick::new(when, say, then),
        end,
    }
}

struct Ended {
    code: i32,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    elapsed: Duration,
}

/// Runs the program with bounded memory and time.
fn bounded(args: &[&str]) -> Ended {
    let started = Instant::now();
    let script = format!("ulimit -v {MOST_MEMORY}; exec \"$0\" \"$@\"");
    let output = Command::new("timeout")
        .args(["-s", "KILL", &MOST_SECONDS.to_string(), "sh", "-c", &script])
        .arg(binary())
        .args(args)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("RUST_BACKTRACE", "full")
        .stdin(Stdio::null())
        .output()
        .expect("run pgark");
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: output.stderr,
        elapsed: started.elapsed(),
    }
}

/// One message, nothing for a terminal to obey.
fn check_words(what: &str, ended: &Ended) {
    let said = String::from_utf8_lossy(&ended.stderr);
    let said = format!("{what}: {} after {:?}: {said}", ended.code, ended.elapsed);
    if ended.elapsed > Duration::from_secs(4) {
        println!("{said}");
    }
    let is_clean = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap_or("\u{1}");
        text.chars().all(|c| c == '\n' || !c.is_control())
    };
    assert!(is_clean(&ended.stderr) && is_clean(&ended.stdout), "{said:?}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(matches!(ended.code, 0 | 1 | 3), "{said}");
    if ended.code == 1 {
        let errors = said.lines().filter(|line| line.contains("error: ")).count();
        assert_eq!(errors, 1, "{said}");
    }
}

/// Runs each case on its own hostile server, several at a time.
fn each(source: &Database, cases: Vec<Case>, run: impl Fn(&str, &str, End) + Sync) {
    let servers: Vec<(String, End, HostileServer)> = cases
        .into_iter()
        .map(|case| {
            let server = HostileServer::start(&places().scratch, source.server(), case.trick);
            (case.name, case.end, server)
        })
        .collect();
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((name, end, server)) = servers.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let one = || run(name, &server.conninfo(source.name()), *end);
                    if catch_unwind(AssertUnwindSafe(one)).is_err() {
                        failed.lock().expect("list").push(name.as_str());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("list");
    assert!(
        failed.is_empty(),
        "{} of {} cases: {failed:?}",
        failed.len(),
        servers.len()
    );
}

/// The `nth` message of `tag` in the first session or a later one.
fn at(tag: u8, nth: usize, control: bool) -> impl Fn(&Seen, &[u8]) -> bool + Send + Sync {
    move |seen, _| seen.tag == tag && seen.nth == nth && (seen.session == 1) == control
}

fn says(words: Vec<u8>) -> impl Fn(&[u8]) -> Vec<u8> + Send + Sync {
    move |_| words.clone()
}

/// `original` as a message of `tag`, and these bytes before and after it.
fn around(before: Vec<u8>, tag: u8, after: Vec<u8>) -> impl Fn(&[u8]) -> Vec<u8> + Send + Sync {
    move |original| [&before[..], &message(tag, original), &after].concat()
}

fn error(severity: &str, text: &[u8]) -> Vec<u8> {
    let fields = [
        b"S",
        severity.as_bytes(),
        b"\0V",
        severity.as_bytes(),
        b"\0CXX000\0M",
        text,
        b"\0\0",
    ];
    message(b'E', &fields.concat())
}

/// Terminal escapes, line breaks, text direction, and bytes that are no UTF-8.
const UGLY: &[u8] = b"bad \x1b]0;owned\x07\x1b[2J\r\nerror: fake\nhint: fake \xff\xfe \xe2\x80\xae\xc2\x9b31m end";

/// Claims of lengths that no message has.
const LENGTHS: [u32; 6] = [0, 3, 1 << 31, u32::MAX, i32::MAX as u32, (1 << 30) + 5];

fn greetings() -> Vec<Case> {
    let mut cases = Vec::new();
    let request = |code: u32, data: &[u8]| message(b'R', &[&code.to_be_bytes()[..], data].concat());
    for (name, words) in [
        ("an unknown message", message(b'~', b"what")),
        ("a row", message(b'D', &[0, 0])),
        ("a SASL step before the first", request(11, b"r=x,s=eA==,i=4096")),
        ("a SASL proof before the first", request(12, b"v=eA==")),
        ("no known SASL mechanism", request(10, b"NONSENSE\0\x1b[31m\0\0")),
        ("an unknown authentication", request(77, b"")),
        ("an authentication request without a code", message(b'R', b"\0")),
        ("an MD5 request without salt", request(5, b"\0")),
        ("an ugly refusal", error("FATAL", UGLY)),
        ("an error without fields", message(b'E', b"")),
        ("an error without ends", message(b'E', b"SFATAL")),
        ("an HTTP server", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
    ] {
        cases.push(case(name, End::Fails, at(b'R', 1, true), says(words), Then::Close));
    }
    for length in LENGTHS {
        let words = claiming(b'R', length, &[0; 64]);
        let name = format!("a greeting of {length} bytes");
        cases.push(case(
            name,
            End::Fails,
            at(b'R', 1, true),
            says(words.clone()),
            Then::Repeat,
        ));
        let name = format!("a later greeting of {length} bytes");
        cases.push(case(name, End::Fails, at(b'R', 1, false), says(words), Then::Repeat));
    }
    for control in [true, false] {
        let words = || message(b'K', b"\x01");
        cases.push(case(
            "a short key",
            End::Fails,
            at(b'K', 1, control),
            says(words()),
            Then::GoOn,
        ));
        for state in [&b""[..], b"?", b"\0", b"II"] {
            let name = format!("ready in state {state:?}, control {control}");
            // tokio-postgres does not look at the state.
            let end = if control { End::Any } else { End::Fails };
            cases.push(case(
                name,
                end,
                at(b'Z', 1, control),
                says(message(b'Z', state)),
                Then::GoOn,
            ));
        }
        let report = || says(message(b'S', b"no end"));
        cases.push(case(
            "a report without ends",
            End::Any,
            at(b'S', 1, control),
            report(),
            Then::GoOn,
        ));
        let name = format!("endless notices in the greeting, control {control}");
        let words = message(b'N', b"SNOTICE\0Mhello\0\0");
        cases.push(case(name, End::Fails, at(b'Z', 1, control), says(words), Then::Repeat));
        let name = format!("a cut greeting, control {control}");
        cases.push(case(
            name,
            End::Fails,
            at(b'S', 3, control),
            says(vec![b'S', 0, 0]),
            Then::Close,
        ));
    }
    for (name, version) in [
        ("no number", "abcdef"),
        ("negative", "-80000"),
        ("old", "090600"),
        ("huge", "999999"),
    ] {
        let when = |seen: &Seen, row: &[u8]| seen.tag == b'D' && row.windows(4).any(|w| w == b"UTF8") && row.len() < 30;
        let end = if version == "999999" { End::Any } else { End::Fails };
        let say = move |row: &[u8]| {
            let mut row = row.to_vec();
            row[6..12].copy_from_slice(version.as_bytes());
            message(b'D', &row)
        };
        cases.push(case(format!("a version that is {name}"), end, when, say, Then::GoOn));
    }
    cases
}

fn answers() -> Vec<Case> {
    let mut cases = Vec::new();
    // A few rows into the catalogs on the first session, the first row on the others.
    for (control, nth) in [(true, 2), (true, 40), (false, 1)] {
        let place = format!("row {nth}, control {control}");
        // Rows that nobody asked for are not looked at.
        let end = if control { End::Fails } else { End::Any };
        for (name, words) in [
            ("more fields", message(b'D', b"\xff\xff\0\0\0\x01x")),
            ("no fields", message(b'D', &[0, 0])),
            ("half a count", message(b'D', &[0])),
            ("a field beyond the row", message(b'D', b"\0\x01\0\0\xff\xffx")),
            ("a negative field", message(b'D', b"\0\x01\xff\xff\xff\xfex")),
            (
                "bytes that are no UTF-8",
                message(b'D', b"\0\x01\0\0\0\x03\xff\xfe\xfd"),
            ),
            ("an unknown message", message(b'~', b"")),
            ("a COPY to the client", message(b'H', &[0, 0, 0])),
            ("a COPY from the client", message(b'G', &[0, 0, 0])),
            ("copied data", message(b'd', b"1\n")),
            ("an ugly error", error("ERROR", UGLY)),
            ("another description", message(b'T', b"\0\x02a")),
        ] {
            let name = format!("{name} in {place}");
            cases.push(case(name, end, at(b'D', nth, control), says(words), Then::GoOn));
        }
        for length in [0, u32::MAX, i32::MAX as u32] {
            let words = claiming(b'D', length, &[0; 64]);
            let name = format!("{length} bytes in {place}");
            cases.push(case(
                name,
                End::Fails,
                at(b'D', nth, control),
                says(words),
                Then::Repeat,
            ));
        }
        // What else comes aside is counted with them.
        let (name, words) = match nth {
            40 => ("notices", message(b'N', b"SNOTICE\0Mhello\0\0")),
            1 => ("errors", error("ERROR", b"again")),
            _ => (
                "reports",
                message(b'S', &[&b"name\0"[..], &[b'x'; 60_000], b"\0"].concat()),
            ),
        };
        let name = format!("endless {name} in {place}");
        cases.push(case(
            name,
            End::Fails,
            at(b'D', nth, control),
            says(words),
            Then::Repeat,
        ));
        let cut = says(message(b'D', &[0; 100])[..50].to_vec());
        cases.push(case(
            format!("cut in {place}"),
            End::Fails,
            at(b'D', nth, control),
            cut,
            Then::Close,
        ));
    }
    cases
}

/// In a COPY TO of rows.
fn copies() -> Vec<Case> {
    let in_copy = |tag: u8| move |seen: &Seen, _: &[u8]| seen.tag == tag && seen.in_copy_out;
    let second = |seen: &Seen, _: &[u8]| seen.tag == b'd' && seen.data == 2;
    let mut cases = Vec::new();
    for (name, payload) in [("another format", vec![2, 0, 3]), ("no format", vec![])] {
        cases.push(case(
            name,
            End::Fails,
            in_copy(b'H'),
            says(message(b'H', &payload)),
            Then::GoOn,
        ));
    }
    // What else this head says is not used: the rows prove themselves to be what was asked for.
    for columns in [vec![1, 0, 0], [&[1, 0, 99][..], &[0, 1].repeat(99)].concat()] {
        let name = format!("{} columns", columns[2]);
        cases.push(case(
            name,
            End::Harmless,
            in_copy(b'H'),
            says(message(b'H', &columns)),
            Then::GoOn,
        ));
    }
    cases.push(case(
        "text that is called binary, and the reverse",
        End::Harmless,
        in_copy(b'H'),
        |head: &[u8]| message(b'H', &[&[1 - head[0]][..], &head[1..]].concat()),
        Then::GoOn,
    ));
    for (name, words) in [
        ("a row of other columns", message(b'd', b"1\t2\t3\t4\t5\t6\n")),
        ("a row without end", message(b'd', b"1")),
        ("nothing", message(b'd', b"")),
        ("binary junk", message(b'd', &[0xff; 100])),
        ("a negative field", message(b'd', b"\0\x03\x80\0\0\0")),
        ("a field of 2 GB", message(b'd', b"\0\x03\x7f\xff\xff\xff1234")),
        ("no row", Vec::new()),
        ("an early end", message(b'd', &[0xff, 0xff])),
        ("an error that goes on", error("ERROR", UGLY)),
        ("an unknown message", message(b'~', b"")),
        ("a result row", message(b'D', b"\0\x01\0\0\0\x01x")),
        ("an early CopyDone", message(b'c', b"")),
        ("ReadyForQuery", message(b'Z', b"I")),
        ("CommandComplete", message(b'C', b"COPY 2\0")),
    ] {
        cases.push(case(
            format!("{name} for a row"),
            End::Fails,
            second,
            says(words),
            Then::GoOn,
        ));
    }
    for length in LENGTHS {
        let words = claiming(b'd', length, b"1\t2\n");
        cases.push(case(
            format!("a row of {length} bytes"),
            End::Fails,
            second,
            says(words),
            Then::Close,
        ));
    }
    let notices = says(message(b'N', b"\0"));
    cases.push(case(
        "endless notices among rows",
        End::Fails,
        second,
        notices,
        Then::Repeat,
    ));
    cases.push(case(
        "a few notices among rows",
        End::Harmless,
        in_copy(b'd'),
        around(message(b'N', b"SNOTICE\0Mhello\0\0"), b'd', message(b'S', b"a\0b\0")),
        Then::GoOn,
    ));
    cases.push(case(
        "half a row, then the end",
        End::Fails,
        second,
        |row: &[u8]| message(b'd', row)[..7].to_vec(),
        Then::Close,
    ));
    let fatal = error("FATAL", b"going away");
    cases.push(case(
        "a fatal error among rows",
        End::Fails,
        second,
        says(fatal),
        Then::Close,
    ));
    for (name, tag) in [
        ("COPY 0", "COPY 0\0"),
        ("one row more", "COPY 3001\0"),
        ("no number", "COPY x\0"),
        ("negative", "COPY -1\0"),
        ("too large a number", "COPY 18446744073709551616\0"),
        ("another command", "SELECT 3000\0"),
        ("nothing", ""),
        ("no end", "COPY 3000"),
    ] {
        let words = message(b'C', tag.as_bytes());
        let end = if name == "no end" { End::Any } else { End::Fails };
        cases.push(case(
            format!("a count that is {name}"),
            end,
            in_copy(b'C'),
            says(words),
            Then::GoOn,
        ));
    }
    let twice = |tag: u8| move |payload: &[u8]| message(tag, payload).repeat(2);
    cases.push(case("two CopyDone", End::Fails, in_copy(b'c'), twice(b'c'), Then::GoOn));
    cases.push(case(
        "two CommandComplete",
        End::Fails,
        in_copy(b'C'),
        twice(b'C'),
        Then::GoOn,
    ));
    cases.push(case(
        "no CopyDone",
        End::Fails,
        in_copy(b'c'),
        says(Vec::new()),
        Then::GoOn,
    ));
    cases.push(case(
        "no CommandComplete",
        End::Fails,
        in_copy(b'C'),
        says(Vec::new()),
        Then::GoOn,
    ));
    for tag in [b'c', b'C'] {
        let place = format!("message {}", char::from(tag));
        let broken = error("ERROR", UGLY);
        let words = around(broken.clone(), tag, Vec::new());
        cases.push(case(
            format!("an error before {place}"),
            End::Fails,
            in_copy(tag),
            words,
            Then::GoOn,
        ));
        let words = around(Vec::new(), tag, broken);
        cases.push(case(
            format!("an error after {place}"),
            End::Fails,
            in_copy(tag),
            words,
            Then::GoOn,
        ));
        let words = around(Vec::new(), tag, message(b'd', b"1\n"));
        cases.push(case(
            format!("rows after {place}"),
            End::Fails,
            in_copy(tag),
            words,
            Then::GoOn,
        ));
    }
    let words = says(message(b'Z', b"?"));
    cases.push(case(
        "an unknown state after the rows",
        End::Fails,
        in_copy(b'Z'),
        words,
        Then::GoOn,
    ));
    cases
}

/// In a COPY FROM.
fn loads() -> Vec<Case> {
    let in_copy = |tag: u8| move |seen: &Seen, _: &[u8]| seen.tag == tag && seen.in_copy_in;
    let mut cases = Vec::new();
    for (name, words) in [
        ("no format", message(b'G', b"")),
        ("another format", message(b'G', &[9, 0, 0])),
        ("an unknown message", message(b'~', b"")),
        ("a COPY to the client", message(b'H', &[0, 0, 0])),
        ("a ready server", message(b'Z', b"I")),
        ("a completed command", message(b'C', b"COPY 3000\0")),
        ("an ugly error", error("ERROR", UGLY)),
        ("a fatal error", error("FATAL", UGLY)),
    ] {
        cases.push(case(
            format!("{name} for CopyIn"),
            End::Fails,
            in_copy(b'G'),
            says(words),
            Then::Close,
        ));
    }
    for tag in [
        "COPY 0\0",
        "COPY 2999\0",
        "COPY x\0",
        "COPY -1\0",
        "INSERT 0 3000\0",
        "",
    ] {
        let words = message(b'C', tag.as_bytes());
        let name = format!("stored: {tag:?}");
        cases.push(case(name, End::Fails, in_copy(b'C'), says(words), Then::GoOn));
    }
    let twice = |payload: &[u8]| message(b'C', payload).repeat(2);
    cases.push(case("stored twice", End::Any, in_copy(b'C'), twice, Then::GoOn));
    let after = around(Vec::new(), b'C', error("ERROR", UGLY));
    cases.push(case(
        "an error after it was stored",
        End::Fails,
        in_copy(b'C'),
        after,
        Then::GoOn,
    ));
    let notices = || message(b'N', b"SNOTICE\0Mhello\0\0");
    cases.push(case(
        "endless notices",
        End::Fails,
        in_copy(b'C'),
        says(notices()),
        Then::Repeat,
    ));

    let few = around(notices(), b'C', notices());
    cases.push(case("a few notices", End::Harmless, in_copy(b'C'), few, Then::GoOn));
    cases.push(case(
        "silence and the end",
        End::Fails,
        in_copy(b'C'),
        says(Vec::new()),
        Then::Close,
    ));
    cases
}

/// One case of so many, or all of them when the long run is asked for.
fn some(cases: Vec<Case>, one_of: usize) -> Vec<Case> {
    cases
        .into_iter()
        .step_by(if mutate::is_long() { 1 } else { one_of })
        .collect()
}

fn dumps(source: &Database, cases: Vec<Case>) {
    let cases = some(cases, 3);
    let folder = Folder::new();
    let number = AtomicUsize::new(0);
    each(source, cases, |name, conninfo, end| {
        let own = folder.path(&number.fetch_add(1, Ordering::SeqCst).to_string());
        fs::create_dir(&own).expect("folder");
        let file = own.join("a.pgark");
        let file = file.to_string_lossy();
        let ended = bounded(&["dump", conninfo, "-o", &file, "-j1", "-q"]);
        check_words(name, &ended);
        let left = fs::read_dir(&own).expect("folder").count();
        match ended.code {
            0 => {
                assert_ne!(end, End::Fails, "{name} was taken");
                pgark(["compare", &file, &source.conninfo(), "-q"]).expect_code(0);
            }
            code => {
                let said = String::from_utf8_lossy(&ended.stderr);
                assert_ne!(end, End::Harmless, "{name}: {said}");
                assert_eq!((code, left), (1, 0), "{name}: {said}");
            }
        }
    });
}

#[test]
fn a_dump_survives_hostile_greetings() {
    dumps(&filled(18, "hostile_greetings", SCRIPT), greetings());
}

#[test]
fn a_dump_survives_hostile_answers() {
    dumps(&filled(18, "hostile_answers", SCRIPT), answers());
}

#[test]
fn a_dump_survives_hostile_copies() {
    dumps(&filled(18, "hostile_copies", SCRIPT), copies());
}

#[test]
fn a_restore_survives_hostile_servers() {
    let source = filled(18, "hostile_loads", SCRIPT);
    let folder = Folder::new();
    let file = folder.dump(&source, "a.pgark", &[]);
    let target = Database::create(18, "hostile_loads_copy");
    // Into one target by turns, which only some of them reach: what is there is dropped first.
    let mut cases = some(loads(), 2);
    cases.extend(some(greetings(), 15).into_iter().filter(|case| case.end == End::Fails));
    cases.extend(some(answers(), 13));
    for one in cases {
        let name = one.name.clone();
        let server = HostileServer::start(&places().scratch, target.server(), one.trick);
        let conninfo = server.conninfo(target.name());
        let args = ["restore", &file, "-d", &conninfo, "-j1", "-q", "--clean", "--if-exists"];
        let ended = bounded(&args);
        check_words(&name, &ended);
        let said = String::from_utf8_lossy(&ended.stderr);
        match ended.code {
            0 => {
                assert_ne!(one.end, End::Fails, "{name} was taken");
                pgark(["compare", &file, &target.conninfo(), "-q"]).expect_code(0);
            }
            _ => assert!(one.end != End::Harmless && said.contains("error: "), "{name}: {said}"),
        }
    }
}

#[test]
fn a_comparison_survives_hostile_servers() {
    let source = filled(18, "hostile_sides", SCRIPT);
    let folder = Folder::new();
    let file = folder.dump(&source, "a.pgark", &[]);
    let mut cases = some(copies(), 8);
    cases.extend(some(answers(), 13));
    cases.extend(some(greetings(), 15));
    cases.retain(|case| case.end == End::Fails);
    each(&source, cases, |name, conninfo, _| {
        let ended = bounded(&["compare", &file, conninfo, "-q"]);
        check_words(name, &ended);
        assert_eq!(ended.code, 1, "{name}: {}", String::from_utf8_lossy(&ended.stderr));
    });
}

#[test]
fn a_silent_server_is_waited_for_as_long_as_asked() {
    let source = filled(18, "silent", "SELECT 1;");
    let case = case("silence", End::Fails, at(b'R', 1, true), says(Vec::new()), Then::Wait);
    each(&source, vec![case], |name, conninfo, _| {
        let ended = bounded(&["dump", &format!("{conninfo} connect_timeout=2"), "-o", "-"]);
        check_words(name, &ended);
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.code == 1 && said.contains("no answer within 2 s"), "{said}");
        assert!(ended.elapsed < Duration::from_secs(20), "{said}");
    });
}
