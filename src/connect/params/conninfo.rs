//! Parses what a user writes to name a database: `DBNAME`, a URI, or `keyword=value` pairs.
//!
//! Pure. <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>

use crate::connect::params::settings::{ParamsError, Settings};

const URI_SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];

/// Whether libpq would read `text` as a connection string rather than a database's name.
pub fn is_connection_string(text: &str) -> bool {
    has_scheme(text) || text.contains('=')
}

/// Whether `text` begins like a URI. A scheme other than PostgreSQL's counts too if the text names a user: such a text
/// is no database, but a misspelt URI, maybe with a password.
fn has_scheme(text: &str) -> bool {
    let of_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
    let is_scheme = |scheme: &str| !scheme.is_empty() && scheme.chars().all(of_scheme);
    URI_SCHEMES.iter().any(|scheme| text.starts_with(scheme))
        || text
            .split_once("://")
            .is_some_and(|(scheme, rest)| is_scheme(scheme) && rest.contains('@'))
}

pub(in crate::connect) fn parse(text: &str) -> Result<Settings, ParamsError> {
    let parsed = parse_any(text);
    match parsed {
        Err(ParamsError::MissingEquals { .. } | ParamsError::UnknownKeyword { .. })
            if text.contains("password") || text.contains('@') =>
        {
            Err(ParamsError::NearPassword)
        }
        parsed => parsed,
    }
}

fn parse_any(text: &str) -> Result<Settings, ParamsError> {
    for scheme in URI_SCHEMES {
        if let Some(rest) = text.strip_prefix(scheme) {
            return parse_uri(rest);
        }
    }
    if has_scheme(text) {
        return Err(ParamsError::Uri {
            reason: "it begins with neither `postgresql://` nor `postgres://`",
        });
    }
    if text.contains('=') {
        return parse_pairs(text);
    }
    let mut settings = Settings::default();
    if !text.is_empty() {
        settings.set("dbname", text.to_owned())?;
    }
    Ok(settings)
}

/// `keyword = value` pairs; values may be quoted by `'` and escape with `\`.
fn parse_pairs(text: &str) -> Result<Settings, ParamsError> {
    let mut settings = Settings::default();
    let mut rest = text.trim_start_matches(is_blank);
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || is_blank(c)).unwrap_or(rest.len());
        let keyword = &rest[..end];
        let after = rest[end..].trim_start_matches(is_blank);
        let Some(after) = after.strip_prefix('=') else {
            return Err(ParamsError::MissingEquals {
                word: keyword.to_owned(),
            });
        };
        let after = after.trim_start_matches(is_blank);
        let (value, after) = match after.strip_prefix('\'') {
            Some(quoted) => quoted_value(keyword, quoted)?,
            None => plain_value(after),
        };
        settings.set(keyword, value)?;
        rest = after.trim_start_matches(is_blank);
    }
    Ok(settings)
}

/// C's `isspace`.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

fn plain_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            _ if is_blank(c) => return (value, &text[at..]),
            _ => value.push(c),
        }
    }
    (value, "")
}

fn quoted_value<'a>(keyword: &str, text: &'a str) -> Result<(String, &'a str), ParamsError> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            '\'' => return Ok((value, &text[at + 1..])),
            _ => value.push(c),
        }
    }
    Err(ParamsError::UnterminatedQuote {
        keyword: keyword.to_owned(),
    })
}

