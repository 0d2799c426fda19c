//! Python with most of its import time paid once: a server process has imported what boto3 and the AWS CLI are built on, and
//! runs each program in a fork (`tests/peers/fork_server.py`). Interpreter, libraries and programs are the real ones, with the
//! caller's environment, working directory and standard streams.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::env::write_program;
use crate::support::input::Dialogue;

/// The longest path that a socket may have, with the number of the process behind it while the server binds it.
const LONGEST_PATH: usize = 107 - ".4194304".len();

/// Starts the server, which ends with this process, and which `client` asks. Returns a folder with `bin/python` and `bin/aws`, which run programs through
/// it; if another test process has replaced the server's socket and ended, they run the interpreter directly. `None` where no
/// server can be: on other systems, whose libraries may not be used in a fork, and in a folder whose path is too long.
pub fn prepare(environment: &Path, folder: &Path, server: &Path, client: &Path) -> Option<PathBuf> {
    // Never dropped, so that the server's input ends with this process.
    static HELD: OnceLock<Dialogue> = OnceLock::new();
    let interpreter = environment.join("bin/python");
    let home = folder.join("forked");
    let (bin, socket) = (home.join("bin"), home.join("socket"));
    if !cfg!(target_os = "linux") || socket.as_os_str().len() > LONGEST_PATH {
        return None;
    }
    std::fs::create_dir_all(&bin).unwrap();
    let mut command = Command::new(&interpreter);
    command
        .arg(server)
        .arg(&socket)
        .env_clear()
        // No module reads this machine's home folder or locale when it is imported.
        .env("HOME", &bin)
        .env("LANG", "C.UTF-8")
        .current_dir("/");
    let mut server = Dialogue::start(&mut command);
    assert_eq!(server.read_line(), "ready");
    assert!(HELD.set(server).is_ok(), "the server starts once");

    let own = [client, &socket, &interpreter];
    let aws = environment.join("bin/aws");
    for (name, words) in [
        ("python", own.to_vec()),
        ("aws", [own.as_slice(), &[&aws]].concat()),
    ] {
        let words: Vec<String> = words.into_iter().map(quoted).collect();
        let line = format!(
            "#!/bin/sh\nexec {} -IS {} \"$@\"\n",
            quoted(&interpreter),
            words.join(" ")
        );
        write_program(&bin.join(name), &line);
    }
    Some(home)
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_str().unwrap().replace('\'', r"'\''"))
}

/// Without this a client that never reaches the server would only cost time.
#[test]
fn python_runs_in_a_fork_with_what_its_caller_gives_it() {
    let Some(python) = crate::support::peers::python().filter(|_| cfg!(target_os = "linux")) else {
        return;
    };
    let code = "import os, sys; print(os.environ['HOME'], os.getcwd(), sys.argv[1:], 'fork_server' in sys.orig_argv[1]); \
                sys.exit(7)";
    let output = Command::new(python.join("bin/python"))
        .args(["-c", code, "a b"])
        .env_clear()
        .env("HOME", "/nowhere/ren")
        .current_dir("/usr")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "/nowhere/ren /usr ['a b'] True\n");
    assert_eq!(output.status.code(), Some(7));
}
