//! Precedence of the sources, and how values become typed parameters.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn env(pairs: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    let map: HashMap<String, String> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    move |name| map.get(name).cloned()
}

fn target(text: &str) -> ConnSpec {
    ConnSpec {
        target: Some(text.to_owned()),
        ..ConnSpec::default()
    }
}

fn resolved(spec: &ConnSpec, pairs: &[(&str, &str)]) -> Params {
    resolve(spec, &env(pairs), Some("os"), None).unwrap().params
}

fn refused(text: &str) -> String {
    resolve(&target(text), &env(&[]), Some("os"), None)
        .unwrap_err()
        .to_string()
}

#[test]
fn flags_beat_the_connection_string_which_beats_the_environment() {
    let variables = [
        ("PGHOST", "env-host"),
        ("PGPORT", "1"),
        ("PGUSER", "env-user"),
        ("PGDATABASE", "env-db"),
        ("PGAPPNAME", "env-app"),
    ];
    let params = resolved(&ConnSpec::default(), &variables);
    assert_eq!(params.describe(), "`env-host:1/env-db`");
    assert_eq!(params.user(), "env-user");
    assert_eq!(params.application_name.as_deref(), Some("env-app"));

    let mut spec = target("postgres://uri-user@uri-host:2/uri-db");
    let params = resolved(&spec, &variables);
    assert_eq!(params.describe(), "`uri-host:2/uri-db`");
    assert_eq!(params.user(), "uri-user");

    spec.host = Some("flag-host".to_owned());
    spec.port = Some("3".to_owned());
    spec.user = Some("flag-user".to_owned());
    spec.dbname = Some("flag-db".to_owned());
    let params = resolved(&spec, &variables);
    assert_eq!(params.describe(), "`flag-host:3/flag-db`");
    assert_eq!(params.user(), "flag-user");
}

#[test]
fn a_database_flag_may_be_a_connection_string() {
    let spec = ConnSpec {
        dbname: Some("host=h dbname=d user=u".to_owned()),
        port: Some("7".to_owned()),
        ..ConnSpec::default()
    };
    let params = resolved(&spec, &[]);
    assert_eq!(params.describe(), "`h:7/d`");
    assert_eq!(params.user(), "u");
}

#[test]
fn the_database_defaults_to_the_user_and_the_user_to_the_system() {
    let params = resolved(&ConnSpec::default(), &[]);
    assert_eq!((params.user(), params.database()), ("os", "os"));
    let params = resolved(&target("user=u"), &[]);
    assert_eq!((params.user(), params.database()), ("u", "u"));
    let error = resolve(&ConnSpec::default(), &env(&[]), None, None).unwrap_err();
    assert_eq!(error, ParamsError::NoUser);
}

#[test]
fn an_empty_value_hides_the_environment() {
    let params = resolved(&target("host=h dbname=''"), &[("PGDATABASE", "d")]);
    assert_eq!(params.database(), "os");
    let params = resolved(&target("host=h port=''"), &[("PGPORT", "1")]);
    assert_eq!(params.hosts[0].port, 5432);
}

#[test]
fn without_a_host_the_packaged_socket_folder_comes_first() {
    let params = resolved(&ConnSpec::default(), &[]);
    match &params.hosts[0].name {
        HostName::Socket(folder) => {
            assert!(SOCKET_FOLDERS.iter().any(|known| folder == Path::new(known)));
        }
        HostName::Tcp { name, .. } => assert_eq!(name, "localhost"),
    }
    let params = resolved(&target("host=/srv/pg port=5433"), &[]);
    assert_eq!(
        params.hosts[0].socket_path(),
        Some(PathBuf::from("/srv/pg/.s.PGSQL.5433"))
    );
    assert_eq!(params.describe(), "`/srv/pg:5433/os`");
}

#[test]
fn several_hosts_share_one_port_or_have_their_own() {
    let params = resolved(&target("postgres://a,b:6,[::1]:7/d"), &[]);
    assert_eq!(params.describe(), "`a:5432,b:6,[::1]:7/d`");
    let params = resolved(&target("host=a,b port=9"), &[]);
    assert_eq!(params.describe(), "`a:9,b:9/os`");
    assert_eq!(refused("host=a,b,c port=1,2"), "2 values of `port` for 3 hosts");
    assert_eq!(
        refused("host=a,b hostaddr=127.0.0.1"),
        "1 values of `hostaddr` for 2 hosts"
    );
}

