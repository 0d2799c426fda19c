//! A terminal that is whole afterwards, whatever happens: signals, panics, children that leave a mess,
//! sizes and keys at random (from seeds, so that a failure repeats); and no work while nothing moves.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use portable_pty::CommandBuilder;

use crate::support::env::{TestEnv, test_name};
use crate::support::random::Random;
use crate::support::screen::{Screen, signal};
use crate::support::wait::until;

/// Signed in, with preferences.
fn test_env(preferences: &str) -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    env.write(".config/genkan/config.toml", preferences);
    env
}

/// Preferences with a shell of one's own, and others.
fn prefer_shell(env: &TestEnv, shell: &Path, others: &str) {
    let preferences = format!("shell = \"{}\"\n{others}", shell.display());
    env.write(".config/genkan/config.toml", &preferences);
}

/// The portal under a shell that compares the terminal's settings before and after, and the
/// portal's process id.
fn compared(env: &TestEnv) -> (Screen, i32) {
    // Ctrl-C while a subshell has the terminal is for that alone; one that comes after the portal's end is for
    // neither `stty` nor `tee`.
    let line = "trap : INT; before=$(stty -g); sh -c 'echo $$ > pid; exec \"$GENKAN\"'; code=$?; trap '' INT; \
                [ \"$before\" = \"$(stty -g)\" ] && echo \"same settings, code $code\" | tee verdict";
    let _ = std::fs::remove_file(env.path("verdict"));
    let screen = Screen::script(env, line);
    screen.wait("updated");
    let pid = env.read("pid").trim().parse().unwrap();
    (screen, pid)
}

#[track_caller]
fn whole(screen: &mut Screen, code: u32) {
    screen.wait(&format!("same settings, code {code}"));
    screen.exit();
    screen.is_whole();
}

/// As [`whole`], where it can't be known whether Ctrl-C comes as a key or, while the terminal is between
/// two owners, as a signal. The terminal may be too narrow for words, and keys that came late stand in it.
#[track_caller]
fn whole_however_it_ended(env: &TestEnv, screen: &mut Screen) {
    screen.exit();
    screen.is_whole();
    let verdict = std::fs::read_to_string(env.path("verdict")).unwrap_or_default();
    let codes = ["same settings, code 0\n", "same settings, code 130\n"];
    assert!(
        codes.contains(&verdict.as_str()),
        "{verdict:?}\n{}",
        screen.text()
    );
}

#[test]
fn signals_restore_terminal_settings_and_modes() {
    for (name, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let env = test_env("mouse = true\n");
        let (mut screen, pid) = compared(&env);
        assert!(screen.takes_the_mouse());
        signal(pid, name);
        whole(&mut screen, code);
    }
}

#[test]
fn portal_survives_repeated_suspension() {
    let env = test_env("mouse = true\n");
    let mut command = CommandBuilder::new("/bin/bash");
    command.args(["--norc", "--noprofile", "-i"]);
    let mut screen = Screen::start(&env, command);
    screen.type_keys("bind 'set enable-bracketed-paste off'; PS1='ready> '\r");
    screen.wait("\nready>");
    screen.type_keys("before=$(stty -g)\r");
    screen.type_keys("sh -c 'echo $$ > pid; exec \"$GENKAN\"'\r");
    screen.wait("updated");
    let pid: i32 = env.read("pid").trim().parse().unwrap();
    for round in 0..5 {
        signal(pid, "TSTP");
        screen.wait("Stopped");
        screen.is_whole();
        screen.type_keys(&format!("clear; echo round $(({round} + 10))\r"));
        screen.wait(&format!("round {}", round + 10));
        screen.type_keys("fg\r");
        screen.wait("artifact-regi");
        // The terminal keeps the picture of before, which is seen a moment before the mouse is taken again.
        screen.wait_until("mouse", |screen| screen.takes_the_mouse());
        // One that wasn't stopped is continued without harm.
        signal(pid, "CONT");
    }
    screen.type_keys("\x03");
    // The prompt of before is seen for a moment each time that the portal takes the terminal again.
    let folder = PathBuf::from(format!("/proc/{pid}"));
    screen.wait_until("end of the portal", |_| !folder.exists());
    screen.wait("ready>");
    screen.is_whole();
    screen.type_keys("clear; [ \"$before\" = \"$(stty -g)\" ] && echo as $((40 + 2))\r");
    screen.wait("as 42");
    screen.type_keys("exit\r");
    screen.exit();
}

