//! Actions of the user's own: in the menus, by their keys, on the terminal, in the background and in windows of tmux.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::records::history::{Action, History};
use genkan::domain::rules::{Given, Guard, Match, Rule, RuleSet};
use genkan::sandbox::{Account, Organisation};
use genkan::settings::{RunIn, UserAction, load_preferences};
use genkan::tui::effect::Effect;
use genkan::tui::model::{Options, Overlay, PendingAction, PickFor};
use genkan::tui::msg::{ActionResult, Msg};
use genkan::tui::screens::user_actions::offer_actions;
use genkan::tui::{Keymap, key_name};

use crate::support::driver::{Driver, options, problem, target};
use crate::support::env::{TestEnv, peer};
use crate::support::screen::Screen;
use crate::support::wait::until;

const CONFIG: &str = ".config/genkan/config.toml";

/// Actions as a config file has them.
fn read(text: &str) -> Vec<UserAction> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let loaded = load_preferences(&path, folder.path());
    assert!(loaded.mistakes.is_empty(), "{:?}", loaded.mistakes);
    loaded.actions
}

fn with_actions(text: &str) -> Options {
    Options {
        actions: offer_actions(&read(text), &Keymap::built_in()).0,
        ..options()
    }
}

const TWO: &str = "[[action]]\nname = \"k9s\"\nkey = \"Alt-K\"\ncommand = \"k9s --context {account_name}\"\n\
                   run = \"tmux\"\n\n[[action]]\nname = \"wipe\"\nkey = \"F10\"\ncommand = \"./wipe.sh {account_id}\"\n\
                   confirm = true\n";

fn in_tmux() -> Options {
    Options {
        no_tmux: None,
        ..with_actions(TWO)
    }
}

fn own(effects: &[Effect]) -> (&[genkan::domain::Target], &Arc<UserAction>) {
    match effects {
        [
            Effect::Act {
                action: PendingAction::Own(targets, action),
                ..
            },
        ] => (targets, action),
        other => panic!("{other:?}"),
    }
}

#[test]
fn actions_are_in_the_menus_and_their_keys_work_on_the_list() {
    let mut driver = Driver::signed_in_with(in_tmux(), History::default());
    driver.type_text("payments-dev adm");
    let wanted = target("payments-dev", "AdministratorAccess");
    let effects = driver.press(KeyCode::Char('k'), KeyModifiers::ALT).to_vec();
    let (targets, action) = own(&effects);
    assert_eq!(
        (targets, action.name.as_str(), action.run),
        (&[wanted.clone()][..], "k9s", RunIn::Tmux)
    );
    let id = driver.id();
    let text = "k9s opened in a window of tmux: payments-dev/AdministratorAccess";
    driver.send(Msg::Acted {
        id,
        result: Ok(text.into()),
    });
    assert!(driver.text((80, 24)).contains("k9s opened in a window of tmux"));
    assert_eq!(driver.model.history.uses[0].action, Action::Exec);
    driver.key(KeyCode::Tab);
    let menu = driver.text((120, 36));
    assert!(
        menu.contains("k9s") && menu.contains("Alt-K") && menu.contains("k9s --context {account_name}"),
        "{menu}"
    );
    driver.type_text("k9s");
    let effects = driver.key(KeyCode::Enter).to_vec();
    assert_eq!(own(&effects).1.name, "k9s");
    let id = driver.id();
    driver.send(Msg::Acted {
        id,
        result: Err(problem("tmux opened no window")),
    });
    driver.key(KeyCode::Esc);
    driver.key(KeyCode::F(1));
    driver.type_text("your actions k9s");
    driver.control('u');
    driver.type_text("k9s");
    let help = driver.text((120, 36));
    assert!(help.contains("Alt-K"), "{help}");
    let effects = driver.key(KeyCode::Enter).to_vec();
    assert_eq!(own(&effects).0, [wanted]);
}

