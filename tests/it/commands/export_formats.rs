//! Exports as the real shells read them, whatever the values hold.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use genkan::domain::shells::export::{ExportFormat, format_assignments, format_removals};
use genkan::domain::shells::shell::{CommandName, Shell};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use crate::support::env::peer;
use crate::support::peers;

/// Values that broke the quoting of other tools.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "plain",
    "it's",
    "\"double\"",
    "$(touch /tmp/pwned) `id` ${HOME} $HOME $Env:PATH",
    "$(touch /tmp/pwned) `touch /tmp/pwned` $HOME",
    "a\nb\r\nc\n",
    "back\\slash\\",
    "\\'",
    "'\\''",
    "!history !! !$",
    "%PATH% %%A ^& | < > ( )",
    "決済 本番 é ö 👩‍💻",
    "\u{2018}curly\u{2019} \u{201c}quotes\u{201d} \u{201a}low\u{201b}",
    "-n",
    "~ ~root *.* [a-z] {a,b} ;; & |",
    "tab\tbell\u{7}escape\u{1b}[31m",
    "#not a comment",
    "a=b=c",
    "$'x' $\"y\"",
    "{ interpolated } ($x)",
    "\u{feff}bom",
    "'",
    "''",
    "\"",
    "\\",
    "\n",
];

fn values() -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let any = proptest::string::string_regex("[^\u{0}]{0,24}").unwrap();
    let nasty =
        proptest::string::string_regex("[ '\"\\\\$`!%(){}\\[\\]\n\r\t#;&|<>*?~^=\u{2018}\u{2019}-]{0,16}")
            .unwrap();
    let mut values: Vec<String> = HOSTILE.iter().map(|v| (*v).to_owned()).collect();
    for _ in 0..150 {
        values.push(any.new_tree(&mut runner).unwrap().current());
        values.push(nasty.new_tree(&mut runner).unwrap().current());
    }
    values
}

/// Begins a script that is not read but evaluated.
const EVALUATED: &str = "evaluated\n";

/// Runs a shell with a script file and reads the environment that its last command saw.
fn environment(program: &PathBuf, arguments: &[&str], script: &str) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script");
    std::fs::write(&file, script).unwrap();
    if let Some(evaluated) = script.strip_prefix(EVALUATED) {
        // tcsh gets an export as the one line that `eval` makes of it.
        let (lines, print) = evaluated.rsplit_once("env -0").unwrap();
        std::fs::write(folder.path().join("lines"), lines).unwrap();
        std::fs::write(&file, format!("eval \"`cat $HOME/lines`\"\nenv -0{print}")).unwrap();
    }
    let output = Command::new(program)
        .args(arguments)
        .arg(&file)
        .env_clear()
        .env("PATH", crate::support::env::path())
        .env("HOME", folder.path())
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .split('\0')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn round_trip(format: ExportFormat, program: &PathBuf, arguments: &[&str]) {
    let values = values();
    let names: Vec<String> = (0..values.len()).map(|i| format!("GENKAN_TEST_{i}")).collect();
    let mut variables = Vec::new();
    let mut expected = BTreeMap::new();
    for (name, value) in names.iter().zip(&values) {
        // What a format can't carry it refuses, rather than to carry it wrongly.
        if format_assignments(format, &[(name.as_str(), value.clone())]).is_ok() {
            variables.push((name.as_str(), value.clone()));
            expected.insert(name.clone(), value.clone());
        }
    }
    // tcsh has no line breaks.
    let least = if format == ExportFormat::Tcsh { 5 } else { 9 };
    assert!(
        expected.len() > values.len() * least / 10,
        "{format} refuses too much: {}",
        expected.len()
    );
    let set = format_assignments(format, &variables).unwrap();
    let print = if format == ExportFormat::Nushell {
        "^env -0\n"
    } else {
        "env -0\n"
    };
    let begin = if format == ExportFormat::Tcsh {
        EVALUATED
    } else {
        ""
    };
    let seen = environment(program, arguments, &format!("{begin}{set}{print}"));
    for (name, value) in &expected {
        assert_eq!(seen.get(name), Some(value), "{format}");
    }
    let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
    let seen = environment(
        program,
        arguments,
        &format!("{begin}{set}{}{print}", format_removals(format, &names)),
    );
    assert!(
        !seen.keys().any(|name| name.starts_with("GENKAN_TEST_")),
        "{format} takes them back"
    );
}

#[test]
fn bash() {
    if peer("bash") {
        round_trip(ExportFormat::Bash, &"bash".into(), &["--norc", "--noprofile"]);
    }
}

/// Plain POSIX: the fallback for shells that are not known.
#[test]
fn sh() {
    if peer("sh") {
        round_trip(ExportFormat::Bash, &"sh".into(), &[]);
    }
}

#[test]
fn zsh() {
    if peer("zsh") {
        round_trip(ExportFormat::Zsh, &"zsh".into(), &["-f"]);
    }
}