/// A window that is closed, or a connection that breaks: nothing stays behind, least of all at full speed.
#[test]
fn closed_terminal_ends_the_portal() {
    if !crate::support::env::peer("script") {
        return;
    }
    for entered in [false, true] {
        let env = test_env("");
        let line = "export GENKAN_LOG=info; echo $$ > above; \
                    exec script -qfec 'echo $$ > pid; exec \"$GENKAN\"' /dev/null";
        let mut screen = Screen::script(&env, line);
        screen.wait("updated");
        if entered {
            screen.type_keys("payments-dev adm");
            screen.wait("1 of 100");
            screen.type_keys("\r");
            screen.wait("[payments-dev/AdministratorAccess]");
        }
        let number = |name: &str| -> i32 { env.read(name).trim().parse().unwrap() };
        signal(number("above"), "KILL");
        let folder = PathBuf::from(format!("/proc/{}", number("pid")));
        until("the end of the portal", || !folder.exists());
        let log = env.read(".local/state/genkan/genkan.log");
        assert!(log.contains("INFO") && !log.contains("panicked"), "{log}");
    }
}

/// Alt-[ is the beginning of many sequences: the portal goes on while it waits for the rest.
#[test]
fn incomplete_key_sequence_blocks_nothing() {
    let env = test_env("");
    let (mut screen, pid) = compared(&env);
    for (half, rest) in [("\x1b[", "B"), ("\x1b[<64;1", "0;5M"), ("\x1b[1;", "5H")] {
        screen.type_keys(half);
        screen.resize(100, 30);
        screen.wait_until("pane", |screen| has_pane(screen));
        screen.resize(80, 24);
        screen.wait_until("list alone", |screen| !has_pane(screen));
        screen.type_keys(rest);
    }
    screen.type_keys("\x1b[");
    std::thread::sleep(Duration::from_millis(200));
    signal(pid, "TERM");
    whole(&mut screen, 143);
}

/// Whether details are beside the list; those of production in a heavy frame.
fn has_pane(screen: &Screen) -> bool {
    screen.text().contains(['┬', '┳'])
}

/// What panics does so once this file is in the folder.
const PANIC_NOW: &str = "panic now";

