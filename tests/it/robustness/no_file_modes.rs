//! A disk that keeps no file permissions, as a Windows disk in WSL: made by a library that is loaded before
//! the program and lets every file seem open to all, whatever `chmod` is told.

use std::process::Command;

use crate::support::env::{TestEnv, command_result, peer};

const LIBRARY: &str = r"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>

int chmod(const char *path, mode_t mode) { return 0; }
int fchmod(int file, mode_t mode) { return 0; }
int fchmodat(int folder, const char *path, mode_t mode, int flags) { return 0; }

int statx(int folder, const char *restrict path, int flags, unsigned mask, struct statx *restrict into) {
    int (*real)(int, const char *, int, unsigned, struct statx *) = dlsym(RTLD_NEXT, __func__);
    int done = real(folder, path, flags, mask, into);
    if (done == 0 && (S_ISDIR(into->stx_mode) || S_ISREG(into->stx_mode)))
        into->stx_mode = (into->stx_mode & S_IFMT) | 0777;
    return done;
}
";

#[test]
fn disk_without_file_modes_is_reported_with_a_fix() {
    if !peer("cc") {
        return;
    }
    let env = TestEnv::new();
    // LD_PRELOAD is a list, and the path of the test home has blanks.
    let folder = tempfile::tempdir().unwrap();
    let (source, library) = (
        folder.path().join("no_modes.c"),
        folder.path().join("no_modes.so"),
    );
    std::fs::write(&source, LIBRARY).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status()
        .unwrap();
    assert!(built.success());
    let run = |arguments: &[&str]| {
        let mut command = env.command(arguments);
        command.env("LD_PRELOAD", &library);
        command_result(command.output().unwrap())
    };
    let login = run(&["login", "--no-browser"]);
    assert_eq!(login.code, Some(1), "{}", login.stderr);
    assert!(
        login
            .stderr
            .contains("has no file permissions (mode is always 777"),
        "{}",
        login.stderr
    );
    assert!(
        login.stderr.contains("/etc/wsl.conf") && login.stderr.contains("XDG_CACHE_HOME"),
        "{}",
        login.stderr
    );
    let doctor = run(&["doctor", "--offline", "--format", "json"]);
    assert!(
        doctor.stdout.contains("has no file permissions"),
        "{}",
        doctor.stdout
    );
    for said in [&login.stderr, &doctor.stdout] {
        assert!(!said.contains("chmod"), "which changes nothing there: {said}");
    }
}
