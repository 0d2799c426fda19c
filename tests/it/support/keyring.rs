//! A bus and a keyring daemon of one test, on sockets of their own: nothing of the session that the tests run in. They end
//! with the test.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::env::{TestEnv, path, peer};
use crate::support::input::start_with_input;
use crate::support::screen::signal;
use crate::support::wait::until;

const PASSWORD: &str = "password of the keyring";

/// A bus that starts no service by itself.
pub struct Bus {
    daemon: Child,
    folder: TempDir,
    address: String,
    keyring: Option<Child>,
}

impl Bus {
    /// `None`, and a line that says so, where a program is missing.
    pub fn start() -> Option<Self> {
        if !peer("dbus-daemon") || !peer("gnome-keyring-daemon") {
            return None;
        }
        let private = std::fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().permissions(private).tempdir().unwrap();
        let socket = folder.path().join("bus");
        let config = folder.path().join("bus.conf");
        let text = format!(
            "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
             \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n<busconfig><type>session</type>\
             <listen>unix:path={}</listen><auth>EXTERNAL</auth><policy context=\"default\"><allow send_destination=\"*\"/>\
             <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>\n",
            socket.display()
        );
        std::fs::write(&config, text).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--nopidfile", "--print-address"])
            .env_clear()
            .env("PATH", path())
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let mut printed = BufReader::new(daemon.stdout.take().unwrap());
        printed.read_line(&mut address).unwrap();
        Some(Self {
            daemon,
            folder,
            address: address.trim().to_owned(),
            keyring: None,
        })
    }

    /// Lets the program of an environment find this bus.
    pub fn enter(&self, env: &mut TestEnv) {
        env.environment
            .insert("DBUS_SESSION_BUS_ADDRESS".into(), self.address.clone());
    }

    fn keyring_command(&self) -> Command {
        let runtime = self.folder.path().join("runtime");
        std::fs::create_dir_all(&runtime).unwrap();
        std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).unwrap();
        let mut command = Command::new("gnome-keyring-daemon");
        command
            .args(["--foreground", "--components=secrets"])
            .env_clear()
            .env("PATH", path())
            .env("HOME", self.folder.path())
            .env("XDG_RUNTIME_DIR", &runtime)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Starts a keyring with a default collection that is open. The first program that asks decides what it has, so that none
    /// may ask before this.
    pub fn unlocked_keyring(&mut self) {
        let mut command = self.keyring_command();
        self.keyring = Some(start_with_input(command.arg("--unlock"), PASSWORD));
        let file = self.folder.path().join(".local/share/keyrings/login.keyring");
        until("the keyring is there", || file.exists() && self.has_owner());
    }

    /// Starts the keyring that was there before, closed.
    pub fn locked_keyring(&mut self) {
        self.end_keyring();
        self.keyring = Some(self.keyring_command().spawn().unwrap());
        until("the keyring is there", || self.has_owner());
    }

    /// Whether a program on the bus offers secrets.
    fn has_owner(&self) -> bool {
        let answer = Command::new("dbus-send")
            .arg(format!("--bus={}", self.address))
            .args([
                "--dest=org.freedesktop.DBus",
                "--print-reply",
                "/org/freedesktop/DBus",
            ])
            .args([
                "org.freedesktop.DBus.NameHasOwner",
                "string:org.freedesktop.secrets",
            ])
            .output()
            .unwrap();
        String::from_utf8_lossy(&answer.stdout).contains("boolean true")
    }

    /// Stops the keyring's process, so that it answers no one.
    pub fn stop_keyring(&self) {
        let child = self.keyring.as_ref().unwrap();
        signal(i32::try_from(child.id()).unwrap(), "STOP");
    }

    /// Lets it go on.
    pub fn continue_keyring(&self) {
        let child = self.keyring.as_ref().unwrap();
        signal(i32::try_from(child.id()).unwrap(), "CONT");
    }

    pub fn end_keyring(&mut self) {
        if let Some(mut child) = self.keyring.take() {
            let _ = child.kill();
            let _ = child.wait();
            until("the bus knows that it is gone", || !self.has_owner());
        }
    }

    /// The files of the keyring.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        for child in self.keyring.iter_mut().chain([&mut self.daemon]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