/// In a process of its own: the portal's screen, or a question, and something that panics.
#[test]
fn portal_panic_in_a_child_process() {
    let Some(what) = crate::support::env::what_panics() else {
        return;
    };
    let environment = genkan::settings::Environment::capture();
    genkan::cli::end_on_panic(&environment);
    let boom = || -> () { panic!("boom in {}", "it") };
    let block = || until("the word", || Path::new(PANIC_NOW).exists());
    let wait = async || {
        while !Path::new(PANIC_NOW).exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    if what == "a hidden question" {
        let _hidden = genkan::platform::tty::hide_typing().unwrap();
        println!("Secret access key:");
        block();
        boom();
    }
    let settings = genkan::settings::Settings::resolve(environment).unwrap();
    let app = Arc::new(genkan::app::App::new(settings));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut is_elsewhere = true;
    match what.as_str() {
        "a thread" | "after a shell" => drop(std::thread::spawn(move || {
            block();
            boom();
        })),
        "under a shell" => drop(std::thread::spawn(move || {
            // A pipe, which the shell's first line opens: nothing lies between that and the panic.
            let _ = std::fs::read(PANIC_NOW);
            boom();
        })),
        "a blocking task" => drop(runtime.spawn_blocking(move || {
            block();
            boom();
        })),
        "a task" => drop(runtime.spawn(async move {
            wait().await;
            boom();
        })),
        _ => is_elsewhere = false,
    }
    let result = runtime.block_on(async {
        tokio::select! {
            result = genkan::tui::run(app, genkan::tui::Start::default()) => result,
            () = wait(), if !is_elsewhere => {
                boom();
                unreachable!()
            }
        }
    });
    panic!("ended: {result:?}");
}

/// Part of every token and key of the test about panics.
const SECRET: &str = "unspoken";

/// Starts the test above in a process of its own.
fn start_what_panics(what: &str, configure: impl Fn(&mut TestEnv)) -> (Screen, TestEnv) {
    let env = what_panics_env(what, configure);
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    // Quiet, so that no line that it prints is too long for a screen whose size changes at the same moment.
    command.args(["--exact", &name_of_what_panics(), "--nocapture", "--quiet"]);
    (Screen::start(&env, command), env)
}

fn name_of_what_panics() -> String {
    test_name(module_path!(), "portal_panic_in_a_child_process")
}

fn what_panics_env(what: &str, configure: impl Fn(&mut TestEnv)) -> TestEnv {
    let mut env = TestEnv::with(|options| options.secrets_mark = SECRET.into());
    env.sign_in();
    env.write(".config/genkan/config.toml", "mouse = true\n");
    env.environment.insert("GENKAN_TEST_PANIC".into(), what.into());
    configure(&mut env);
    env
}

/// The program has ended, and the terminal is as it was.
fn ended_by_its_panic(screen: &mut Screen, what: &str, words: &str) {
    assert_eq!(screen.exit(), 1, "{what}: {}", screen.text());
    screen.is_whole();
    assert!(screen.shows_typing(), "{what}");
    for words in [
        words,
        "error: genkan stopped because of an internal error",
        "hint:",
    ] {
        assert!(screen.text().contains(words), "{what}: {}", screen.text());
    }
    assert_eq!(screen.raw().matches("genkan stopped").count(), 1, "{what}");
    assert!(!screen.raw().contains(SECRET), "{what}: {}", screen.raw());
}

#[test]
fn panic_restores_the_terminal_and_prints_where_it_was() {
    let kinds = ["a thread", "a blocking task", "a task", "the loop itself"];
    let mut screens = kinds.map(|what| (what, start_what_panics(what, |_| ())));
    for (what, (screen, env)) in &mut screens {
        screen.wait("updated");
        env.write(PANIC_NOW, "");
        // It is drawing when the panic gives the terminal back: nothing may cover what is printed then.
        for n in 0..40 {
            screen.resize(80 + n % 2, 24);
            std::thread::sleep(Duration::from_micros(400));
        }
        screen.resize(80, 24);
        ended_by_its_panic(
            screen,
            what,
            "note: internal error at tests/it/robustness/terminal.rs:",
        );
        assert!(
            screen.raw().contains("\x1b[?1049h"),
            "{what}: it was on the screen"
        );
        assert!(!screen.raw().contains("boom in it"), "{what}: {}", screen.raw());
    }
}

#[test]
fn panic_says_all_to_those_who_ask_for_it() {
    let (mut screen, env) = start_what_panics("a task", |env| {
        env.environment.insert("RUST_BACKTRACE".into(), "full".into());
    });
    screen.wait("updated");
    env.write(PANIC_NOW, "");
    assert_eq!(screen.exit(), 1);
    assert!(screen.raw().contains("boom in it"), "{}", screen.raw());
}

#[test]
fn panic_at_a_hidden_question_leaves_a_terminal_that_shows_what_is_typed() {
    let (mut screen, env) = start_what_panics("a hidden question", |_| ());
    screen.wait("Secret access key:");
    assert!(!screen.shows_typing());
    env.write(PANIC_NOW, "");
    ended_by_its_panic(&mut screen, "a hidden question", "note: internal error at ");
}

#[test]
fn panic_beside_the_last_lines_of_a_shell_restores_the_terminal() {
    let (mut screen, env) = start_what_panics("after a shell", |env| {
        let shell = env.write_program("fails", "#!/bin/sh\nexit 3\n");
        prefer_shell(env, &shell, "");
    });
    screen.wait("updated");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.wait("press any key to return to the portal");
    assert!(!screen.shows_typing());
    env.write(PANIC_NOW, "");
    ended_by_its_panic(&mut screen, "after a shell", "note: internal error at ");
}

/// A shell that runs on would have no one to supervise it, and would read the keys of the shell above. The panic comes
/// with its first line, so that not even one that was started at that very moment is forgotten.
#[test]
fn panic_under_a_shell_ends_the_shell_and_restores_the_title() {
    let env = what_panics_env("under a shell", |env| {
        let pipe = env.path(PANIC_NOW);
        assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        let shell = env.write_program(
            "shell",
            &format!("#!/bin/sh\ntrap '' TERM\necho $$ > shell-pid\n: > '{PANIC_NOW}'\nread line\n"),
        );
        prefer_shell(env, &shell, "");
    });
    // Not the first process of its terminal: with that one, the system ends all others.
    let program = std::env::current_exe().unwrap();
    let line = format!(
        "'{}' --exact {} --nocapture; echo code $?; read line",
        program.display(),
        name_of_what_panics()
    );
    let mut screen = Screen::script(&env, &line);
    screen.wait("updated");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.wait("code 1");
    let shell = PathBuf::from(format!("/proc/{}", env.read("shell-pid").trim()));
    until("the end of the shell", || !shell.exists());
    assert!(
        screen.text().contains("note: internal error at "),
        "{}",
        screen.text()
    );
    let count = |sequence: &str| screen.raw().matches(sequence).count();
    assert!(count("\x1b[22;2t") > 0, "{}", screen.raw());
    assert_eq!(count("\x1b[22;2t"), count("\x1b[23;2t"), "{}", screen.raw());
    screen.type_keys("\r");
    screen.exit();
}

/// A child that ends in the alternate screen, raw, with the mouse and all keys of its own.
#[test]
fn terminal_modes_left_by_a_child_are_reset() {
    let env = test_env("");
    let mess = env.write_program(
        "mess",
        "#!/bin/sh\nprintf '\\033[?1049h\\033[?1000h\\033[?1003h\\033[?1006h\\033[?1004h\\033[?2004h\\033[?25l'\n\
         printf '\\033[?1h\\033=\\033[4h\\033[?7l\\033[?6h\\033[5;9r\\033(0\\033[31;44mmess'\nstty raw -echo\n",
    );
    prefer_shell(&env, &mess, "");
    let (mut screen, _) = compared(&env);
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    for _ in 0..2 {
        screen.type_keys("\r");
        screen.wait("back from payments-dev/AdministratorAccess");
        assert!(screen.raw().contains("mess"));
        assert!(!screen.takes_the_mouse(), "the mouse is the terminal's again");
        let lines: Vec<String> = screen.text().lines().map(str::to_owned).collect();
        assert!(lines[0].starts_with(" genkan  demo"), "{lines:#?}");
        assert!(lines[23].contains("Enter shell"), "{lines:#?}");
        screen.type_keys(" ");
        screen.gone("back from");
    }
    screen.type_keys("\x03");
    whole(&mut screen, 0);
    assert!(!screen.has_odd_keys(), "arrows and keypad are as usual");
}

#[test]
fn portal_survives_a_thousand_sizes() {
    let env = test_env("");
    let (mut screen, _) = compared(&env);
    let mut random = Random(0x5EED_0001);
    for number in 0..1000 {
        let columns = u16::try_from(1 + random.below(220)).unwrap();
        let rows = u16::try_from(1 + random.below(70)).unwrap();
        screen.resize(columns, rows);
        if number % 10 == 0 {
            screen.type_keys(random.one_of(&["a", "\x7f", "\x1b[B", "\x1b[6~", "\t", "\x1b"]));
        }
        if number % 25 == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        // Esc may have left it.
        if screen.has_ended() {
            screen = compared(&env).0;
        }
    }
    screen.resize(80, 24);
    screen.type_keys("\x0c");
    // The last Esc may be obeyed only now.
    screen.wait_until("help or the end", |screen| {
        screen.text().contains("help") || screen.has_ended()
    });
    screen.type_keys("\x03");
    whole_however_it_ended(&env, &mut screen);
}

const KEYS: &[&str] = &[
    "a",
    "e",
    "p",
    "/",
    " ",
    "0",
    "決",
    "é",
    "👩‍💻",
    "\u{202e}",
    "\r",
    "\r",
    "\t",
    "\x1b[Z",
    "\x1b",
    "\x7f",
    "\x15",
    "\x17",
    "\x1b[A",
    "\x1b[B",
    "\x1b[C",
    "\x1b[D",
    "\x1b[H",
    "\x1b[F",
    "\x1b[5~",
    "\x1b[6~",
    "\x1b[1;5H",
    "\x1b[1;5F",
    "\x1bOP",
    "\x1b[15~",
    "\x1b[17~",
    "\x1b[200~pasted\r\ntext\x1b[201~",
    "\x1b[<0;10;5M",
    "\x1b[<64;10;5M",
    "\x1b[<0;10;5m",
    "\x1b[I",
    "\x1b[O",
    "\x1b[?62c",
    "\x1b[99;99R",
    "\x1b]11;rgb:0/0/0\x07",
    "\x00",
    "\x01",
    "\x05",
    "\x06",
    "\x07",
    "\x0c",
    "\x0e",
    "\x0f",
    "\x10",
    "\x12",
    "\x13",
    "\x19",
    "\x1a",
    "\x1b[",
    "\x1bx",
    "\u{9b}5n",
];

/// What sixty seconds of a cat on the keyboard would bring, in events: each round ends with Ctrl-C.
#[test]
fn portal_survives_thousands_of_random_keys() {
    for (seed, keys) in [(1, "standard"), (2, "vim"), (3, "standard"), (4, "vim")] {
        let env = test_env(&format!(
            "shell = \"/bin/true\"\nkeys = \"{keys}\"\nmouse = true\n"
        ));
        let mut random = Random(0x5EED_1000 + seed);
        let (mut screen, _) = compared(&env);
        let mut sent = String::new();
        for number in 0..800 {
            let key = random.one_of(KEYS);
            sent.push_str(key);
            screen.type_keys(key);
            if number % 40 == 0 {
                let columns = u16::try_from(20 + random.below(120)).unwrap();
                screen.resize(columns, u16::try_from(6 + random.below(40)).unwrap());
                std::thread::sleep(Duration::from_millis(20));
            }
            if screen.has_ended() {
                screen.resize(80, 24);
                whole_however_it_ended(&env, &mut screen);
                screen = compared(&env).0;
            }
        }
        screen.resize(80, 24);
        // Where a subshell took half of a paste, the portal waits for its end; where a subshell takes
        // Ctrl-C, the next one is for the portal.
        while !screen.has_ended() {
            screen.type_keys("\x1b[201~\x03");
            std::thread::sleep(Duration::from_millis(100));
            assert!(
                screen.is_young(),
                "seed {seed} hangs after {sent:?}:\n{}",
                screen.text()
            );
        }
        whole_however_it_ended(&env, &mut screen);
    }
}

/// What is typed as soon as the portal has given the terminal away is the subshell's, to the last byte.
#[test]
fn a_hundred_subshells_lose_no_input() {
    const ROUNDS: usize = 100;
    let env = test_env("");
    let reader = env.write_program(
        "reader",
        "#!/bin/sh\nIFS= read -r line\nprintf '%s\\n' \"$line\" >> \"$HOME/got\"\n",
    );
    // The line on entering has the words of "back from", too.
    prefer_shell(&env, &reader, "shell_messages = false\n");
    let (mut screen, _) = compared(&env);
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    let mut expected = String::new();
    let mut seen = 0;
    for round in 0..ROUNDS {
        screen.type_keys("\r");
        seen = screen.wait_raw("\x1b[?1049l", seen);
        let line = format!("round {round} {}", "0123456789abcdef".repeat(round % 8));
        screen.type_keys(&format!("{line}\r"));
        expected.push_str(&line);
        expected.push('\n');
        // The words of "back from …" are drawn one by one.
        seen = screen.wait_raw("payments-dev/AdministratorAccess", seen);
    }
    assert_eq!(env.read("got"), expected);
    screen.type_keys("\x03");
    whole(&mut screen, 0);
}

/// Processor time in ticks and times that it gave the processor away, of all threads.
fn work(pid: i32) -> (u64, u64) {
    let (mut ticks, mut switches) = (0, 0);
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        let folder = task.unwrap().path();
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
        // A thread may end meanwhile.
        let Some((stat, status)) = read("stat").zip(read("status")) else {
            continue;
        };
        let numbers: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        ticks += numbers[11].parse::<u64>().unwrap() + numbers[12].parse::<u64>().unwrap();
        let line = status.lines().find(|l| l.starts_with("voluntary_ctxt_switches"));
        switches += line
            .unwrap()
            .split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap();
    }
    (ticks, switches)
}