#[test]
fn fish() {
    if peer("fish") {
        round_trip(ExportFormat::Fish, &"fish".into(), &["--no-config"]);
    }
}

#[test]
fn nushell() {
    if let Some(nu) = peers::nushell() {
        round_trip(ExportFormat::Nushell, &nu, &["--no-config-file"]);
    }
}

#[test]
fn elvish() {
    if peer("elvish") {
        round_trip(ExportFormat::Elvish, &"elvish".into(), &["-norc"]);
    }
}

#[test]
fn xonsh() {
    if peer("xonsh") {
        round_trip(ExportFormat::Xonsh, &"xonsh".into(), &["--no-rc"]);
    }
}

#[test]
fn tcsh() {
    if peer("tcsh") {
        round_trip(ExportFormat::Tcsh, &"tcsh".into(), &["-f"]);
    }
}

/// PowerShell itself can't be had from a registry: its documented rules (`about_Quoting_Rules`) are
/// applied instead, and below its grammar as editors use it. In a single-quoted string nothing is expanded, every kind of single quote ends
/// it, and two of them are one.
#[test]
fn powershell_by_its_documented_quoting_rules() {
    let quote = |c: char| matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}');
    for value in values() {
        let Ok(line) = format_assignments(ExportFormat::PowerShell, &[("V", value.clone())]) else {
            panic!("{value:?} is refused")
        };
        let mut rest = line
            .strip_prefix("$Env:V = '")
            .expect("an assignment")
            .chars()
            .peekable();
        let mut read = String::new();
        loop {
            match rest.next().expect("an end") {
                c if quote(c) => match rest.next_if(|c| quote(*c)) {
                    Some(_) => read.push(c),
                    None => break,
                },
                c => read.push(c),
            }
        }
        assert_eq!((read, rest.collect::<String>()), (value, "\n".to_owned()));
    }
}

/// PowerShell's grammar takes what we write for what we mean: our scripts whole, and each export as
/// assignments of plain strings that nothing is expanded in.
#[test]
fn powershell_by_its_grammar() {
    let Some(python) = peers::python() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut files = vec![peers::script(
        "powershell.py",
        include_str!("../../peers/powershell.py"),
    )];
    let init = folder.path().join("init.ps1");
    std::fs::write(
        &init,
        Shell::PowerShell.integration(&CommandName::default(), true),
    )
    .unwrap();
    files.push(init);
    let export = folder.path().join("export.ps1");
    let values = values();
    let names: Vec<String> = (0..values.len()).map(|i| format!("GENKAN_TEST_{i}")).collect();
    let variables: Vec<(&str, String)> = names
        .iter()
        .map(String::as_str)
        .zip(values.iter().cloned())
        .collect();
    let set = format_assignments(ExportFormat::PowerShell, &variables).unwrap();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    std::fs::write(&export, set + &format_removals(ExportFormat::PowerShell, &names)).unwrap();
    files.push(export);
    let output = Command::new(python.join("bin/python"))
        .args(&files)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let seen: Vec<(String, String)> = serde_json::from_slice(&output.stdout).unwrap();
    let expected: Vec<(String, String)> = variables
        .iter()
        .map(|(name, value)| (format!("$Env:{name}"), value.clone()))
        .collect();
    assert_eq!(seen, expected);
}

/// Two independent readers of `.env` files get the same values, and the right ones.
#[test]
fn dotenv() {
    let (Some(python), Some(_)) = (peers::python(), peers::node()) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials.env");
    let mut expected = BTreeMap::new();
    let mut text = String::new();
    for (i, value) in values().into_iter().enumerate() {
        let name = format!("GENKAN_TEST_{i}");
        if let Ok(line) = format_assignments(ExportFormat::Dotenv, &[(name.as_str(), value.clone())]) {
            text.push_str(&line);
            expected.insert(name, value);
        }
    }
    assert!(expected.len() > 40, "{}", expected.len());
    for plain in [
        "plain",
        "$(touch /tmp/pwned) `touch",
        "%PATH%",
        "決済 本番",
        "#not a comment",
    ] {
        assert!(
            expected.values().any(|value| value.contains(plain)),
            "{plain} can be carried"
        );
    }
    std::fs::write(&file, text).unwrap();
    let read = |program: &PathBuf, arguments: &[&str]| -> BTreeMap<String, String> {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", crate::support::env::path())
            .env("HOME", folder.path())
            .output()
            .unwrap();
        let seen: BTreeMap<String, String> = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
        seen.into_iter()
            .filter(|(name, _)| name.starts_with("GENKAN_TEST_"))
            .collect()
    };
    let dotenv = "import dotenv, json; print(json.dumps(dotenv.dotenv_values('credentials.env')))";
    assert_eq!(
        read(&python.join("bin/python"), &["-c", dotenv]),
        expected,
        "python-dotenv"
    );
    let node = "process.stdout.write(JSON.stringify(process.env))";
    let arguments = ["--env-file=credentials.env", "-e", node];
    assert_eq!(read(&"node".into(), &arguments), expected, "node");
}
