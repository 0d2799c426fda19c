//! Our reading of shared files against botocore's: many small generated files, read by one Python process.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use genkan::store::{ConfigFile, Effect};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::Value;

use crate::support::generated::generated;
use crate::support::peers;

/// How many files of each kind are compared. More with `PROPTEST_CASES`.
fn files() -> usize {
    let cases = Config::default().cases as usize;
    cases.max(256) * 12
}

/// Reads each file of a folder as botocore does, and prints one object by file name.
const READER: &str = r#"
import json, os, sys
from botocore import configloader, exceptions

def read(path):
    try:
        raw = configloader.raw_config_parse(path)
        literal = configloader.raw_config_parse(path, parse_subsections=False)
        return {"raw": literal, "map": configloader.build_profile_map(raw)}
    except exceptions.ConfigParseError:
        return None

folder = sys.argv[1]
json.dump({name: read(os.path.join(folder, name)) for name in os.listdir(folder)}, sys.stdout)
"#;

/// What botocore reads in each text, in their order. Without Python there is nothing to compare with.
fn botocore(script: &str, texts: &[Vec<u8>]) -> Option<Vec<Value>> {
    let python = peers::python()?.join("bin/python");
    let folder = tempfile::tempdir().unwrap();
    for (at, text) in texts.iter().enumerate() {
        std::fs::write(folder.path().join(at.to_string()), text).unwrap();
    }
    let output = Command::new(python)
        .args(["-c", script])
        .arg(folder.path())
        .env("PYTHONUTF8", "1")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut read: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).unwrap();
    let in_order = (0..texts.len()).map(|at| read.remove(&at.to_string()).unwrap());
    Some(in_order.collect())
}

/// One line of a file that a user or a tool might have written.
fn line() -> impl Strategy<Value = String> {
    let indentation = prop_oneof![
        10 => Just(""), 3 => Just("  "), 2 => Just("    "), 1 => Just("\t"), 1 => Just(" \u{a0}"), 1 => Just("\x1c")
    ];
    let header = prop_oneof![
        "\\[(profile|sso-session|services) [ab]\\]",
        "\\[(profile|profiles|sso-session|services|plain|)[ \t]{0,2}('[ab]'|\"[ab]\"|'a b'|a b|a\\\\ b|a'b'|[ab])[ \t]{0,1}\\]( [;#]? ?c\\]?)?",
        Just("[default]".to_owned()),
        "\\[ ?(default|DEFAULT|Default|profile default|preview) ?\\]",
        "\\[[\\]\\[a=:'\"\\\\ ]{0,3}\\]?",
    ];
    let key = prop_oneof![
        4 => "(region|Region|sso_region|sso_start_url|sso_session|s3|services|endpoint_url|output)",
        1 => "[a-zA-Zİß \u{a0}\\[#]{0,4}",
    ];
    let value = prop_oneof![
        4 => "(us-east-1|https://a.awsapps.com/start#/|a|b|true|a : b|x=y|)",
        1 => "a [#;] ?b",
        1 => "\\PC{0,5}",
        1 => "[ab=:\x0b\x0c\x1c\x1d\u{85}\u{2028}\0\u{feff}]{0,5}",
    ];
    let setting = (key, "[ \t]{0,2}[=:][ \t]{0,2}", value).prop_map(|(k, mark, v)| format!("{k}{mark}{v}"));
    let comment = "[#;] ?[a-z=\\[\\]]{0,5}";
    let said = prop_oneof![
        6 => setting, 4 => header, 1 => comment, 1 => Just(String::new()), 1 => "[a-z \\[\\]\"']{0,5}"
    ];
    (indentation, said).prop_map(|(indentation, said)| format!("{indentation}{said}"))
}

fn ending() -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r"), 1 => Just(" \n")]
}

/// A file of such lines. Most begin with a section: without one nothing is read at all.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let start = prop_oneof![
        1 => Just(""), 12 => Just("[profile a]\n"), 6 => Just("  [sso-session a]\r\n"), 2 => Just("[DEFAULT]\nregion : x\n"),
        1 => Just("\u{feff}[default]\n")
    ];
    let lines = proptest::collection::vec((line(), ending()), 0..7);
    let end =
        prop_oneof![20 => Just(&b""[..]), 1 => Just(&b"region=\xff"[..]), 2 => Just(&b"output = x"[..])];
    (start, lines, end).prop_map(|(start, lines, end)| {
        let mut text = start.as_bytes().to_vec();
        for (line, ending) in lines {
            text.extend_from_slice(line.as_bytes());
            text.extend_from_slice(ending.as_bytes());
        }
        text.extend_from_slice(end);
        text
    })
}

