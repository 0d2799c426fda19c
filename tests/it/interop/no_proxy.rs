//! Which hosts go past a proxy: our reading of `NO_PROXY` against botocore's.

use std::process::{Command, Stdio};

use genkan::platform::proxy::bypasses_proxy;
use proptest::prelude::*;
use serde_json::json;

use crate::support::generated::generated;
use crate::support::peers;

/// Asks botocore for each pair of a list and the host and port of an address.
const ASKER: &str = r#"
import json, os, sys
from botocore.utils import should_bypass_proxies

answers = []
for no_proxy, host in json.load(sys.stdin):
    for name in ("NO_PROXY", "no_proxy"):
        os.environ.pop(name, None)
    os.environ["no_proxy"] = no_proxy
    answers.append(bool(should_bypass_proxies("https://" + host + "/x")))
json.dump(answers, sys.stdout)
"#;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "(www\\.|a\\.b\\.|)(Example|example|notexample)\\.(com|org)",
        2 => "(10|127)\\.0\\.0\\.[12]",
        1 => Just("localhost".to_owned()),
        1 => "[*.a]{1,3}",
        1 => "\\[::1\\]",
    ]
}

fn entry() -> impl Strategy<Value = String> {
    let port = prop_oneof![4 => Just(""), 2 => Just(":8443"), 1 => Just(":443"), 1 => Just(":")];
    let around = prop_oneof![4 => Just(""), 1 => Just(" "), 1 => Just("\t")];
    let before = prop_oneof![4 => Just(""), 2 => Just("."), 1 => Just(".."), 1 => Just("*.")];
    (around.clone(), before, name(), port, around)
        .prop_map(|(left, before, name, port, right)| format!("{left}{before}{name}{port}{right}"))
}

fn list() -> impl Strategy<Value = String> {
    let entries = proptest::collection::vec(entry(), 0..4);
    prop_oneof![
        8 => entries.prop_map(|entries| entries.join(",")),
        1 => Just("*".to_owned()),
        1 => Just(" *".to_owned()),
        1 => entry().prop_map(|entry| format!("{entry},*")),
    ]
}

fn host() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        4 => "(www\\.|a\\.b\\.|)(Example|example|notexample)\\.(com|org)",
        2 => "(10|127)\\.0\\.0\\.[12]",
        1 => Just("localhost".to_owned()),
        1 => Just("[::1]".to_owned()),
    ];
    let port = prop_oneof![3 => Just(""), 2 => Just(":8443"), 1 => Just(":443")];
    (name, port).prop_map(|(name, port)| format!("{name}{port}"))
}

#[test]
fn no_proxy_reads_as_by_botocore() {
    let Some(python) = peers::python() else { return };
    let pairs = generated(&(list(), host()), 4000);
    let input = tempfile::NamedTempFile::new().unwrap();
    serde_json::to_writer(&input, &json!(pairs)).unwrap();
    let output = Command::new(python.join("bin/python"))
        .args(["-c", ASKER])
        .env_clear()
        .stdin(Stdio::from(input.reopen().unwrap()))
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    let theirs: Vec<bool> = serde_json::from_slice(&output.stdout).unwrap();
    let past = theirs.iter().filter(|past| **past).count();
    assert!(past * 10 > pairs.len() && past * 2 < pairs.len(), "{past}");
    for ((list, host), theirs) in pairs.iter().zip(theirs) {
        assert_eq!(bypasses_proxy(list, host), theirs, "{list:?} {host}");
    }
}