#[test]
fn action_that_asks_first_runs_after_enter() {
    let mut driver = Driver::signed_in_with(in_tmux(), History::default());
    driver.type_text("payments-dev adm");
    assert_eq!(driver.key(KeyCode::F(10)), []);
    driver.assert_screen_at("action to confirm", (80, 24));
    driver.assert_screen_at("action to confirm", (40, 10));
    let effects = driver.key(KeyCode::Enter).to_vec();
    assert_eq!(own(&effects).1.name, "wipe");
    // Esc leaves it.
    let id = driver.id();
    driver.send(Msg::Ran {
        id,
        results: vec![(target("payments-dev", "AdministratorAccess"), Ok(0))],
    });
    assert!(
        driver
            .text((80, 24))
            .contains("ran wipe in payments-dev/AdministratorAccess")
    );
    driver.key(KeyCode::F(10));
    driver.key(KeyCode::Esc);
    assert_eq!(driver.model.overlay, None);
}

#[test]
fn marked_targets_run_it_and_a_guard_asks_once() {
    let rule = Rule {
        matches: Match {
            account: vec!["payments-dev".parse().expect("a pattern")],
            ..Match::default()
        },
        given: Given {
            guard: Some(Guard::Confirm),
            ..Given::default()
        },
    };
    let options = Options {
        rules: RuleSet::new(vec![rule]).into(),
        ..in_tmux()
    };
    let mut driver = Driver::signed_in_with(options, History::default());
    driver.type_text("payments-dev");
    driver.press(KeyCode::Char(' '), KeyModifiers::CONTROL);
    driver.press(KeyCode::Char(' '), KeyModifiers::CONTROL);
    driver.key(KeyCode::Tab);
    assert!(driver.text((120, 36)).contains("k9s in 2 targets"));
    driver.key(KeyCode::Esc);
    assert_eq!(driver.press(KeyCode::Char('k'), KeyModifiers::ALT), []);
    assert!(matches!(driver.model.overlay, Some(Overlay::Guard(_))));
    driver.type_text("2");
    let effects = driver.key(KeyCode::Enter).to_vec();
    let marked = driver.model.marked.clone();
    assert!(
        matches!(&effects[..], [Effect::Confirm { .. }, Effect::Act { action: PendingAction::Own(targets, _), .. }] if *targets == marked),
        "{effects:?}"
    );
}

#[test]
fn what_can_t_be_done_says_why() {
    let text = |options: Options, keys: (KeyCode, KeyModifiers)| {
        let mut driver = Driver::signed_in_with(options, History::default());
        driver.type_text("payments-dev adm");
        assert_eq!(driver.press(keys.0, keys.1), []);
        driver.text((80, 24))
    };
    let alt_k = (KeyCode::Char('k'), KeyModifiers::ALT);
    assert!(text(with_actions(TWO), alt_k).contains("k9s: not inside tmux"));
    let picking = Options {
        pick_for: Some(PickFor::Exec),
        ..in_tmux()
    };
    assert!(text(picking, alt_k).contains("k9s: not while picking for exec"));
    let captured = Options {
        exports: true,
        ..in_tmux()
    };
    assert!(
        text(captured, (KeyCode::F(10), KeyModifiers::NONE)).contains("wipe: a program reads the output")
    );
    // In the menus, too.
    let mut driver = Driver::signed_in_with(with_actions(TWO), History::default());
    driver.type_text("payments-dev adm");
    driver.key(KeyCode::Tab);
    driver.type_text("k9s");
    assert!(driver.text((120, 36)).contains("not inside tmux"));
}

#[test]
fn background_commands_say_how_they_ended() {
    let mut driver = Driver::signed_in_with(in_tmux(), History::default());
    let result = |set: &str, ended| ActionResult {
        target: target("payments-dev", set),
        ended,
    };
    for (results, words) in [
        (
            vec![result("AdministratorAccess", Ok((0, "fine".into())))],
            "k9s has ended in payments-dev/AdministratorAccess",
        ),
        (
            vec![
                result("AdministratorAccess", Ok((0, String::new()))),
                result("PowerUserAccess", Ok((0, String::new()))),
            ],
            "k9s has ended in 2 targets",
        ),
        (
            vec![
                result("AdministratorAccess", Ok((3, "no such cluster".into()))),
                result("PowerUserAccess", Err(problem("access denied"))),
            ],
            "k9s failed in payments-dev/AdministratorAccess (exit code 3: no such cluster) and 1 more",
        ),
    ] {
        driver.send(Msg::ActionEnded {
            name: "k9s".into(),
            results,
        });
        let text = driver.text((120, 36));
        assert!(text.contains(words), "{words}:\n{text}");
        driver.key(KeyCode::Esc);
    }
    assert_eq!(key_name(in_tmux().actions[0].key.unwrap()), "Alt-K");
}