/// Files of public bug reports and of our own mistakes.
const KNOWN: [&str; 10] = [
    "  [default]\n  region = eu-west-1\n  [profile a]\n  region = us-east-1\n",
    "[default]\n    region = eu-west-1\n    output = json\n",
    "[sso-session a]\nsso_start_url: https://a.awsapps.com/start\nsso_region : us-east-1\n",
    "[profile a]\ns3 =\n    max_queue_size = 1\n\n    addressing_style = path\nregion = x\n",
    "[profile a]\nregion = x\n  [profile b]\nregion = y\n",
    "[profile a]\nregion = x\n[profile \"a\"]\noutput = y\n[profile a ]\nregion = z\n",
    "[DEFAULT]\nregion = x\n[profile a]\noutput = y\n",
    "[default]\nregion = x # mine\n[profile a] # work\nregion = y\n",
    "[profile a]\nkey = one\n two\n\n three\n\n\n[default]\n",
    "[services s]\nsso =\n  endpoint_url = http://x\n  ENDPOINT_URL = http://y\n",
];

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn names<'a>(objects: &'a Value, kind: &str) -> BTreeMap<&'a str, &'a serde_json::Map<String, Value>> {
    let entries = objects[kind].as_object().unwrap().iter();
    let named = entries.filter(|(name, _)| !name.is_empty());
    named
        .map(|(name, said)| (name.as_str(), said.as_object().unwrap()))
        .collect()
}

/// What botocore refuses is told as that and nothing else is; what it reads, we read alike.
fn compare(text: &[u8], theirs: &Value) {
    let ours = ConfigFile::parse(text);
    let words = text_of(text);
    let refused: Vec<String> = ours
        .faults()
        .iter()
        .filter(|fault| fault.effect() == Effect::RefusedByPython)
        .map(genkan::store::Fault::sentence)
        .collect();
    assert_eq!(theirs.is_null(), !refused.is_empty(), "{words:?}: {refused:?}");
    if theirs.is_null() {
        return;
    }
    let said = |pairs: Vec<(String, String)>| -> BTreeMap<String, String> { pairs.into_iter().collect() };
    let sections: BTreeMap<String, BTreeMap<String, String>> = ours
        .sections_as_read()
        .into_iter()
        .map(|(header, pairs)| (header, said(pairs)))
        .collect();
    let raw: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_value(theirs["raw"].clone()).unwrap();
    assert_eq!(sections, raw, "{words:?}");
    // Every section of a credentials file is a profile.
    let credentials: BTreeSet<String> = ours.credentials_profiles().into_iter().map(|p| p.name).collect();
    assert!(
        raw.keys().filter(|name| !name.is_empty()).eq(&credentials),
        "{words:?}"
    );
    let profiles = names(&theirs["map"], "profiles");
    let of_ours = ours.profiles();
    let found: BTreeSet<&str> = of_ours.iter().map(|p| p.name.as_str()).collect();
    assert!(profiles.keys().copied().eq(found), "{words:?}");
    for profile in &of_ours {
        for (key, value) in profiles[profile.name.as_str()] {
            assert!(profile.mentions(key), "{words:?}: {key}");
            // A comment behind a value is one for other tools, and is judged apart.
            let value = value.as_str().unwrap_or_default();
            if !["#", ";"].iter().any(|mark| value.contains(mark)) {
                assert_eq!(profile.get(key).unwrap_or_default(), value, "{words:?}: {key}");
            }
        }
    }
    let sessions: BTreeSet<String> = (ours.sso_sessions().into_iter())
        .filter(|session| session.kind == genkan::domain::SessionKind::Named)
        .map(|session| session.name)
        .chain(ours.broken_sessions().into_iter().map(|broken| broken.name))
        .collect();
    let theirs_sessions = names(&theirs["map"], "sso_sessions");
    for name in theirs_sessions.keys() {
        assert!(sessions.contains(*name), "{words:?}: {name}");
    }
    for session in ours
        .sso_sessions()
        .iter()
        .filter(|s| s.kind == genkan::domain::SessionKind::Named)
    {
        let said = theirs_sessions[session.name.as_str()];
        let url = said["sso_start_url"].as_str().unwrap();
        assert!(url.starts_with(session.start_url.as_str()), "{words:?}");
    }
    endpoints(&ours, &theirs["map"], &words);
}

