//! Python without most of what its imports cost: a process has imported what boto3 and the AWS CLI are built on, and programs run in
//! children of it (`tests/peers/fork_server.py`). Interpreter, libraries and programs are the real ones; a program has the
//! environment, folder and files of who starts it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::input::Dialogue;
use crate::support::peers::script;

/// Starts the server, which ends with this process, and writes two programs into a folder that ask it: `bin/python` and `bin/aws`
/// of what is answered. Where another process of tests has taken the server's place and ended, they run the interpreter
/// themselves.
pub fn prepare(environment: &Path, folder: &Path) -> PathBuf {
    // Never dropped, so that the server's input ends with this process.
    static HELD: OnceLock<Dialogue> = OnceLock::new();
    let interpreter = environment.join("bin/python");
    let home = folder.join("forked");
    let (bin, socket) = (home.join("bin"), home.join("server.sock"));
    std::fs::create_dir_all(&bin).unwrap();
    let mut command = Command::new(&interpreter);
    command
        .arg(script(
            "fork_server.py",
            include_str!("../../peers/fork_server.py"),
        ))
        .arg(&socket)
        .env_clear()
        // What a module finds out while it is imported is not this machine's.
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
        let words: Vec<String> = words.iter().map(|path| format!("'{}'", path.display())).collect();
        let line = format!(
            "#!/bin/sh\nexec '{}' -IS {} \"$@\"\n",
            interpreter.display(),
            words.join(" ")
        );
        write_program(&bin, name, &line);
    }
    home
}

/// Writes a program, whole and closed before it has its name: another process may start it.
fn write_program(folder: &Path, name: &str, text: &str) {
    let mut file = tempfile::NamedTempFile::new_in(folder).unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    file.as_file()
        .set_permissions(PermissionsExt::from_mode(0o755))
        .unwrap();
    file.into_temp_path().persist(folder.join(name)).unwrap();
}
