//! Where this program is, as it will still be found after its next update.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

/// The absolute path of this program. Where a folder of `path_variable` holds it, that path is taken
/// before the real one: package managers link a folder that stays to one that goes with each version.
pub fn lasting_path(path_variable: Option<&str>) -> io::Result<PathBuf> {
    Ok(lasting_path_of(&std::env::current_exe()?, path_variable))
}

fn lasting_path_of(real: &Path, path_variable: Option<&str>) -> PathBuf {
    let name = real.file_name().unwrap_or_default();
    std::env::split_paths(path_variable.unwrap_or_default())
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|linked| linked.canonicalize().is_ok_and(|target| target == real))
        .unwrap_or_else(|| real.to_owned())
}

/// Lets go of standard output, so that who reads it to its end need not wait for the end of this process.
pub fn release_stdout() {
    if let Ok(nowhere) = open_null() {
        // Where that fails, the reader waits.
        let _ = rustix::stdio::dup2_stdout(nowhere);
    }
}

/// Lets go of standard error: what this process says from here on is for no one.
pub fn release_stderr() {
    if let Ok(nowhere) = open_null() {
        let _ = rustix::stdio::dup2_stderr(nowhere);
    }
}

fn open_null() -> io::Result<std::fs::File> {
    #[expect(clippy::disallowed_methods, reason = "a device, not a file")]
    std::fs::OpenOptions::new().write(true).open("/dev/null")
}

/// Starts this process over without some variables, for libraries that read the environment by themselves. Returns
/// only where that can't be done.
#[must_use]
pub fn start_over_without(arguments: &[OsString], variables: &[&str]) -> io::Error {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    let mut command = std::process::Command::new(&program);
    let (name, rest) = match arguments.split_first() {
        Some((name, rest)) => (name.as_os_str(), rest),
        None => (program.as_os_str(), arguments),
    };
    command.arg0(name).args(rest);
    for variable in variables {
        command.env_remove(variable);
    }
    command.exec()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_stays_is_preferred() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().canonicalize().expect("a real folder");
        let real = top.join("1.2.3").join("genkan");
        let linked = top.join("bin").join("genkan");
        for path in [&real, &linked] {
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        }
        std::fs::write(&real, "").expect("writes");
        std::os::unix::fs::symlink(&real, &linked).expect("links");
        let path = format!("relative:{}:{}", top.display(), top.join("bin").display());
        assert_eq!(lasting_path_of(&real, Some(&path)), linked);
        assert_eq!(lasting_path_of(&real, None), real);
    }
}