/// The endpoint of a `services` section, for each profile.
fn endpoints(ours: &ConfigFile, map: &Value, words: &str) {
    for (name, profile) in names(map, "profiles") {
        let services = profile
            .get("services")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let expected = names(map, "services")
            .get(services)
            .and_then(|section| section.get("s3")?.get("endpoint_url")?.as_str())
            .filter(|url| !url.is_empty() && !url.contains(['#', ';']))
            .map(str::to_owned);
        let found = ours.services_endpoint(services, &["s3"]);
        if expected.is_some() || found.is_none() {
            assert_eq!(found, expected, "{words:?}: {name}");
        }
    }
}

#[test]
fn config_files_read_as_by_botocore() {
    let known = KNOWN.iter().map(|text| text.as_bytes().to_vec());
    let texts: Vec<Vec<u8>> = known.chain(generated(&file(), files())).collect();
    let Some(read) = botocore(READER, &texts) else {
        return;
    };
    let accepted = read.iter().filter(|theirs| !theirs.is_null()).count();
    assert!(
        accepted * 5 > texts.len(),
        "only {accepted} of {} are read",
        texts.len()
    );
    for (text, theirs) in texts.iter().zip(&read) {
        compare(text, theirs);
    }
}

/// What we write is read by botocore: a session, a block of profiles and a section of credentials, added to any
/// file that it reads. Nothing it read before is lost or changed.
#[test]
fn written_files_are_read_by_botocore() {
    let known = KNOWN.iter().map(|text| text.as_bytes().to_vec());
    let texts: Vec<Vec<u8>> = known.chain(generated(&file(), files() / 2)).collect();
    let Some(before) = botocore(READER, &texts) else {
        return;
    };
    let written: Vec<Vec<u8>> = texts.iter().map(|text| with_ours(text)).collect();
    let after = botocore(READER, &written).unwrap();
    for (at, (before, after)) in before.iter().zip(&after).enumerate() {
        // Where there is only `[DEFAULT]`, what is wrong in there shows with the first section.
        if before.is_null() || before["raw"].as_object().is_some_and(serde_json::Map::is_empty) {
            continue;
        }
        let words = text_of(&written[at]);
        assert!(!after.is_null(), "botocore refuses {words:?}");
        let (was, is) = (&before["raw"], &after["raw"]);
        for (header, said) in was.as_object().unwrap() {
            assert_eq!(&is[header], said, "{words:?}: [{header}]");
        }
        let sessions = names(&after["map"], "sso_sessions");
        assert!(
            sessions.contains_key("a") && sessions.contains_key("fresh"),
            "{words:?}"
        );
        let profile = names(&after["map"], "profiles")["managed"]["region"].as_str();
        assert_eq!(profile, Some("eu-west-1"), "{words:?}");
    }
}

/// The same file with two sessions, one of which it may have, and a profile of ours.
fn with_ours(text: &[u8]) -> Vec<u8> {
    let mut file = ConfigFile::parse(text);
    for name in ["a", "fresh"] {
        file.add_sso_session(&crate::support::env::session(name));
    }
    let managed = genkan::store::ManagedProfile {
        name: "managed".to_owned(),
        keys: vec![("region", "eu-west-1".to_owned())],
    };
    for _ in 0..2 {
        file.set_managed_profiles(std::slice::from_ref(&managed), &BTreeSet::new(), &["region"])
            .unwrap();
    }
    file.to_bytes()
}

/// Reads each token file of a folder as botocore's loader and provider do: the access token, when it expires, and
/// whether a refresh could be tried.
const TOKEN_READER: &str = r#"
import json, os, sys
import dateutil.parser
from botocore.utils import JSONFileCache

cache = JSONFileCache(sys.argv[1])

def read(name):
    try:
        token = cache[name]
        if 'accessToken' not in token or 'expiresAt' not in token:
            return None
        expires = dateutil.parser.parse(token["expiresAt"])
        if expires.tzinfo is None:
            return None
        read = {"token": token["accessToken"], "expires": int(expires.timestamp()), "refresh": None}
    except Exception:
        return None
    try:
        keys = ("refreshToken", "clientId", "clientSecret", "registrationExpiresAt")
        if all(isinstance(token[k], str) and token[k] for k in keys):
            read["refresh"] = int(dateutil.parser.parse(token["registrationExpiresAt"]).timestamp())
    except Exception:
        pass
    return read