#[test]
fn an_address_replaces_the_lookup_but_not_the_name() {
    let params = resolved(&target("host=db.example hostaddr=127.0.0.1"), &[]);
    assert_eq!(
        params.hosts[0].name,
        HostName::Tcp {
            name: "db.example".to_owned(),
            address: Some("127.0.0.1".parse().unwrap())
        }
    );
    let params = resolved(&target("hostaddr=::1 dbname=d"), &[]);
    assert_eq!(params.describe(), "`[::1]:5432/d`");
    // The environment's address belongs to the environment's host.
    let params = resolved(&target("host=h"), &[("PGHOSTADDR", "10.0.0.1")]);
    assert_eq!(params.describe(), "`h:5432/os`");
    let mut spec = target("host=x hostaddr=10.0.0.1");
    spec.host = Some("h".to_owned());
    assert_eq!(resolved(&spec, &[]).describe(), "`h:5432/os`");
    assert!(matches!(
        resolved(&spec, &[]).hosts[0].name,
        HostName::Tcp { address: None, .. }
    ));
    assert_eq!(
        refused("hostaddr=localhost"),
        "invalid value `localhost` for `hostaddr`: expected a numeric address"
    );
}

#[test]
fn values_are_checked() {
    for (text, message) in [
        (
            "port=x",
            "invalid value `x` for `port`: expected a number from 1 to 65535",
        ),
        (
            "port=0",
            "invalid value `0` for `port`: expected a number from 1 to 65535",
        ),
        (
            "port=65536",
            "invalid value `65536` for `port`: expected a number from 1 to 65535",
        ),
        (
            "sslmode=on",
            "invalid value `on` for `sslmode`: expected disable, allow, prefer, require, verify-ca or verify-full",
        ),
        (
            "channel_binding=x",
            "invalid value `x` for `channel_binding`: expected disable, prefer or require",
        ),
        (
            "target_session_attrs=x",
            "invalid value `x` for `target_session_attrs`: expected any, read-write, read-only, primary, standby or prefer-standby",
        ),
        (
            "connect_timeout=1.5",
            "invalid value `1.5` for `connect_timeout`: expected a whole number",
        ),
        (
            "gssencmode=require",
            "invalid value `require` for `gssencmode`: expected disable or prefer",
        ),
        (
            "sslnegotiation=direct",
            "invalid value `prefer` for `sslmode`: expected `require` or stronger with sslnegotiation `direct`",
        ),
        (
            "sslrootcert=system sslmode=require",
            "sslmode `require` is too weak for sslrootcert `system`: use `verify-full`",
        ),
    ] {
        assert_eq!(refused(text), message);
    }
}

#[test]
fn a_nul_byte_in_a_name_is_refused() {
    let spec = ConnSpec {
        user: Some("a\0database\0b".to_owned()),
        ..ConnSpec::default()
    };
    let error = resolve(&spec, &env(&[]), Some("os"), None).unwrap_err();
    assert_eq!(error, ParamsError::Nul { keyword: "user" });
}

#[test]
fn times_and_keepalives() {
    let params = resolved(
        &target("connect_timeout=3 keepalives_idle=60 keepalives_interval=10 keepalives_count=4"),
        &[("PGCONNECT_TIMEOUT", "9")],
    );
    assert_eq!(params.connect_timeout, Some(Duration::from_secs(3)));
    assert!(params.keepalives.enabled);
    assert_eq!(params.keepalives.idle, Some(Duration::from_secs(60)));
    assert_eq!(params.keepalives.interval, Some(Duration::from_secs(10)));
    assert_eq!(params.keepalives.count, Some(4));
    for text in ["connect_timeout=0", "connect_timeout=-1", ""] {
        assert_eq!(resolved(&target(text), &[]).connect_timeout, None);
    }
    assert!(!resolved(&target("keepalives=0"), &[]).keepalives.enabled);
}

#[test]
fn tls_settings_come_from_all_sources() {
    let params = resolved(&ConnSpec::default(), &[]);
    assert_eq!(params.tls.mode, SslMode::Prefer);
    assert_eq!(params.tls.channel_binding, ChannelBinding::Prefer);
    let variables = [
        ("PGSSLMODE", "verify-ca"),
        ("PGSSLROOTCERT", "/ca.crt"),
        ("PGCHANNELBINDING", "require"),
        ("PGTARGETSESSIONATTRS", "primary"),
        ("PGOPTIONS", "-c a=b"),
    ];
    let params = resolved(&ConnSpec::default(), &variables);
    assert_eq!(params.tls.mode, SslMode::VerifyCa);
    assert_eq!(params.tls.roots, Roots::File("/ca.crt".into()));
    assert_eq!(params.tls.channel_binding, ChannelBinding::Require);
    assert_eq!(params.session_attrs, SessionAttrs::Primary);
    assert_eq!(params.options.as_deref(), Some("-c a=b"));
    let params = resolved(&target("sslrootcert=system"), &[]);
    assert_eq!(params.tls.mode, SslMode::VerifyFull);
    assert_eq!(params.tls.roots, Roots::System);
}

