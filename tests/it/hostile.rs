//! Names that mean no good, from the network, from files and from the environment: no escape sequence,
//! no hidden character and no command in them has an effect, wherever they are shown.

use genkan::sandbox::Organisation;

use crate::pty::Screen;
use crate::support::{Ended, House, peer};

/// Texts of which nothing reaches a terminal, a table or a file as it is: each ends with a character
/// that is to become a mark. Nothing here is told by the program itself what it takes for hidden.
pub const PAYLOADS: &[&str] = &[
    // Escape sequences: the clipboard, the window's title, a link, the screen, a question to the terminal.
    "\u{1b}]52;c;eA==\u{7}",
    "\u{1b}]0;t\u{7}",
    "\u{1b}]8;;h\u{7}",
    "\u{1b}[2J\u{1b}",
    "\u{1b}P+q\u{1b}",
    // The same in one character each.
    "\u{9b}2J\u{9b}",
    "\u{9d}52;c;eA==\u{9c}",
    // Lines, columns and nothing.
    "\r\n\u{85}\u{2028}\u{2029}",
    "\t\u{b}\u{c}\u{8}\u{7f}",
    // Another order.
    "\u{202e}dorp\u{202c}",
    "\u{202a}\u{202b}\u{202d}",
    "\u{2066}\u{2067}\u{2068}\u{2069}",
    "\u{200e}\u{200f}\u{61c}",
    "\u{206a}\u{206f}\u{fff9}\u{fffb}",
    // Nothing to see.
    "p\u{200b}\u{2060}\u{feff}\u{ad}\u{180e}\u{34f}",
    "\u{115f}\u{1160}\u{3164}\u{ffa0}\u{17b4}",
    "p\u{200d}r\u{200c}",
    "p\u{fe0f}q\u{e0101}r\u{180b}",
    "\u{1f3f4}\u{e0067}\u{e007f}",
    "\u{fffe}\u{fdd0}\u{10ffff}",
    // On somebody else's letter, and over other lines.
    "\u{301}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
];

/// The one name of the hostile organisation with joiners that are spelling.
const FAMILY: &str = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}";

/// What nobody should see raw, but in [`FAMILY`].
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
        )
        || matches!(u32::from(c), 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfdd0..=0xfdef
            | 0xfe00..=0xfe0f | 0xfff0..=0xfffb | 0xfffe | 0xe0000..=0xe0fff | 0x0010_ffff)
}

/// An escape sequence, a C1 control, a reordering, a line of its own.
const EVIL: &str = "evil\u{1b}]52;c;eA==\u{7}\u{9b}31m\u{202e}\nINFO \t\u{200b}x";

#[track_caller]
fn harmless(what: &str, text: &str) {
    let known = text.replace(FAMILY, "");
    let found: Vec<char> = known.chars().filter(|c| is_hidden(*c) && *c != '\n').collect();
    assert!(found.is_empty(), "{what}: {found:?} in {text:?}");
}

/// What is hidden in what a terminal was sent, its escape sequences apart.
fn hidden_drawn(raw: &str) -> Vec<char> {
    let ours = |c: &char| matches!(c, '\u{1b}' | '\r' | '\n' | '\u{8}' | '\u{f}');
    let raw = raw.replace(FAMILY, "");
    raw.chars().filter(|c| is_hidden(*c) && !ours(c)).collect()
}

