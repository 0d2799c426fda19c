//! Killed at any instant: each file is the old or the new one, whole; no lock stays; the next start
//! works; and what the dead left is removed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use crate::support::env::{ACCOUNT, TARGET, TestEnv, is_whole_catalog};
use crate::support::leftovers::{files, is_leftover, keep_leftovers};

const LIST: &[&str] = &["list", "--refresh", "--format", "plain"];
const EXPORT: &[&str] = &["export", TARGET, "--format", "json"];
const LOGIN: &[&str] = &["login", "--no-browser", "--force"];
const PROFILES: &[&str] = &["profiles", "--write"];

/// An environment with three accounts, where everything has been done once.
fn lived_in() -> TestEnv {
    let env = TestEnv::with(|options| {
        let accounts = &mut options.organisation.accounts;
        accounts.sort_by_key(|account| account.id != ACCOUNT);
        accounts.truncate(3);
    });
    env.sign_in();
    env.output(LIST);
    env.output(EXPORT);
    env
}

/// Old or new, whole, private, and no lock is held.
fn is_whole(env: &TestEnv, before: &BTreeMap<PathBuf, Vec<u8>>, keeps: bool, when: &str) {
    let now = files(env.home.path());
    for (path, bytes) in &now {
        let name = path.display();
        let full = env.path(path.to_str().unwrap());
        if path.ends_with(".aws/config") {
            assert_eq!(Some(bytes), before.get(path), "{when}: {name}");
            continue;
        }
        // A copy of the config as it was before its last change.
        if path.ends_with(".aws/config.genkan-backup") {
            let old = [path.clone(), ".aws/config".into()];
            assert!(old.iter().any(|p| before.get(p) == Some(bytes)), "{when}: {name}");
            continue;
        }
        let mode = fs::metadata(&full).unwrap().permissions().mode() & 0o777;
        // A new config has the mode of the old one, which is no secret.
        let for_config = is_leftover(path) && path.parent() == Some(Path::new(".aws"));
        assert!(mode == 0o600 || for_config, "{when}: {name}: {mode:o}");
        match path.extension().and_then(|e| e.to_str()) {
            _ if is_leftover(path) => {}
            Some("count") => assert!(bytes.iter().all(|byte| *byte == b'.'), "{when}: {name}"),
            Some("lock") => {
                assert!(bytes.is_empty(), "{when}: {name}");
                let lock = File::options().write(true).open(full).unwrap();
                assert!(lock.try_lock().is_ok(), "{when}: {name} is still held");
                // Closing it would leave the lock to a child that another test is just starting.
                lock.unlock().unwrap();
            }
            // The record of what was handed out; its last line may be half, like a journal's.
            Some("log") => {
                let complete = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
                for line in bytes[..complete]
                    .split(|b| *b == b'\n')
                    .filter(|line| !line.is_empty())
                {
                    // Or one of the middle: the next line has begun behind it.
                    let Ok(line) = serde_json::from_slice::<serde_json::Value>(line) else {
                        assert!(line.starts_with(b"{"), "{when}: {name}");
                        continue;
                    };
                    assert!(line["account_id"].is_string(), "{when}: {name}: {line}");
                }
            }
            // The last line of a journal may be half: it is as if it had never come.
            Some("journal") => {
                let complete = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
                for line in bytes[..complete].split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
                    assert!(
                        serde_json::from_slice::<serde_json::Value>(line).is_ok(),
                        "{when}: {name}"
                    );
                }
            }
            Some("catalog") => {
                let text = std::str::from_utf8(bytes).unwrap();
                assert!(is_whole_catalog(text), "{when}: {name}: {text}");
            }
            Some("json") => {
                let keys = |bytes| -> Vec<String> {
                    let object: serde_json::Map<String, serde_json::Value> =
                        serde_json::from_slice(bytes).unwrap_or_else(|e| panic!("{when}: {name}: {e}"));
                    object.keys().cloned().collect()
                };
                let new = keys(bytes);
                if let (Some(old), true) = (before.get(path), name.to_string().contains("sso/cache")) {
                    assert_eq!(new, keys(old), "{when}: {name}");
                }
            }
            _ => panic!("{when}: what is {name}?"),
        }
    }
    for path in before.keys().filter(|p| keeps && !is_leftover(p)) {
        let passes = path.extension().is_some_and(|e| e == "journal");
        assert!(
            passes || now.contains_key(path),
            "{when}: {} is lost",
            path.display()
        );
    }
}

/// The next start works. Where a refresh token was used up and its successor died with the
/// process, that takes a sign-in.
fn recovers(env: &TestEnv, when: &str) {
    let next = env.run(LIST);
    match next.code {
        Some(0) => {}
        Some(3) => env.sign_in(),
        _ => panic!("{when}: {}", next.stderr),
    }
    assert!(!next.stderr.contains("copied to"), "{when}: {}", next.stderr);
}

