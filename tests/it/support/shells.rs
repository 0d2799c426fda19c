//! The real shells, with genkan's integration in them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use genkan::domain::shells::shell::Shell;
use genkan::sandbox::{Account, Organisation};

use crate::support::env::{CommandResult, TestEnv, command_result, path, peer};
use crate::support::peers;

/// An account's name that would run something wherever it is not data.
pub const HOSTILE_NAME: &str =
    "it's $(touch pwned) `touch pwned` \"q\" %PATH% %F{red} !x 決済 ${HOME} \\ ; *";

/// An environment with that account, with the program on the PATH.
pub fn shell_env() -> TestEnv {
    let account = |id: &str, name: &str, permission_set: &str| Account {
        id: id.into(),
        name: name.into(),
        email: "root@example.com".into(),
        permission_sets: vec![permission_set.into()],
        color: None,
    };
    let mut env = TestEnv::with(|options| {
        options.organisation = Organisation {
            accounts: vec![
                account("100000000001", HOSTILE_NAME, "Admin"),
                account("100000000002", "plain", "Read"),
            ],
            ..Organisation::sample()
        };
    });
    on_path(&mut env);
    keep_temporary_files(&mut env);
    env.environment.remove("AWS_REGION");
    env.environment.remove("AWS_DEFAULT_REGION");
    env.sign_in();
    env.output(&["list"]);
    env
}

/// Puts the program on the PATH.
pub fn on_path(env: &mut TestEnv) {
    let folder = Path::new(env!("CARGO_BIN_EXE_genkan")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), path());
    env.environment.insert("PATH".into(), path);
}

/// Shells leave files in the temporary folder; these go with the home.
pub fn keep_temporary_files(env: &mut TestEnv) {
    let folder = env.path("tmp");
    std::fs::create_dir_all(&folder).unwrap();
    env.environment
        .insert("TMPDIR".into(), folder.to_str().unwrap().into());
}

/// The shell's program and what keeps it from reading the machine's files.
pub fn program(shell: Shell) -> Option<(PathBuf, &'static [&'static str])> {
    let there = |name: &str| peer(name).then(|| PathBuf::from(name));
    Some(match shell {
        Shell::Bash => (there("bash")?, &["--norc", "--noprofile"]),
        Shell::Zsh => (there("zsh")?, &["-f"]),
        Shell::Fish => (there("fish")?, &["--no-config"]),
        Shell::Nushell => (peers::nushell()?, &["--no-config-file"]),
        Shell::Elvish => (there("elvish")?, &["-norc"]),
        Shell::Xonsh => (there("xonsh")?, &["--no-rc"]),
        Shell::Tcsh => (there("tcsh")?, &["-f"]),
        // No registry that can be reached here has it.
        Shell::PowerShell => return None,
    })
}

/// Runs a script that begins with what `genkan init` prints.
pub fn run_script(env: &TestEnv, shell: Shell, script: &str) -> Option<CommandResult> {
    let (program, arguments) = program(shell)?;
    let mut init = env.output(&["init", shell.name()]);
    match shell {
        // What its first prompt does.
        Shell::Nushell => init += &shell.command().replace("@NAME@", "gk"),
        // At a prompt its editor gets the name.
        Shell::Elvish => {
            init += "\nfn gk {|@words| __genkan_take $@words }\nfn genkan_prompt { __genkan_prompt }\n";
        }
        _ => {}
    }
    env.write("init", &init);
    let sourced = match shell {
        Shell::Elvish | Shell::Xonsh => init,
        _ => "source ./init\n".to_owned(),
    };
    env.write("script", &format!("{sourced}{script}"));
    Some(run_script_file(env, &program, arguments))
}

/// Runs the file `script` of the home folder in a shell, with the environment of the test.
pub fn run_script_file(
    env: &TestEnv,
    shell: impl AsRef<std::ffi::OsStr>,
    arguments: &[&str],
) -> CommandResult {
    let mut command = Command::new(shell);
    command.args(arguments).arg("script");
    command.env_clear().envs(&env.environment);
    command.current_dir(env.home.path()).stdin(Stdio::null());
    command_result(command.output().unwrap())
}