/// `[user[:password]@][host[:port][,..]][/dbname][?keyword=value[&..]]`, every part percent-encoded.
fn parse_uri(rest: &str) -> Result<Settings, ParamsError> {
    let mut settings = Settings::default();

    // Credentials end at the first `@` before any `/`.
    let rest = match rest.find(['@', '/']) {
        Some(at) if rest[at..].starts_with('@') => {
            let credentials = &rest[..at];
            let (user, password) = match credentials.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (credentials, None),
            };
            set_decoded(&mut settings, "user", user)?;
            if let Some(password) = password {
                set_decoded(&mut settings, "password", password)?;
            }
            &rest[at + 1..]
        }
        _ => rest,
    };

    // Refuse a text in which a part of the password would be taken for the host, port or database.
    let head = rest.split(['=', '?']).next().unwrap_or_default();
    let (hosts, database) = head.split_once('/').unwrap_or((head, ""));
    let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit());
    let odd_port = hosts.rsplit_once(':').is_some_and(|(_, port)| !is_port(port));
    if hosts.contains('@') || database.contains('@') && odd_port {
        return Err(ParamsError::NearPassword);
    }
    let rest = parse_hosts(&mut settings, rest)?;

    let (dbname, query) = match rest.strip_prefix('/') {
        Some(path) => match path.split_once('?') {
            Some((dbname, query)) => (dbname, Some(query)),
            None => (path, None),
        },
        None => ("", rest.strip_prefix('?')),
    };
    set_decoded(&mut settings, "dbname", dbname)?;

    if let Some(query) = query {
        parse_query(&mut settings, query)?;
    }
    Ok(settings)
}

fn set_decoded(settings: &mut Settings, keyword: &str, text: &str) -> Result<(), ParamsError> {
    if text.is_empty() {
        return Ok(());
    }
    settings.set(keyword, percent_decode(text)?)
}

/// Reads `host[:port]` items up to `/`, `?` or the end; gives back what follows.
fn parse_hosts<'a>(settings: &mut Settings, mut rest: &'a str) -> Result<&'a str, ParamsError> {
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    loop {
        let host = match rest.strip_prefix('[') {
            Some(bracketed) => {
                let (host, after) = bracketed.split_once(']').ok_or(ParamsError::Uri {
                    reason: "no `]` after an IPv6 address",
                })?;
                if host.is_empty() {
                    return Err(ParamsError::Uri {
                        reason: "empty IPv6 address",
                    });
                }
                if !(after.is_empty() || after.starts_with([':', '/', '?', ','])) {
                    return Err(ParamsError::Uri {
                        reason: "unexpected text after an IPv6 address",
                    });
                }
                rest = after;
                host
            }
            None => {
                let end = rest.find([':', '/', '?', ',']).unwrap_or(rest.len());
                let host = &rest[..end];
                rest = &rest[end..];
                host
            }
        };
        hosts.push(host);
        let port = match rest.strip_prefix(':') {
            Some(after) => {
                let end = after.find(['/', '?', ',']).unwrap_or(after.len());
                rest = &after[end..];
                &after[..end]
            }
            None => "",
        };
        ports.push(port);
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => break,
        }
    }
    // One empty host or port means that the URI does not name any, so that weaker sources may.
    set_decoded(settings, "host", &hosts.join(","))?;
    set_decoded(settings, "port", &ports.join(","))?;
    Ok(rest)
}

fn parse_query(settings: &mut Settings, query: &str) -> Result<(), ParamsError> {
    if query.is_empty() {
        return Ok(());
    }
    for pair in query.split('&') {
        let Some((keyword, value)) = pair.split_once('=') else {
            return Err(ParamsError::MissingEquals {
                word: percent_decode(pair)?,
            });
        };
        if value.contains('=') {
            return Err(ParamsError::Uri {
                reason: "a parameter has two `=`",
            });
        }
        let keyword = percent_decode(keyword)?;
        let value = percent_decode(value)?;
        // JDBC's way of asking for TLS.
        if keyword == "ssl" && value == "true" {
            settings.set("sslmode", "require".to_owned())?;
        } else {
            settings.set(&keyword, value)?;
        }
    }
    Ok(())
}

