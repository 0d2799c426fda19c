//! The sandbox's pages in headless Chromium: no scripts, a phone's width, both colour schemes.

use std::process::Command;

use serde_json::Value;

use crate::support::env::{TARGET, TestEnv, peer};
use crate::support::peers;

#[test]
fn sandbox_pages_work_on_a_phone_without_scripts() {
    if !peer("chromium") || peers::node().is_none() {
        return;
    }
    let env = TestEnv::with(|options| options.auto_approve = false);
    let mut login = env.command(&["login", "--no-browser"]);
    let mut login = login.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut words = String::new();
    let mut lines = std::io::BufReader::new(login.stderr.take().unwrap());
    while !words.contains("user_code=") {
        assert_ne!(
            std::io::BufRead::read_line(&mut lines, &mut words).unwrap(),
            0,
            "{words}"
        );
    }
    let device = words
        .split_whitespace()
        .find(|w| w.contains("user_code="))
        .unwrap();
    // The console's address needs a sign-in of its own, on a second environment with the same pages.
    let other = TestEnv::new();
    other.sign_in();
    let console = other.output(&[
        "console",
        TARGET,
        "--service",
        "s3",
        "--region",
        "eu-west-1",
        "--print",
    ]);
    let pictures = env.path("pictures");
    std::fs::create_dir(&pictures).unwrap();
    let script = peers::script("pages.mjs", include_str!("../../peers/pages.mjs"));
    let output = Command::new("node")
        .arg(script)
        .args([device, console.trim(), pictures.to_str().unwrap()])
        .env("CHROMIUM", "/usr/bin/chromium")
        .env("HOME", env.home.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (page, heading) in [
        ("enter light", "Enter the code"),
        ("unknown light", "Enter the code"),
        ("consent light", "Allow access?"),
        ("done light", "You are signed in"),
        ("done dark", "You are signed in"),
        ("console light", "AWS console"),
    ] {
        assert_eq!(seen[page]["heading"], heading, "{seen}");
    }
    for (page, look) in seen.as_object().unwrap() {
        assert!(
            look["wide"].as_i64().unwrap() <= 360,
            "{page} is wider than a phone: {look}"
        );
    }
    let text = seen["console light"]["text"].as_str().unwrap();
    for word in ["payments-dev", "AdministratorAccess", "eu-west-1", "s3"] {
        assert!(text.contains(word), "{text}");
    }
    assert!(
        login.wait().unwrap().success(),
        "allowed in the browser, the sign-in ends well"
    );
    if let Some(folder) = crate::support::env::keep_pictures() {
        for entry in std::fs::read_dir(&pictures).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
}