#[test]
fn the_root_file_has_a_default_place() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".postgresql/root.crt");
    let roots = |home: &Path| {
        resolve(&ConnSpec::default(), &env(&[]), Some("os"), Some(home))
            .unwrap()
            .params
            .tls
            .roots
    };
    assert_eq!(roots(home.path()), Roots::Missing(path.clone()));
    std::fs::create_dir(home.path().join(".postgresql")).unwrap();
    std::fs::write(&path, "").unwrap();
    assert_eq!(roots(home.path()), Roots::File(path));
}

#[test]
fn a_password_file_serves_each_host_its_own() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".pgpass");
    std::fs::write(&path, "a:1:d:u:for a\nlocalhost:*:*:*:for the socket\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let password = |spec: &ConnSpec, pairs: &[(&str, &str)]| {
        let params = resolve(spec, &env(pairs), Some("os"), Some(home.path()))
            .unwrap()
            .params;
        let texts: Vec<Option<String>> = params
            .hosts
            .iter()
            .map(|host| {
                let secret = host.password.as_ref()?;
                Some(String::from_utf8(secret.expose().to_vec()).unwrap())
            })
            .collect();
        assert_eq!(params.has_password(), texts.iter().all(Option::is_some));
        texts
    };
    let spec = target("host=a,b,/tmp port=1 user=u dbname=d");
    let found = password(&spec, &[]);
    assert_eq!(
        found,
        [Some("for a".to_owned()), None, Some("for the socket".to_owned())]
    );
    // Every other source is stronger.
    let one = target("host=a port=1 user=u dbname=d");
    assert_eq!(password(&one, &[("PGPASSWORD", "env")]), [Some("env".to_owned())]);
    let with = target("host=a port=1 user=u dbname=d password=uri");
    assert_eq!(password(&with, &[("PGPASSWORD", "env")]), [Some("uri".to_owned())]);
    let flag = ConnSpec {
        password: Some("typed".to_owned()),
        ..with
    };
    assert_eq!(password(&flag, &[]), [Some("typed".to_owned())]);
    // The file itself may be named elsewhere.
    let other = home.path().join("other");
    std::fs::write(&other, "*:*:*:*:other\n").unwrap();
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o600)).unwrap();
    let named = [("PGPASSFILE", other.to_str().unwrap())];
    assert_eq!(password(&one, &named), [Some("other".to_owned())]);
}

#[test]
fn a_password_file_open_to_others_is_ignored_with_a_warning() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".pgpass");
    std::fs::write(&path, "*:*:*:*:x\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let resolved = resolve(&target("host=h"), &env(&[]), Some("os"), Some(home.path())).unwrap();
    assert!(!resolved.params.has_password());
    assert_eq!(
        resolved.warnings,
        [ParamsWarning::Passfile {
            path,
            problem: PassfileProblem::TooOpen
        }]
    );
}

#[test]
fn unsupported_variables_are_mentioned() {
    let resolved = resolve(
        &target("host=h"),
        &env(&[("PGSERVICE", "x"), ("PGSSLKEY", "")]),
        Some("os"),
        None,
    )
    .unwrap();
    assert_eq!(
        resolved.warnings,
        [ParamsWarning::IgnoredVariable { name: "PGSERVICE" }]
    );
}

#[test]
fn secrets_stay_out_of_debug_and_descriptions() {
    let resolved = resolve(&target("postgres://u:geheim@h/d"), &env(&[]), Some("os"), None).unwrap();
    let shown = format!("{resolved:?} {}", resolved.params.describe());
    assert!(!shown.contains("geheim"), "{shown}");
}

#[test]
fn another_database_keeps_everything_else() {
    let params = resolved(&target("postgres://u:p@h:1/d"), &[]);
    let other = params.with_database("e");
    assert_eq!(other.describe(), "`h:1/e`");
    assert!(other.has_password());
    assert!(!params.with_password("").has_password());
    assert_eq!(params.with_client_encoding("LATIN1").client_encoding, "LATIN1");
}
