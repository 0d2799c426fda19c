//! Consoles in real browsers, Chromium and Firefox: the right account in the right profile, two accounts at once, and a
//! one-time link that works once. Each browser is headless, in the test's own home, and ends with the test.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::env::{
    ACCOUNT, TARGET, TestEnv, firefox_extensions, peer, peers_are_required, write_program,
};
use crate::support::http;
use crate::support::wait::until;

/// The browsers that were started in a home, which end when this is dropped.
struct Browsers<'a> {
    env: &'a TestEnv,
}

impl<'a> Browsers<'a> {
    /// Puts a program in front of the real one: headless, watched, and with its process ID written down.
    fn install(env: &'a mut TestEnv, name: &str, real: &str, options: &str) -> Self {
        let folder = env.path("programs");
        let script = format!(
            "#!/bin/sh\necho $$ >> \"$HOME/pids\"\necho \"$*\" >> \"$HOME/arguments\"\ntest ! -e \"$HOME/running\" || exit 0\nexport TMPDIR=\"$HOME/tmp\"\nmkdir -p \"$TMPDIR\"\nexec {real} {options} \"$@\" >/dev/null 2>&1\n"
        );
        write_program(&folder.join(name), &script);
        let before = env.environment["PATH"].clone();
        env.environment
            .insert("PATH".into(), format!("{}:{before}", folder.display()));
        env.environment.insert("DISPLAY".into(), ":99".into());
        Self { env }
    }

    fn pids(&self) -> Vec<i32> {
        let pids = std::fs::read_to_string(self.env.path("pids")).unwrap_or_default();
        pids.lines().map(|pid| pid.parse().unwrap()).collect()
    }

    fn arguments(&self) -> String {
        self.env.read("arguments")
    }
}