/// What the dead left goes with the next writes, once it is no longer fresh.
fn leaves_nothing(env: &TestEnv) {
    let leftovers = |home: &Path| files(home).into_keys().filter(|p| is_leftover(p)).count();
    assert!(leftovers(env.home.path()) > 0, "some died while they wrote");
    for path in files(env.home.path()).keys().filter(|p| is_leftover(p)) {
        let file = File::options()
            .write(true)
            .open(env.home.path().join(path))
            .unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }
    env.output(LOGIN);
    env.output(LIST);
    env.output(EXPORT);
    assert_eq!(leftovers(env.home.path()), 0);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod at_every_step {
    use super::*;
    use crate::support::tracer::{Fate, run};
    use nix::errno::Errno;

    /// Kills a command at each of its steps, and halfway through each of its writes.
    fn dies_everywhere(arguments: &[&str], keeps: bool, least: usize, prepare: impl Fn(&TestEnv)) {
        let env = lived_in();
        let mut number = 0;
        loop {
            let mut step = None;
            for fate in [Fate::Die, Fate::DieHalfway] {
                if fate == Fate::DieHalfway && !step.as_ref().is_some_and(|s: &String| s.starts_with("write"))
                {
                    continue;
                }
                prepare(&env);
                keep_leftovers(&env, 1);
                let before = files(env.home.path());
                let died = run(&env.command(arguments), env.home.path(), Some((number, fate)));
                if died.code.is_some() {
                    assert!(number >= least, "only {number} steps: {:?}", died.steps);
                    assert_eq!(died.code, Some(0), "{}", died.stderr);
                    prepare(&env);
                    recovers(&env, "at the end");
                    leaves_nothing(&env);
                    return;
                }
                let reached = died.steps.last().unwrap().clone();
                let when = format!("{arguments:?}: {fate:?} at step {number}, {reached}");
                is_whole(&env, &before, keeps, &when);
                recovers(&env, &when);
                step = Some(reached);
            }
            number += 1;
        }
    }

    #[test]
    fn kill_at_any_write_of_list_leaves_files_valid() {
        dies_everywhere(LIST, true, 15, |env| {
            env.sandbox.control().revoke_access_tokens();
        });
    }

    #[test]
    fn kill_at_any_write_of_login_leaves_files_valid() {
        dies_everywhere(LOGIN, false, 20, |_| {});
    }

    #[test]
    fn kill_at_any_write_of_export_leaves_files_valid() {
        dies_everywhere(EXPORT, true, 12, |env| {
            let _ = fs::remove_dir_all(env.path(".cache/genkan/credentials"));
        });
    }

    /// Other approvals stay, whatever happens to the new one.
    #[test]
    fn kill_at_any_write_of_trust_leaves_files_valid() {
        let folder = tempfile::tempdir().unwrap();
        let [approved, other] = ["approved", "other"].map(|name| {
            let project = folder.path().join(name);
            fs::create_dir(&project).unwrap();
            fs::write(project.join(".genkan.toml"), format!("target = \"{TARGET}\"\n")).unwrap();
            project.to_str().unwrap().to_owned()
        });
        let list = |env: &TestEnv| env.output(&["trust", "--list", "--format", "json"]);
        dies_everywhere(&["trust", "--approve", &approved], true, 5, |env| {
            if env.path(".local/state/genkan/trust.json").exists() {
                assert!(list(env).contains(&other), "an approval is lost");
            }
            env.output(&["trust", "--approve", &other]);
            env.run(&["trust", "--revoke", &approved]);
            assert!(!list(env).contains(&approved));
        });
    }

    #[test]
    fn kill_at_any_write_of_the_last_page_leaves_files_valid() {
        let opens = |service: &'static str| {
            [
                "console",
                TARGET,
                "--via",
                "portal",
                "--print",
                "--service",
                service,
            ]
        };
        dies_everywhere(&opens("s3"), true, 5, |env| {
            env.output(&opens("ec2"));
        });
    }

    #[test]
    fn kill_at_any_write_of_history_clear_leaves_files_valid() {
        dies_everywhere(&["history", "--clear"], false, 5, |env| {
            env.output(EXPORT);
            env.output(&[
                "console",
                TARGET,
                "--via",
                "portal",
                "--print",
                "--service",
                "ec2",
            ]);
        });
    }

    /// The disk refuses one step: no panic, nothing half, nothing lost, nothing left over.
    fn survives_refusals(arguments: &[&str], keeps: bool, prepare: impl Fn(&TestEnv)) {
        let env = lived_in();
        let mut told = 0;
        for number in 0.. {
            let errno = [Errno::ENOSPC, Errno::EIO, Errno::EROFS][number % 3];
            prepare(&env);
            keep_leftovers(&env, 0);
            let before = files(env.home.path());
            let fated = Some((number, Fate::Refused(errno)));
            let refused = run(&env.command(arguments), env.home.path(), fated);
            let Some(step) = refused.steps.get(number) else {
                break;
            };
            let when = format!(
                "{arguments:?}: {errno} at step {number}, {step}: {}",
                refused.stderr
            );
            assert!(matches!(refused.code, Some(0 | 1)), "{:?} {when}", refused.code);
            assert!(
                refused.code == Some(0) || refused.stderr.contains("hint: "),
                "{when}"
            );
            told += usize::from(refused.stderr.contains("note: ") || refused.stderr.contains("error: "));
            is_whole(&env, &before, keeps, &when);
            if !step.starts_with("unlink") {
                assert!(!files(env.home.path()).keys().any(|p| is_leftover(p)), "{when}");
            }
            recovers(&env, &when);
        }
        assert!(told >= 4, "only {told} refusals were told");
    }

    #[test]
    fn write_error_at_any_step_of_list_loses_nothing() {
        survives_refusals(LIST, true, |env| env.sandbox.control().revoke_access_tokens());
    }

    #[test]
    fn write_error_at_any_step_of_login_loses_nothing() {
        survives_refusals(LOGIN, false, |_| {});
    }

    #[test]
    fn write_error_at_any_step_of_export_loses_nothing() {
        survives_refusals(EXPORT, true, |env| {
            let _ = fs::remove_dir_all(env.path(".cache/genkan/credentials"));
        });
    }

    /// The config file is the old or the new one, byte for byte, at every step.
    #[test]
    fn kill_at_any_write_of_profiles_leaves_the_config_valid() {
        let env = lived_in();
        let before = env.read(".aws/config");
        env.output(PROFILES);
        let after = env.read(".aws/config");
        assert!(
            after.starts_with(&before) && after.contains("[profile "),
            "{after}"
        );
        env.write(".aws/config", &before);
        let whole = run(&env.command(PROFILES), env.home.path(), None);
        assert_eq!(
            (whole.code, env.read(".aws/config")),
            (Some(0), after.clone()),
            "{}",
            whole.stderr
        );
        assert!(
            whole.steps.iter().any(|s| s == "rename .aws/config"),
            "{:?}",
            whole.steps
        );
        let (mut old, mut new) = (0, 0);
        for number in 0.. {
            let mut done = false;
            for fate in [Fate::Die, Fate::DieHalfway] {
                env.write(".aws/config", &before);
                keep_leftovers(&env, 1);
                let died = run(&env.command(PROFILES), env.home.path(), Some((number, fate)));
                done = died.code == Some(0);
                let now = env.read(".aws/config");
                old += usize::from(now == before);
                new += usize::from(now == after);
                assert!(now == before || now == after, "{:?}: {now}", died.steps);
            }
            if done {
                break;
            }
        }
        assert!(old > 4 && new > 0, "{old} old, {new} new: {:?}", whole.steps);
    }
}