/// `%XX` becomes a byte; `+` stays; the result must be UTF-8 without NUL.
fn percent_decode(text: &str) -> Result<String, ParamsError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes().iter();
    while let Some(&byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = rest.next().map(|&digit| char::from(digit));
            digit.and_then(|digit| digit.to_digit(16))
        };
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(ParamsError::PercentEncoding);
        };
        match (high * 16 + low) as u8 {
            0 => return Err(ParamsError::PercentEncoding),
            decoded => bytes.push(decoded),
        }
    }
    String::from_utf8(bytes).map_err(|_| ParamsError::PercentEncoding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The settings as `keyword=value` lines, sorted by keyword.
    fn shown(text: &str) -> String {
        match parse(text) {
            Ok(settings) => {
                let keywords = [
                    "application_name",
                    "connect_timeout",
                    "dbname",
                    "host",
                    "hostaddr",
                    "options",
                    "password",
                    "port",
                    "sslmode",
                    "user",
                ];
                let pairs: Vec<String> = keywords
                    .iter()
                    .filter_map(|keyword| settings.get(keyword).map(|value| format!("{keyword}={value}")))
                    .collect();
                pairs.join(" ")
            }
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn a_plain_name_is_a_database() {
        assert_eq!(shown("shop"), "dbname=shop");
        assert_eq!(shown("my shop"), "dbname=my shop");
        assert_eq!(shown(""), "");
        assert_eq!(shown("http://x/y"), "dbname=http://x/y");
    }

    #[test]
    fn pairs_follow_libpq_quoting() {
        assert_eq!(shown("host=a port=5433 dbname=x"), "dbname=x host=a port=5433");
        assert_eq!(shown(" host = a\tport= 1 \n"), "host=a port=1");
        assert_eq!(
            shown(r"password='it\'s \\ here' user=b"),
            r"password=it's \ here user=b"
        );
        assert_eq!(shown(r"user=a\ b\\c"), r"user=a b\c");
        assert_eq!(shown("dbname=''"), "dbname=");
        assert_eq!(shown("dbname="), "dbname=");
        assert_eq!(shown("user='a'host=b"), "host=b user=a");
        assert_eq!(shown("user=a user=b"), "user=b");
        assert_eq!(shown(r"user=a\"), "user=a");
        assert_eq!(shown("user=a=b"), "user=a=b");
    }

    #[test]
    fn broken_pairs_name_the_trouble() {
        assert_eq!(
            shown("host=a nonsense"),
            "error: missing `=` after `nonsense` in the connection string"
        );
        assert_eq!(shown("host=a b = 'c"), "error: the quoted value of `b` does not end");
        assert_eq!(shown("hots=a"), "error: unknown connection parameter `hots`");
        assert_eq!(shown("HOST=a"), "error: unknown connection parameter `HOST`");
        assert_eq!(shown("=a"), "error: unknown connection parameter ``");
        assert_eq!(
            shown("service=a"),
            "error: connection parameter `service` is not supported"
        );
    }

    #[test]
    fn uris_of_the_manual() {
        assert_eq!(shown("postgresql://"), "");
        assert_eq!(shown("postgresql://localhost"), "host=localhost");
        assert_eq!(shown("postgresql://localhost:5433"), "host=localhost port=5433");
        assert_eq!(shown("postgresql://localhost/mydb"), "dbname=mydb host=localhost");
        assert_eq!(shown("postgres://user@localhost"), "host=localhost user=user");
        assert_eq!(
            shown("postgresql://user:secret@localhost"),
            "host=localhost password=secret user=user"
        );
        assert_eq!(
            shown("postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp"),
            "application_name=myapp connect_timeout=10 dbname=otherdb host=localhost user=other"
        );
        assert_eq!(
            shown("postgresql://host1:123,host2:456/somedb?application_name=myapp"),
            "application_name=myapp dbname=somedb host=host1,host2 port=123,456"
        );
        assert_eq!(
            shown("postgresql:///mydb?host=localhost&port=5433"),
            "dbname=mydb host=localhost port=5433"
        );
        assert_eq!(
            shown("postgresql://[2001:db8::1234]/database"),
            "dbname=database host=2001:db8::1234"
        );
        assert_eq!(
            shown("postgresql:///dbname?host=/var/lib/postgresql"),
            "dbname=dbname host=/var/lib/postgresql"
        );
        assert_eq!(
            shown("postgresql://%2Fvar%2Flib%2Fpostgresql/dbname"),
            "dbname=dbname host=/var/lib/postgresql"
        );
        assert_eq!(
            shown("postgresql://user@localhost:5433/mydb?options=-c%20synchronous_commit%3Doff"),
            "dbname=mydb host=localhost options=-c synchronous_commit=off port=5433 user=user"
        );
    }

    #[test]
    fn uri_corner_cases() {
        assert_eq!(shown("postgres://a%40b:p%3Aw%2Fx@h"), "host=h password=p:w/x user=a@b");
        assert_eq!(shown("postgres://u:p:q@h"), "host=h password=p:q user=u");
        assert_eq!(shown("postgres://:p@h"), "host=h password=p");
        assert_eq!(shown("postgres://@h"), "host=h");
        assert_eq!(shown("postgres://h1,h2:5/d"), "dbname=d host=h1,h2 port=,5");
        assert_eq!(shown("postgres://[::1]:5,h"), "host=::1,h port=5,");
        assert_eq!(shown("postgres://h?sslmode=disable"), "host=h sslmode=disable");
        assert_eq!(shown("postgres://h?ssl=true"), "host=h sslmode=require");
        assert_eq!(shown("postgres:///d?"), "dbname=d");
        assert_eq!(shown("postgres://h/d/e"), "dbname=d/e host=h");
        assert_eq!(shown("postgres://h/a+b"), "dbname=a+b host=h");
        assert_eq!(shown("postgres://h/x@y"), "dbname=x@y host=h");
        assert_eq!(shown("postgres://h/d?user=a%26b"), "dbname=d host=h user=a&b");
        assert_eq!(shown("postgres://h:5432?host=/tmp"), "host=/tmp port=5432");
    }

    #[test]
    fn broken_uris_are_refused() {
        assert_eq!(
            shown("postgres://[::1"),
            "error: invalid connection URI: no `]` after an IPv6 address"
        );
        assert_eq!(
            shown("postgres://[]"),
            "error: invalid connection URI: empty IPv6 address"
        );
        assert_eq!(
            shown("postgres://[::1]z"),
            "error: invalid connection URI: unexpected text after an IPv6 address"
        );
        assert_eq!(
            shown("postgres://h/d?a"),
            "error: missing `=` after `a` in the connection string"
        );
        assert_eq!(
            shown("postgres://h/d?user=b=c"),
            "error: invalid connection URI: a parameter has two `=`"
        );
        assert_eq!(
            shown("postgres://h/d?usr=b"),
            "error: unknown connection parameter `usr`"
        );
        assert_eq!(
            shown("postgres://h/d?ssl=maybe"),
            "error: unknown connection parameter `ssl`"
        );
        for bad in ["%", "%4", "%zz", "%00", "%ff", "%+1"] {
            assert_eq!(
                shown(&format!("postgres://h/{bad}")),
                "error: invalid percent-encoding in the connection URI"
            );
        }
    }

    #[test]
    fn passwords_stay_out_of_errors() {
        for text in [
            "user=u password='secret",
            "postgres://u:secret%@h",
            "postgres://u:secret@[h",
        ] {
            let message = shown(text);
            assert!(message.starts_with("error") && !message.contains("secret"), "{message}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused_without_panic(text in "\\PC*", marks in "[a-h:/@?&=%,'\\\\\\[\\] \u{e9}0-2]*") {
            for text in [&text, &marks] {
                let _ = parse(text);
                let _ = parse_pairs(text);
                let _ = parse_uri(text);
            }
        }

        #[test]
        fn quoted_values_come_back(value in "[^\\x00]*") {
            let quoted = value.replace('\\', "\\\\").replace('\'', "\\'");
            let settings = parse(&format!("user='{quoted}' host=h")).unwrap();
            prop_assert_eq!(settings.get("user"), Some(value.as_str()));
            prop_assert_eq!(settings.get("host"), Some("h"));
        }

        #[test]
        fn encoded_values_come_back(value in "[^\\x00]+") {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let settings = parse(&format!("postgres://{encoded}:{encoded}@h/{encoded}?options={encoded}")).unwrap();
            for keyword in ["user", "password", "dbname", "options"] {
                prop_assert_eq!(settings.get(keyword), Some(value.as_str()));
            }
        }
    }
}