impl Drop for Browsers<'_> {
    fn drop(&mut self) {
        use nix::sys::signal::{Signal, kill};
        use nix::unistd::Pid;
        let pids = self.pids();
        for pid in &pids {
            // genkan starts each in a group of its own.
            let _ = nix::sys::signal::killpg(Pid::from_raw(*pid), Signal::SIGTERM);
        }
        for pid in pids {
            let alive = || kill(Pid::from_raw(pid), None).is_ok() && !is_zombie(pid);
            let since = Instant::now();
            while alive() && since.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = nix::sys::signal::killpg(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

fn is_zombie(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| {
            stat.rsplit_once(')')
                .map(|(_, rest)| rest.trim_start().starts_with('Z'))
        })
        .unwrap_or(true)
}

/// What a Chromium says of its pages. It keeps the connection open, so the answer is read to its length.
fn devtools_pages(port: &str) -> Option<Vec<Value>> {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(
        stream,
        "GET /json/list HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    )
    .ok()?;
    let mut answer = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        answer.read_line(&mut line).ok()?;
        match line.trim().to_lowercase().split_once(':') {
            Some(("content-length", value)) => length = value.trim().parse().ok()?,
            None if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    answer.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// The titles of a Chromium's pages, once its data folder says where to ask.
fn chromium_titles(data: &Path) -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(data.join("DevToolsActivePort")) else {
        return Vec::new();
    };
    let port = text.lines().next().unwrap_or_default();
    let pages: Vec<Value> = devtools_pages(port).unwrap_or_default();
    let pages = pages.iter().filter(|page| page["type"] == "page");
    pages
        .map(|page| page["title"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[track_caller]
fn shows(data: &Path, account: &str) {
    let wanted = format!("{account} · AWS console");
    until("the console of the account", || {
        chromium_titles(data).iter().any(|title| title.contains(&wanted))
    });
}

const CHROMIUM: &str = "--headless --no-sandbox --disable-gpu --remote-debugging-port=0";

/// The usual data folder, which a headless Chromium has to be told.
fn usual_data(env: &TestEnv) -> PathBuf {
    env.path(".config/chromium")
}

#[test]
fn chromium_opens_the_right_account_in_the_profile_of_a_visible_name() {
    if !peers_are_required() || !peer("chromium") {
        return;
    }
    let mut env = TestEnv::new();
    env.sign_in();
    let data = usual_data(&env);
    let state =
        json!({"profile": {"info_cache": {"Default": {"name": "Hana"}, "Profile 7": {"name": "Work EU"}}}});
    env.write(".config/chromium/Local State", &state.to_string());
    env.write(
        ".config/genkan/config.toml",
        "browser = \"chromium:Hana\"\n[[rule]]\nmatch = { account = \"payments-*\" }\nbrowser = \"chromium:work eu\"\n",
    );
    let options = format!("{CHROMIUM} --user-data-dir=\"$HOME/.config/chromium\"");
    let browsers = Browsers::install(&mut env, "chromium", "/usr/bin/chromium", &options);
    let env = browsers.env;
    assert_eq!(env.run(&["console", TARGET]).code, Some(0));
    shows(&data, "payments-dev");
    until("files of the profile", || {
        data.join("Profile 7/Preferences").exists()
    });
    assert!(!data.join("Default").exists(), "no other profile was opened");
    // Nothing in the arguments signs in, and the link that was there works no more.
    let arguments = browsers.arguments();
    assert!(!arguments.contains("SigninToken"), "{arguments}");
    let link = arguments.split_whitespace().last().unwrap();
    let (base, path) = link.split_at(link.rfind('/').unwrap());
    let again = http::request(base, "GET", path, &[], b"");
    assert!(again.map_or(true, |answer| answer.status == 404), "a second use");
    assert_eq!(env.sandbox.counts().console_login, 1);
    // A name that is not there is refused with the nearest, and nothing is made.
    let refused = env.run(&["console", TARGET, "--browser", "chromium:Work UE"]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("did you mean `Work EU`?"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("its profiles: Hana, Work EU"),
        "{}",
        refused.stderr
    );
    assert_eq!(browsers.pids().len(), 1);
    let doctor = env.run(&["doctor", "--offline"]).stdout;
    assert!(
        doctor.contains("chromium is installed; profiles: Hana, Work EU"),
        "{doctor}"
    );
}

#[test]
fn two_accounts_are_open_at_once_in_data_folders_of_their_own() {
    if !peers_are_required() || !peer("chromium") {
        return;
    }
    let mut env = TestEnv::new();
    env.sign_in();
    env.write(".config/genkan/config.toml", "browser = \"chromium@account\"\n");
    let browsers = Browsers::install(&mut env, "chromium", "/usr/bin/chromium", CHROMIUM);
    let env = browsers.env;
    let folder = |account: &str| env.path(&format!(".local/state/genkan/browsers/chromium/{account}"));
    let other = other_account(env);
    assert_eq!(env.run(&["console", TARGET]).code, Some(0));
    shows(&folder(ACCOUNT), "payments-dev");
    assert_eq!(env.run(&["console", &other.1]).code, Some(0));
    shows(&folder(&other.0), &other.2);
    shows(&folder(ACCOUNT), "payments-dev");
    let mode = std::fs::metadata(folder(&other.0)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "cookies of consoles are in it");
}

/// Another account: its ID, a target in it, and its name.
fn other_account(env: &TestEnv) -> (String, String, String) {
    let list: Vec<Value> = serde_json::from_str(&env.output(&["list", "--format", "json"])).unwrap();
    let row = list.iter().find(|row| row["account_id"] != ACCOUNT).unwrap();
    let text = |key: &str| row[key].as_str().unwrap().to_owned();
    let target = format!("{}/{}", text("account_id"), text("permission_set"));
    (text("account_id"), target, text("account_name"))
}

/// A session of Firefox's own remote protocol: each message is its length, a colon and JSON.
struct Marionette {
    stream: BufReader<TcpStream>,
    last: u64,
}

impl Marionette {
    fn connect(profile: &Path) -> Self {
        let mut port = String::new();
        until("Firefox", || {
            port = std::fs::read_to_string(profile.join("MarionetteActivePort")).unwrap_or_default();
            !port.trim().is_empty() && TcpStream::connect(format!("127.0.0.1:{}", port.trim())).is_ok()
        });
        let stream = TcpStream::connect(format!("127.0.0.1:{}", port.trim())).unwrap();
        let mut session = Self {
            stream: BufReader::new(stream),
            last: 0,
        };
        session.read();
        session.ask("WebDriver:NewSession", &json!({}));
        session
    }

    fn read(&mut self) -> Value {
        let mut length = String::new();
        loop {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).unwrap();
            if byte[0] == b':' {
                break;
            }
            length.push(char::from(byte[0]));
        }
        let mut text = vec![0; length.parse().unwrap()];
        self.stream.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn ask(&mut self, command: &str, parameters: &Value) -> Value {
        self.last += 1;
        let message = json!([0, self.last, command, parameters]).to_string();
        write!(self.stream.get_mut(), "{}:{message}", message.len()).unwrap();
        let mut answer = self.read();
        answer[3].take()
    }

    /// What each tab shows: its title, and the name and colour of its container. Firefox has to be told at its start
    /// that this is allowed.
    fn containers(&mut self) -> Vec<[String; 3]> {
        const SCRIPT: &str = r#"
            const { ContextualIdentityService: all } =
                ChromeUtils.importESModule("resource://gre/modules/ContextualIdentityService.sys.mjs");
            const tabs = [...Services.wm.getEnumerator("navigator:browser")].flatMap(window => [...window.gBrowser.tabs]);
            return tabs.map(tab => {
                const container = all.getPublicIdentityFromId(tab.userContextId) ?? {};
                return [tab.label, container.name ?? "", container.color ?? ""];
            });
        "#;
        self.ask("Marionette:SetContext", &json!({ "value": "chrome" }));
        let tabs = self.ask(
            "WebDriver:ExecuteScript",
            &json!({ "script": SCRIPT, "args": [] }),
        );
        serde_json::from_value(tabs["value"].clone()).unwrap_or_default()
    }

    /// Gives a Firefox that runs what a second one gives it, which without a display doesn't find it.
    fn open(&mut self, address: &str) {
        const SCRIPT: &str = r#"
            const line = Cu.createCommandLine([arguments[0]], null, Ci.nsICommandLine.STATE_REMOTE_EXPLICIT);
            Cc["@mozilla.org/browser/final-clh;1"].getService(Ci.nsICommandLineHandler).handle(line);
        "#;
        self.ask("Marionette:SetContext", &json!({ "value": "chrome" }));
        self.ask(
            "WebDriver:ExecuteScript",
            &json!({ "script": SCRIPT, "args": [address] }),
        );
    }

    fn quit(&mut self) {
        self.ask("Marionette:Quit", &json!({ "flags": ["eForceQuit"] }));
    }

    fn titles(&mut self) -> Vec<String> {
        let handles = self.ask("WebDriver:GetWindowHandles", &json!({}));
        let handles = handles.as_array().cloned().unwrap_or_default();
        handles
            .iter()
            .map(|handle| {
                self.ask(
                    "WebDriver:SwitchToWindow",
                    &json!({ "handle": handle, "name": handle }),
                );
                let title = self.ask("WebDriver:GetTitle", &json!({}));
                title["value"].as_str().unwrap_or_default().to_owned()
            })
            .collect()
    }
}

#[test]
fn firefox_opens_the_right_account_in_the_profile_of_a_visible_name() {
    if !peers_are_required() || !peer("firefox-esr") {
        return;
    }
    let mut env = TestEnv::new();
    env.sign_in();
    let ini = "[Profile0]\nName=Home\nIsRelative=1\nPath=a.home\nDefault=1\n\n[Profile1]\nName=Work EU\nIsRelative=1\n\
               Path=b.work\n\n[General]\nVersion=2\n";
    env.write(".mozilla/firefox/profiles.ini", ini);
    for profile in ["a.home", "b.work"] {
        env.write(
            &format!(".mozilla/firefox/{profile}/user.js"),
            "user_pref(\"marionette.port\", 0);\nuser_pref(\"toolkit.telemetry.reportingpolicy.firstRun\", false);\n",
        );
    }
    let options = "-headless -no-remote -marionette";
    let browsers = Browsers::install(&mut env, "firefox-esr", "/usr/bin/firefox-esr", options);
    let env = browsers.env;
    // Only this name is on PATH in front of the real `firefox`.
    let link = env.path("programs/firefox");
    std::os::unix::fs::symlink("firefox-esr", &link).unwrap();
    let opened = env.run(&["console", TARGET, "--browser", "firefox:Work EU"]);
    assert_eq!(opened.code, Some(0), "{}", opened.stderr);
    let mut firefox = Marionette::connect(&env.path(".mozilla/firefox/b.work"));
    until("the console of the account", || {
        firefox
            .titles()
            .iter()
            .any(|title| title.contains("payments-dev · AWS console"))
    });
    assert!(!env.path(".mozilla/firefox/a.home/prefs.js").exists());
    assert_eq!(env.sandbox.counts().console_login, 1);
    assert!(!browsers.arguments().contains("SigninToken"));
    firefox.quit();
    let container = env.run(&["console", TARGET, "--browser", "firefox:Work EU+container"]);
    assert!(
        container
            .stderr
            .contains("has no extension that opens pages in containers"),
        "{}",
        container.stderr
    );
}

/// Writes a profile of Firefox for each extension, `Profile 0` and on, that takes it without a question.
fn profiles_with_extensions(env: &TestEnv, extensions: &[PathBuf]) {
    let mut ini = String::new();
    for (place, extension) in extensions.iter().enumerate() {
        let folder = format!(".mozilla/firefox/{place}");
        let _ = write!(
            ini,
            "[Profile{place}]\nName=Profile {place}\nIsRelative=1\nPath={place}\n\n"
        );
        env.write(
            &format!("{folder}/user.js"),
            "user_pref(\"marionette.port\", 0);\nuser_pref(\"extensions.autoDisableScopes\", 0);\n\
             user_pref(\"xpinstall.signatures.required\", false);\n\
             user_pref(\"toolkit.telemetry.reportingpolicy.firstRun\", false);\n",
        );
        std::fs::create_dir(env.path(&format!("{folder}/extensions"))).unwrap();
        let name = extension.file_name().unwrap().to_str().unwrap();
        std::fs::copy(extension, env.path(&format!("{folder}/extensions/{name}"))).unwrap();
    }
    env.write(".mozilla/firefox/profiles.ini", &ini);
}

/// Each extension is asked in a profile of its own, which Firefox has opened once, so that it knows the extension.
#[test]
fn firefox_opens_the_account_in_a_container_with_its_name_and_colour() {
    let (true, true, Some(extensions)) = (
        peers_are_required(),
        peer("firefox-esr"),
        firefox_extensions([
            "{b5e0e8de-ebfe-4306-9528-bcc18241a490}",
            "{f069aec0-43c5-4bbf-b6b4-df95c4326b98}",
        ]),
    ) else {
        return;
    };
    let mut env = TestEnv::new();
    env.sign_in();
    env.write(
        ".config/genkan/config.toml",
        "[[rule]]\nmatch = { account = \"payments-*\" }\nalias = \"決済 & co=1+1\"\ncolor = \"orange\"\n",
    );
    profiles_with_extensions(&env, &extensions);
    let options = "-headless -no-remote -marionette -remote-allow-system-access";
    let browsers = Browsers::install(&mut env, "firefox-esr", "/usr/bin/firefox-esr", options);
    let env = browsers.env;
    std::os::unix::fs::symlink("firefox-esr", env.path("programs/firefox")).unwrap();
    let other = other_account(env);
    for (place, extension) in extensions.iter().enumerate() {
        let profile = env.path(&format!(".mozilla/firefox/{place}"));
        let mut first = std::process::Command::new(env.path("programs/firefox"))
            .arg("--profile")
            .arg(&profile)
            .env_clear()
            .envs(&env.environment)
            .process_group(0)
            .spawn()
            .unwrap();
        let mut firefox = Marionette::connect(&profile);
        let id = extension.file_stem().unwrap().to_str().unwrap();
        until("Firefox to know its extension", || {
            std::fs::read_to_string(profile.join("extensions.json")).is_ok_and(|text| text.contains(id))
        });
        firefox.quit();
        first.wait().unwrap();
        let browser = format!("firefox:Profile {place}+container");
        let opened = env.run(&["console", TARGET, "--browser", &browser]);
        assert_eq!(opened.code, Some(0), "{}", opened.stderr);
        let mut firefox = Marionette::connect(&profile);
        let mut tabs = Vec::new();
        until("the console of the account in its container", || {
            tabs = firefox.containers();
            tabs.iter()
                .any(|[title, ..]| title.contains("payments-dev · AWS console"))
        });
        let [_, name, color] = &tabs[0];
        assert_eq!(
            (tabs.len(), name.as_str(), color.as_str()),
            (1, "決済 & co=1+1", "orange")
        );
        // Another account beside it, in the Firefox that runs.
        let before = browsers.arguments().lines().count();
        env.write("running", "");
        let mut second = env
            .command(&["console", &other.1, "--browser", &browser])
            .spawn()
            .unwrap();
        until("the address for Firefox", || {
            browsers.arguments().lines().count() > before
        });
        let arguments = browsers.arguments();
        firefox.open(arguments.split_whitespace().last().unwrap());
        assert!(second.wait().unwrap().success());
        std::fs::remove_file(env.path("running")).unwrap();
        let wanted = format!("{} · AWS console", other.2);
        until("both consoles", || {
            let tabs = firefox.containers();
            let shows = |wanted: &str, container: [&str; 2]| {
                let mut tabs = tabs.iter();
                tabs.any(|[title, name, color]| title.contains(wanted) && [name, color] == container)
            };
            shows("payments-dev · AWS console", ["決済 & co=1+1", "orange"])
                && shows(&wanted, [other.2.as_str(), "blue"])
        });
        assert_eq!(
            env.sandbox.counts().console_login,
            2 * u64::try_from(place + 1).unwrap()
        );
        firefox.quit();
    }
    assert!(!browsers.arguments().contains("SigninToken"));
}