/// The portal, signed in, on one target.
fn portal(env: &TestEnv, config: &str) -> Screen {
    env.write(CONFIG, config);
    env.sign_in();
    let screen = Screen::genkan(env, &["payments-dev adm"]);
    screen.wait("updated");
    screen
}

#[test]
fn foreground_command_has_the_terminal_and_the_target_s_credentials() {
    let env = TestEnv::new();
    let config = "[[action]]\nname = \"look\"\nkey = \"Alt-L\"\nshell = true\n\
                  command = 'test -t 0 && echo \"$GENKAN_ACCOUNT_NAME ${AWS_ACCESS_KEY_ID:+keys} $AWS_REGION.\"'\n\n\
                  [[action]]\nname = \"quick\"\nkey = \"Alt-B\"\nwait = false\ncommand = \"sh -c 'exit $1' sh 0\"\n\n\
                  [[action]]\nname = \"words\"\nkey = \"F10\"\ncommand = \"printf <%s> {account_id} '{permission_set} in {region}'\"\n\n\
                  [[action]]\nname = \"named\"\nkey = \"Alt-N\"\ncommand = \"echo {profile}.\"\n";
    let mut screen = portal(&env, config);
    screen.type_keys("\x1bl");
    screen.wait("payments-dev keys ap-northeast-1.");
    screen.wait("Press Enter to return to the portal");
    screen.type_keys("\r");
    screen.wait("ran look in payments-dev/AdministratorAccess");
    screen.type_keys("\x1bb");
    screen.wait("ran quick in payments-dev/AdministratorAccess");
    screen.type_keys("\x1b[21~");
    screen.wait("<310660284419><AdministratorAccess in ap-northeast-1>");
    screen.type_keys("\r");
    screen.wait("ran words in");
    screen.type_keys("\x1bn");
    screen.wait("named: payments-dev/AdministratorAccess has no profile in the config file");
    screen.type_keys("\x1bp");
    screen.wait("saved profile");
    screen.type_keys("\x1bn");
    screen.wait("payments-dev-administratoraccess.");
    screen.type_keys("\r");
    screen.wait("ran named in");
    screen.type_keys("\x03");
    screen.exit();
    screen.is_whole();
    let record = env.output(&["history", "--commands"]);
    assert!(record.contains("exec") && record.contains("printf"), "{record}");
}

#[test]
fn background_command_runs_beside_the_portal_and_ends_with_it() {
    let env = TestEnv::new();
    let config = "[[action]]\nname = \"slow\"\nkey = \"Alt-L\"\nshell = true\nrun = \"background\"\n\
                  command = 'echo $$ > pid; sleep 600 & wait'\n\n\
                  [[action]]\nname = \"broken\"\nkey = \"Alt-B\"\nshell = true\nrun = \"background\"\n\
                  command = 'cat; echo \"no cluster in $GENKAN_ACCOUNT_NAME\" >&2; exit 4'\n";
    let mut screen = portal(&env, config);
    screen.type_keys("\x1bb");
    screen.wait("broken failed in payments-dev/AdministratorAccess");
    screen.wait("(exit code 4: no cluster");
    screen.type_keys("\x1b");
    screen.gone("broken failed");
    screen.type_keys("\x1bl");
    screen.wait("slow runs in the background: payments-dev/AdministratorAccess");
    let pid = env.path("pid");
    until("the command", || {
        std::fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n'))
    });
    let process = env.read("pid").trim().to_owned();
    screen.type_keys("\x03");
    screen.exit();
    screen.is_whole();
    let is_running = || {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    };
    until("the end of the command", || !is_running());
}