/// Repeatable numbers (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

const COMMANDS: [&[&str]; 4] = [LIST, EXPORT, LOGIN, PROFILES];

/// Kills the program at random moments until it has died this often.
fn dies_at_random(deaths: usize, seed: u64) {
    let env = lived_in();
    let mut dice = Dice(seed);
    let config = env.read(".aws/config");
    let mut longest = COMMANDS.map(|arguments| {
        let began = Instant::now();
        env.output(arguments);
        began.elapsed()
    });
    let with_profiles = env.read(".aws/config");
    assert_ne!(config, with_profiles);
    let mut died = 0;
    while died < deaths {
        let which = match dice.below(20) {
            0 => 2,
            1..=6 => 1,
            7..=11 => 3,
            _ => 0,
        };
        let arguments = COMMANDS[which];
        match which {
            0 => env.sandbox.control().revoke_access_tokens(),
            1 => drop(fs::remove_dir_all(env.path(".cache/genkan/credentials"))),
            3 => env.write(".aws/config", &config),
            _ => {}
        }
        let mut before = files(env.home.path());
        let mut command = env.command(arguments);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let wait = dice.below(u64::try_from(longest[which].as_micros()).unwrap());
        std::thread::sleep(Duration::from_micros(wait));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        let when = format!("seed {seed}, death {died}: {arguments:?} after {wait} µs");
        if which == 3 && env.read(".aws/config") == with_profiles {
            before.insert(".aws/config".into(), with_profiles.clone().into());
        }
        is_whole(&env, &before, which != 2, &when);
        if status.signal() == Some(9) {
            died += 1;
        } else {
            // The machine is faster now than it was at first.
            longest[which] = longest[which].mul_f32(0.95);
        }
        if died % 25 == 0 || status.code() == Some(3) || !env.path(TOKEN).exists() {
            recovers(&env, &when);
        }
    }
    recovers(&env, "at the end");
}

/// sha1("demo")
const TOKEN: &str = ".aws/sso/cache/89e495e7941cf9e40e6980d14a16bf023ccd4c91.json";

#[test]
fn kill_at_random_times_leaves_files_valid() {
    let runs: Vec<_> = (1..=4)
        .map(|seed| std::thread::spawn(move || dies_at_random(250, seed)))
        .collect();
    for run in runs {
        run.join().unwrap();
    }
}