names = [name for name in os.listdir(sys.argv[1]) if name.endswith(".json")]
json.dump({name: read(name[:-5]) for name in names}, sys.stdout)
"#;

/// A token file that this or that tool might have written.
fn token_file() -> impl Strategy<Value = String> {
    let date = || {
        prop_oneof![
            6 => "20[23][0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])[T ][01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|UTC|\\+00:00|-07:00|\\+05:30)"
                .prop_map(Value::String),
            1 => other(),
        ]
    };
    let word = || prop_oneof![8 => "[a-zA-Z0-9+/=é]{1,8}".prop_map(Value::String), 1 => other()];
    let url = prop_oneof![
        4 => Just(Value::from("https://tanuki.awsapps.com/start")),
        1 => Just(Value::from("https://tanuki.awsapps.com/start/#/")),
        1 => other()
    ];
    let region = prop_oneof![4 => Just(Value::from("ap-northeast-1")), 1 => other()];
    let fields = (
        (word(), date(), any::<[bool; 8]>()),
        (word(), word(), date(), word(), url, region, other()),
    );
    fields.prop_map(
        |((access, expires, there), (id, secret, ends, refresh, url, region, foreign))| {
            let mut object = serde_json::Map::new();
            let optional = [
                ("startUrl", url),
                ("region", region),
                ("clientId", id),
                ("clientSecret", secret),
                ("registrationExpiresAt", ends),
                ("refreshToken", refresh),
                ("theirs", foreign),
            ];
            object.insert("accessToken".to_owned(), access);
            object.insert("expiresAt".to_owned(), expires);
            for ((name, value), is_there) in optional.into_iter().zip(there) {
                // More often there than not.
                if is_there || name == "clientId" {
                    object.insert(name.to_owned(), value);
                }
            }
            Value::Object(object).to_string()
        },
    )
}

/// A value of another type.
fn other() -> impl Strategy<Value = Value> {
    proptest::sample::select(vec![
        Value::Null,
        Value::from(5),
        Value::from(1.5),
        Value::from(true),
        Value::from(""),
        serde_json::json!([1, "a"]),
        serde_json::json!({"a": null}),
    ])
}

#[test]
fn token_files_read_as_by_botocore() {
    let Some(python) = peers::python() else { return };
    let home = tempfile::tempdir().unwrap();
    let variables = genkan::platform::files::paths::PathVariables {
        home: Some(home.path().to_owned()),
        ..Default::default()
    };
    let paths = genkan::platform::files::paths::Paths::resolve(&variables).unwrap();
    let cache = genkan::store::TokenCache::new(&paths);
    let files = generated(&token_file(), files() / 3);
    std::fs::create_dir_all(&paths.sso_cache).unwrap();
    std::fs::set_permissions(
        &paths.sso_cache,
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    let session = |at: usize| crate::support::env::session(&format!("s{at}"));
    for (at, text) in files.iter().enumerate() {
        let path = cache.file(&session(at));
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let output = Command::new(python.join("bin/python"))
        .args(["-c", TOKEN_READER])
        .arg(&paths.sso_cache)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let theirs: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).unwrap();
    let mut compared = 0;
    for (at, text) in files.iter().enumerate() {
        let name = cache
            .file(&session(at))
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let ours = cache.load(&session(at)).unwrap().value;
        let theirs = &theirs[&name];
        // A token that is no text, or empty, signs no one in; botocore would send it.
        let Some(token) = theirs["token"].as_str().filter(|token| !token.is_empty()) else {
            continue;
        };
        compared += 1;
        let ours = ours.unwrap_or_else(|| panic!("lost: {text}"));
        assert_eq!(ours.access_token.expose(), token, "{text}");
        assert_eq!(
            Some(ours.expires_at.as_second()),
            theirs["expires"].as_i64(),
            "{text}"
        );
        let registration = ours.registration.filter(|_| ours.refresh_token.is_some());
        assert_eq!(
            registration.map(|r| r.expires_at.as_second()),
            theirs["refresh"].as_i64(),
            "{text}"
        );
    }
    assert!(compared * 3 > files.len(), "only {compared} of {}", files.len());
}