#[test]
fn key_that_is_genkan_s_own_is_refused_with_what_it_does() {
    let env = TestEnv::new();
    let config = "[[action]]\nname = \"mine\"\nkey = \"Ctrl-O\"\ncommand = \"true\"\n";
    let mut screen = portal(&env, config);
    screen.type_keys("\t");
    screen.wait("mine");
    screen.type_keys("\x03");
    screen.exit();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("action `mine` has no key: Ctrl-O is genkan's own: open the AWS");
    screen.type_keys("\x03");
    screen.exit();
}

/// A server of tmux for one test, which ends with it.
struct Tmux {
    socket: String,
}

impl Tmux {
    fn start(env: &mut TestEnv) -> Self {
        let socket = env.path("tmux.sock").to_str().unwrap().to_owned();
        let tmux = Self { socket };
        let status = std::process::Command::new("tmux")
            .env_clear()
            .envs(&env.environment)
            .args([
                "-S",
                &tmux.socket,
                "-f",
                "/dev/null",
                "new-session",
                "-d",
                "-x",
                "80",
                "-y",
                "24",
                "cat",
            ])
            // What a server of tmux knows may be old: nothing of the sandbox, another home.
            .env("HOME", "/nonexistent")
            .env_remove("AWS_ENDPOINT_URL_SSO")
            .env_remove("AWS_ENDPOINT_URL_SSO_OIDC")
            .status()
            .unwrap();
        assert!(status.success());
        env.environment
            .insert("TMUX".into(), format!("{},0,0", tmux.socket));
        tmux
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = std::process::Command::new("tmux")
            .args(["-S", &self.socket])
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

/// An organisation in which one account's name is code to any program that would read it as such.
fn organisation() -> Organisation {
    Organisation {
        accounts: vec![Account {
            id: "667000000000".into(),
            name: "x'; touch PWNED #(touch PWNED) $(touch PWNED) `touch PWNED`;".into(),
            permission_sets: vec!["ReadOnlyAccess".into()],
            ..Organisation::sample().accounts[0].clone()
        }],
        ..Organisation::sample()
    }
}

#[test]
fn account_s_name_is_a_word_and_no_code_in_a_window_of_tmux() {
    if !peer("tmux") {
        return;
    }
    let mut env = TestEnv::with(|options| options.organisation = organisation());
    let tmux = Tmux::start(&mut env);
    let config = "[[action]]\nname = \"show\"\nkey = \"Alt-K\"\nrun = \"tmux\"\n\
                  command = \"sh -c 'printf \\\"%s|\\\" \\\"$@\\\" $AWS_REGION > said.tmp; mv said.tmp said; exit 3' sh {account_name} {permission_set}\"\n";
    env.write(CONFIG, config);
    env.sign_in();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("updated");
    screen.type_keys("667000\x1bk");
    screen.wait("show opened in a window of tmux");
    let said = env.path("said");
    until("the command's words", || said.exists());
    let name = "x'; touch PWNED #(touch PWNED) $(touch PWNED) `touch PWNED`;";
    assert_eq!(env.read("said"), format!("{name}|ReadOnlyAccess|ap-northeast-1|"));
    // A window whose command failed stays, with its exit code.
    until("the message of the window", || {
        tmux.run(&["capture-pane", "-p", "-t", ":1"])
            .contains("genkan: exit code 3 - press Enter")
    });
    let windows = tmux.run(&["list-windows", "-F", "#{window_name}"]);
    assert!(
        windows.contains("show x__ touch PWNED __touch PWNED_"),
        "{windows}"
    );
    tmux.run(&["send-keys", "-t", ":1", "Enter"]);
    until("the end of the window", || {
        tmux.run(&["list-windows"]).lines().count() == 1
    });
    screen.type_keys("\x03");
    screen.exit();
    screen.is_whole();
    let pwned: Vec<_> = walk(env.home.path(), "PWNED");
    assert!(pwned.is_empty(), "{pwned:?}");
    let record = env.output(&["history", "--commands"]);
    assert!(record.contains("exec"), "{record}");
}

fn walk(folder: &std::path::Path, name: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.file_name().is_some_and(|file| file == name) {
            found.push(path);
        } else if path.is_dir() {
            found.extend(walk(&path, name));
        }
    }
    found
}
