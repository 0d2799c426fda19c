//! Python with most of its import time paid once: a server process has imported what boto3 and the AWS CLI are built on, and
//! runs each program in a fork (`tests/peers/fork_server.py`). Interpreter, libraries and programs are the real ones, with the
//! caller's environment, working directory and standard streams.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::input::Dialogue;
use crate::support::peers::script;

/// The longest path that a socket may have, with the number of the process behind it while the server binds it.
const LONGEST_PATH: usize = 107 - ".4194304".len();

/// Starts the server, which ends with this process. Returns a folder with `bin/python` and `bin/aws`, which run programs through
/// it; if another test process has replaced the server's socket and ended, they run the interpreter directly. `None` where no
/// server can be: on other systems, whose libraries may not be used in a fork, and in a folder whose path is too long.
pub fn prepare(environment: &Path, folder: &Path) -> Option<PathBuf> {
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
        .arg(script(
            "fork_server.py",
            include_str!("../../peers/fork_server.py"),
        ))
        .arg(&socket)
        .env_clear()
        // No module reads this machine's home folder or locale when it is imported.
        .env("HOME", &bin)
        .env("LANG", "C.UTF-8")
        .current_dir("/");
    let mut server = Dialogue::start(&mut command);
    assert_eq!(server.read_line(), "ready");
    assert!(HELD.set(server).is_ok(), "the server starts once");

    let client = script("fork_client.py", include_str!("../../peers/fork_client.py"));
    let own = [&client, &socket, &interpreter];
    let aws = environment.join("bin/aws");
    for (name, words) in [
        ("python", own.to_vec()),
        ("aws", [own.as_slice(), &[&aws]].concat()),
    ] {
        let words: Vec<String> = words.into_iter().map(|path| quoted(path)).collect();
        let line = format!(
            "#!/bin/sh\nexec {} -IS {} \"$@\"\n",
            quoted(&interpreter),
            words.join(" ")
        );
        write_program(&bin, name, &line);
    }
    Some(home)
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_str().unwrap().replace('\'', r"'\''"))
}

/// Writes to a temporary file and renames it: another process may be starting the program.
fn write_program(folder: &Path, name: &str, text: &str) {
    let mut file = tempfile::NamedTempFile::new_in(folder).unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    file.as_file()
        .set_permissions(PermissionsExt::from_mode(0o755))
        .unwrap();
    file.into_temp_path().persist(folder.join(name)).unwrap();
}
