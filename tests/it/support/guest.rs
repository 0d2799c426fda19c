//! Commands that run as a user who is not root, in a home folder whose files the test arranges.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use genkan::platform::processes::users;

use crate::support::env::{CommandResult, TARGET, TestEnv, command_result};

/// The user IDs of an unprivileged user and of a neighbour.
pub const UNPRIVILEGED: u32 = 65534;

pub const NEIGHBOUR: u32 = 4321;

pub const LOGIN: &[&str] = &["login", "--no-browser"];

pub const LIST: &[&str] = &["list", "--format", "plain"];

pub const EXPORT: &[&str] = &["export", TARGET, "--format", "json"];

pub const ALL: &[&[&str]] = &[EXPORT, LOGIN, LIST];

/// sha1("demo")
pub const TOKEN: &str = ".aws/sso/cache/89e495e7941cf9e40e6980d14a16bf023ccd4c91.json";

/// An environment of a user who is not root.
pub struct Guest {
    pub env: TestEnv,
    /// Before the program in its command line.
    pub through: Vec<String>,
}

impl Guest {
    pub fn new() -> Self {
        let guest = Self {
            env: TestEnv::with(|o| o.organisation.accounts.retain(|a| a.name.starts_with("payments"))),
            through: Vec::new(),
        };
        guest.moves_in();
        guest
    }

    /// Everything there is becomes the guest's own.
    pub fn moves_in(&self) {
        if users::effective_user_id() == 0 {
            own(self.env.home.path(), UNPRIVILEGED);
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let plain = self.env.command(arguments);
        let mut line: Vec<String> = self.through.clone();
        line.push(plain.get_program().to_str().unwrap().to_owned());
        line.extend(arguments.iter().map(|a| (*a).to_owned()));
        let mut command = Command::new(&line[0]);
        command
            .args(&line[1..])
            .env_clear()
            .envs(&self.env.environment)
            .current_dir("/")
            .stdin(std::process::Stdio::null());
        // What changes mounts does so as root and then becomes the guest by itself.
        if users::effective_user_id() == 0 && !self.through.iter().any(|word| word == "unshare") {
            command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> CommandResult {
        command_result(self.command(arguments).output().unwrap())
    }

    pub fn works(&self, arguments: &[&str]) {
        let result = self.run(arguments);
        assert_eq!(result.code, Some(0), "{arguments:?}: {}", result.stderr);
    }

    pub fn lives_in(&self) {
        for arguments in [LOGIN, LIST, EXPORT] {
            self.works(arguments);
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.env.path(name)
    }

    pub fn chmod(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }
}

pub fn own(path: &Path, uid: u32) {
    lchown(path, Some(uid), Some(uid)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).unwrap() {
            own(&entry.unwrap().path(), uid);
        }
    }
}

/// Every file of a home with its bytes.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            files.append(&mut self::files(&path));
        } else if path.is_file() {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}