/// Three seconds without any work come soon: the ages on the screen change once a minute.
#[track_caller]
fn rests(pid: i32) {
    let mut windows = Vec::new();
    for _ in 0..5 {
        let before = work(pid);
        std::thread::sleep(Duration::from_secs(3));
        let after = work(pid);
        if before == after {
            return;
        }
        // A thread that has ended takes its numbers with it.
        windows.push((
            i128::from(after.0) - i128::from(before.0),
            i128::from(after.1) - i128::from(before.1),
        ));
    }
    panic!("ticks and wake-ups in three seconds: {windows:?}");
}

#[test]
fn idle_portal_uses_no_cpu() {
    if !cfg!(target_os = "linux") {
        return crate::support::env::skipped("/proc is Linux's");
    }
    let env = test_env("");
    let (mut screen, pid) = compared(&env);
    rests(pid);
    screen.type_keys("pay");
    screen.wait("› pay");
    rests(pid);
    screen.type_keys("\x03");
    whole(&mut screen, 0);
    // Behind a subshell too.
    let mut shell = Screen::genkan(&env, &["shell", crate::support::env::TARGET]);
    shell.wait("[payments-dev/AdministratorAccess]");
    rests(shell.pid());
    shell.type_keys("exit\r");
    assert_eq!(shell.exit(), 0);
}