#[track_caller]
fn harmless_end(what: &str, ended: &Ended) {
    harmless(what, &ended.stdout);
    harmless(what, &ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{what}: {ended:?}");
}

/// A house in an organisation whose every name is hostile.
fn house() -> House {
    let house = House::with(|options| options.organisation = Organisation::hostile());
    house.sign_in();
    house
}

/// The account whose name is a command line.
const COMMANDS: &str = "666000000010/ReadOnlyAccess";

#[test]
fn names_of_the_network_on_every_output() {
    let house = house();
    let accounts = Organisation::hostile().accounts.len();
    for format in ["table", "json", "csv", "plain"] {
        let ended = house.run(&["list", "--refresh", "--format", format]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        harmless_end(format, &ended);
        // Permission sets with names that the service would refuse are left out.
        let rows = match format {
            "json" => serde_json::from_str::<Vec<serde_json::Value>>(&ended.stdout)
                .unwrap()
                .len(),
            "plain" => ended.stdout.lines().count(),
            _ => ended.stdout.lines().count() - 1,
        };
        assert!(rows >= accounts - 1, "{format}: {rows} rows");
        assert!(
            format == "json"
                || ended
                    .stdout
                    .lines()
                    .all(|l| l.contains("666") || l.contains("ID") || l.contains("account_id"))
        );
    }
    for format in [
        "bash",
        "zsh",
        "fish",
        "nushell",
        "powershell",
        "cmd",
        "json",
        "dotenv",
        "credentials-file",
    ] {
        for account in 0..16 {
            let target = format!("6660000000{account:02}/ReadOnlyAccess");
            let ended = house.run(&["export", "--as", "x", "--format", format, &target]);
            harmless_end(format, &ended);
        }
    }
    for query in ["nonsense", "evil", "666"] {
        harmless_end(query, &house.run(&["export", query]));
        harmless_end(query, &house.run(&["list", "--query", query]));
    }
    let ended = house.run(&["exec", "666000000000/ReadOnlyAccess", "--", "env"]);
    harmless_end("exec", &ended);
    assert!(
        ended.stdout.contains("GENKAN_ACCOUNT_NAME=osc52-\u{fffd}"),
        "{ended:?}"
    );
}

#[test]
fn names_are_never_run() {
    let house = house();
    house.output(&["list", "--format", "plain"]);
    for (shell, line) in [
        (
            "bash",
            "eval \"$(\"$GENKAN\" export --format bash $TARGET)\"; printf '%s' \"$GENKAN_ACCOUNT_NAME\"",
        ),
        (
            "zsh",
            "eval \"$(\"$GENKAN\" export --format zsh $TARGET)\"; printf '%s' \"$GENKAN_ACCOUNT_NAME\"",
        ),
        (
            "fish",
            "$GENKAN export --format fish $TARGET | source; printf '%s' $GENKAN_ACCOUNT_NAME",
        ),
    ] {
        if !peer(shell) {
            continue;
        }
        let output = std::process::Command::new(shell)
            .args(["-c", line])
            .env_clear()
            .envs(&house.environment)
            .env("GENKAN", env!("CARGO_BIN_EXE_genkan"))
            .env("TARGET", COMMANDS)
            .current_dir(house.home.path())
            .output()
            .unwrap();
        let seen = String::from_utf8_lossy(&output.stdout);
        assert!(
            seen.contains("$(touch /tmp/pwned)`id`'; rm -rf ~ #"),
            "{shell}: {seen} {output:?}"
        );
    }
    assert!(house.path(".aws/config").exists());
    assert!(!std::path::Path::new("/tmp/pwned").exists());
}

/// The real screen and the prompts of the subshells.
#[test]
fn names_of_the_network_on_the_screen_and_in_prompts() {
    for shell in ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish"] {
        let name = shell.rsplit('/').next().unwrap();
        if !peer(name) {
            continue;
        }
        let mut house = house();
        house.environment.insert("SHELL".into(), shell.into());
        house.write(".zshrc", "");
        let mut screen = Screen::genkan(&house, &[]);
        screen.wait("17 accounts");
        for keys in [
            "\t",
            "\x1b",
            "\x05",
            "\x1b",
            "\x13",
            "\x1b",
            "\x1b[B\x1b[B",
            "\x06",
        ] {
            screen.type_keys(keys);
            std::thread::sleep(std::time::Duration::from_millis(40));
        }
        screen.type_keys("touch");
        screen.wait("1 of");
        let drawn = screen.raw();
        assert!(!drawn.contains("\u{1b}]"), "no OSC of any kind");
        assert!(hidden_drawn(&drawn).is_empty(), "nothing hidden");
        screen.type_keys("\r");
        screen.wait("[$(touch /tmp/pwned)");
        screen.type_keys("exit\r");
        screen.wait("back from");
        assert!(!screen.raw().contains("\u{1b}]52;"), "{name}");
        screen.type_keys("\x03");
        screen.exit();
        assert!(!std::path::Path::new("/tmp/pwned").exists(), "{name}");
    }
}

/// What files and the environment hold is as foreign as the network.
#[test]
fn names_of_files_and_environment() {
    let mut house = House::new();
    house.sign_in();
    house.output(&["list"]);
    let catalog = std::fs::read_dir(house.path(".cache/genkan/catalog"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "json"))
        .unwrap();
    let text = std::fs::read_to_string(&catalog).unwrap();
    let evil = serde_json::to_string(EVIL).unwrap();
    let text = text
        .replace("payments-dev", evil.trim_matches('"'))
        .replace("\"ReadOnlyAccess\"", &evil);
    assert!(text.contains("evil"));
    std::fs::write(&catalog, text).unwrap();
    for arguments in [
        &["list"][..],
        &["list", "--format", "json"],
        &["list", "--format", "csv"],
        &["list", "--format", "plain"],
        &["export", "evil"],
        &["export", EVIL],
        &["export", "--format", EVIL],
        &[EVIL],
        &["login", EVIL],
        &["console", "--destination", EVIL, "evil/Admin"],
        &["console", "--region", EVIL, "evil"],
    ] {
        harmless_end(&format!("{arguments:?}"), &house.run(arguments));
    }
    for name in [
        "AWS_REGION",
        "AWS_PROFILE",
        "BROWSER",
        "SHELL",
        "GENKAN_LOG",
        "GENKAN_SESSION",
        "GENKAN_ACCOUNT_NAME",
        "GENKAN_ACCOUNT_ID",
        "GENKAN_PERMISSION_SET",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_CA_BUNDLE",
        "AWS_CONFIG_FILE",
        "XDG_STATE_HOME",
        "HTTPS_PROXY",
    ] {
        let before = house.environment.insert(name.into(), format!("/tmp/{EVIL}"));
        let commands = genkan::cli::command();
        let tellers = ["whoami", "status", "profiles"];
        let there = tellers
            .iter()
            .filter(|t| commands.get_subcommands().any(|c| c.get_name() == **t));
        for command in ["list", "shell"].iter().chain(there) {
            harmless_end(&format!("{name} {command}"), &house.run(&[command]));
        }
        match before {
            Some(value) => house.environment.insert(name.into(), value),
            None => house.environment.remove(name),
        };
    }
    house.write(".config/genkan/config.toml", "\"\\u001b[2J\\u202e\" = 1\n");
    harmless_end("preferences", &house.run(&["list"]));
    house.write(".config/genkan/config.toml", "session = \"\\u001b[2J\\u202e\"\n");
    harmless_end("preferred session", &house.run(&["list", "--refresh"]));
    harmless_end("preferred session", &house.run(&["login"]));
    house.write(".config/genkan/config.toml", "");
    house.write(
        ".aws/config",
        &format!("{}[sso-session a\u{1b}]52;c;eA==\u{7}]\nsso_start_url = https://a.awsapps.com/\u{202e}\nsso_region = \u{9b}1\n[sso-session b\u{202e}c]\nsso_start_url = https://a.awsapps.com/start\nsso_region = us-east-1\n", house.sso_session("demo")),
    );
    let ended = house.run(&["list"]);
    assert_eq!(ended.code, Some(0), "the others still work: {ended:?}");
    harmless_end("sessions", &ended);
    harmless_end("sessions", &house.run(&["login", "nobody"]));
    let mut screen = Screen::genkan(&house, &[]);
    screen.wait("40 accounts");
    screen.type_keys("\x13");
    std::thread::sleep(std::time::Duration::from_millis(100));
    let drawn = screen.raw();
    assert!(!drawn.contains("\u{1b}]") && hidden_drawn(&drawn).is_empty());
    screen.type_keys("\x03");
    screen.exit();
}
