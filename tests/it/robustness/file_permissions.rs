//! Files and folders that refuse, are in the way, or belong to another user: the real commands
//! with each, a clear sentence with what to do, and nothing lost.
//!
//! Root may do everything, so the commands run as another user.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use genkan::platform::users;

use crate::support::env::{CommandResult, TARGET, TestEnv, command_result, peers_are_required, skipped};

/// The user IDs of an unprivileged user and of a neighbour.
const UNPRIVILEGED: u32 = 65534;
const NEIGHBOUR: u32 = 4321;

const LOGIN: &[&str] = &["login", "--no-browser"];
const LIST: &[&str] = &["list", "--format", "plain"];
const EXPORT: &[&str] = &["export", TARGET, "--format", "json"];
const ALL: &[&[&str]] = &[EXPORT, LOGIN, LIST];

/// sha1("demo")
const TOKEN: &str = ".aws/sso/cache/89e495e7941cf9e40e6980d14a16bf023ccd4c91.json";

/// An environment of a user who is not root.
struct Guest {
    env: TestEnv,
    /// Before the program in its command line.
    through: Vec<String>,
}

impl Guest {
    fn new() -> Self {
        let guest = Self {
            env: TestEnv::with(|o| o.organisation.accounts.retain(|a| a.name.starts_with("payments"))),
            through: Vec::new(),
        };
        guest.moves_in();
        guest
    }

    /// Everything there is becomes the guest's own.
    fn moves_in(&self) {
        if users::me() == 0 {
            own(self.env.home.path(), UNPRIVILEGED);
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
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
        if users::me() == 0 && !self.through.iter().any(|word| word == "unshare") {
            command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> CommandResult {
        command_result(self.command(arguments).output().unwrap())
    }

    fn works(&self, arguments: &[&str]) {
        let result = self.run(arguments);
        assert_eq!(result.code, Some(0), "{arguments:?}: {}", result.stderr);
    }

    fn lives_in(&self) {
        for arguments in [LOGIN, LIST, EXPORT] {
            self.works(arguments);
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.env.path(name)
    }

    fn chmod(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }
}

fn own(path: &Path, uid: u32) {
    lchown(path, Some(uid), Some(uid)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).unwrap() {
            own(&entry.unwrap().path(), uid);
        }
    }
}

/// Every file of a home with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
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

type Arrange = fn(&mut Guest);

/// What is arranged in a fresh home, or in one that has been lived in (`true`).
const CASES: &[(&str, bool, Arrange)] = &[
    ("a home that may not be written", false, |guest| {
        guest.chmod(".aws", 0o555);
        guest.chmod("", 0o555);
    }),
    (
        "a lived-in home that may not be written any more",
        true,
        |guest| {
            for folder in [
                ".aws/sso/cache",
                ".cache/genkan/catalog",
                ".cache/genkan",
                ".local/state/genkan",
            ] {
                guest.chmod(folder, 0o555);
            }
            fs::remove_dir_all(guest.path(".cache/genkan/credentials")).unwrap();
            guest.env.sandbox.control().revoke_access_tokens();
        },
    ),
    ("a disk that is mounted for reading only", false, |guest| {
        guest.through = mounted("mount --bind \"$HOME\" \"$HOME\" && mount -o remount,ro,bind \"$HOME\"");
    }),
    ("a full disk", false, |guest| {
        guest.through = mounted(
            "cp \"$HOME/.aws/config\" /dev/shm/genkan-$$ && mount -t tmpfs -o size=64k,mode=755 none \"$HOME\" && \
             mkdir -p \"$HOME/.aws\" && cp /dev/shm/genkan-$$ \"$HOME/.aws/config\" && rm /dev/shm/genkan-$$ && \
             chown -R 65534:65534 \"$HOME\" && (cat /dev/zero > \"$HOME/full\" 2> /dev/null; true)",
        );
    }),
    ("a limit on the size of files", false, |guest| {
        guest.through = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"]
            .map(str::to_owned)
            .to_vec();
    }),
    ("files where folders should be", false, |guest| {
        for name in [".aws/sso", ".cache", ".local"] {
            guest.env.write(name, "in the way");
        }
        guest.moves_in();
    }),
    ("folders where files should be", true, |guest| {
        for name in [TOKEN, ".local/state/genkan/history.json"] {
            fs::remove_file(guest.path(name)).unwrap();
            fs::create_dir(guest.path(name)).unwrap();
        }
        guest.moves_in();
    }),
    ("links that lead to nothing", false, |guest| {
        for (name, to) in [
            (".aws/sso", "/nowhere/sso"),
            (".cache", "gone"),
            (".local", ".local"),
        ] {
            symlink(to, guest.path(name)).unwrap();
        }
        guest.moves_in();
    }),
    ("a folder for tokens that everybody may write", false, |guest| {
        fs::create_dir_all(guest.path(".aws/sso/cache")).unwrap();
        guest.moves_in();
        guest.chmod(".aws/sso/cache", 0o777);
    }),
    ("a cache that everybody may write", false, |guest| {
        fs::create_dir_all(guest.path(".cache")).unwrap();
        guest.moves_in();
        guest.chmod(".cache", 0o777);
    }),
    ("a folder for tokens that a team may write", false, |guest| {
        fs::create_dir_all(guest.path(".aws/sso/cache")).unwrap();
        guest.moves_in();
        if users::me() == 0 {
            // `users` of every Linux.
            lchown(guest.path(".aws/sso"), None, Some(100)).unwrap();
            guest.chmod(".aws/sso", 0o775);
        }
    }),
    (
        "a cache in a shared folder, where a neighbour was first",
        false,
        |guest| {
            guest.chmod("", 0o755);
            let shared = guest.path("shared");
            fs::create_dir_all(shared.join("genkan")).unwrap();
            guest.moves_in();
            if users::me() == 0 {
                lchown(&shared, Some(0), Some(0)).unwrap();
                own(&shared.join("genkan"), NEIGHBOUR);
                guest.chmod("shared", 0o1777);
                guest.chmod("shared/genkan", 0o1777);
            }
            let shared = shared.to_str().unwrap().to_owned();
            guest.env.environment.insert("XDG_CACHE_HOME".into(), shared);
        },
    ),
    (
        "a cache in a shared folder, where a neighbour left a link",
        false,
        |guest| {
            let shared = guest.path("shared");
            fs::create_dir_all(&shared).unwrap();
            symlink(guest.path(".config"), shared.join("genkan")).unwrap();
            fs::create_dir(guest.path(".config")).unwrap();
            guest.moves_in();
            if users::me() == 0 {
                lchown(&shared, Some(0), Some(0)).unwrap();
                lchown(shared.join("genkan"), Some(NEIGHBOUR), Some(NEIGHBOUR)).unwrap();
                guest.chmod("shared", 0o1777);
            }
            let shared = shared.to_str().unwrap().to_owned();
            guest.env.environment.insert("XDG_CACHE_HOME".into(), shared);
        },
    ),
    ("a folder for tokens of a neighbour", false, |guest| {
        fs::create_dir_all(guest.path(".aws/sso/cache")).unwrap();
        guest.moves_in();
        if users::me() == 0 {
            own(&guest.path(".aws/sso/cache"), NEIGHBOUR);
            guest.chmod(".aws/sso/cache", 0o777);
        }
    }),
    ("a token of root, as after `sudo aws sso login`", true, |guest| {
        if users::me() == 0 {
            own(&guest.path(TOKEN), 0);
        } else {
            guest.chmod(TOKEN, 0);
        }
    }),
    ("a token that a neighbour put there", true, |guest| {
        if users::me() == 0 {
            own(&guest.path(TOKEN), NEIGHBOUR);
            guest.chmod(TOKEN, 0o644);
        }
    }),
    ("a config that is a folder", false, |guest| {
        fs::remove_file(guest.path(".aws/config")).unwrap();
        fs::create_dir(guest.path(".aws/config")).unwrap();
        guest.moves_in();
    }),
    ("a config that may not be read", false, |guest| {
        guest.chmod(".aws/config", 0);
    }),
    ("preferences that may not be read", false, |guest| {
        guest
            .env
            .write(".config/genkan/config.toml", "theme = \"light\"\n");
        guest.moves_in();
        guest.chmod(".config/genkan/config.toml", 0);
    }),
    ("no home", false, |guest| {
        guest.env.environment.remove("HOME");
        // Whoever has none in the list of users neither; everybody else is in their own.
        guest
            .env
            .environment
            .insert("AWS_CONFIG_FILE".into(), "/nonexistent/config".into());
    }),
    ("a home that isn't there", false, |guest| {
        let config = guest.path(".aws/config").to_str().unwrap().to_owned();
        guest.env.environment.insert("AWS_CONFIG_FILE".into(), config);
        guest
            .env
            .environment
            .insert("HOME".into(), "/nonexistent/home".into());
    }),
    ("secrets that everybody may read", true, |guest| {
        for path in files(guest.env.home.path())
            .keys()
            .filter(|p| !p.ends_with("config"))
        {
            fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
        }
    }),
    ("a link to a config elsewhere", false, |guest| {
        fs::create_dir(guest.path("dotfiles")).unwrap();
        fs::rename(guest.path(".aws/config"), guest.path("dotfiles/aws config 設定")).unwrap();
        symlink("../dotfiles/aws config 設定", guest.path(".aws/config")).unwrap();
        guest.moves_in();
    }),
];

/// Runs what follows as the guest, with mounts of its own.
fn mounted(mounts: &str) -> Vec<String> {
    let script = format!(
        "{mounts} && exec setpriv --reuid={UNPRIVILEGED} --regid={UNPRIVILEGED} --clear-groups \"$@\""
    );
    ["unshare", "--mount", "sh", "-c", &script, "sh"]
        .map(str::to_owned)
        .to_vec()
}

fn can_mount() -> bool {
    let probe = "mount -t tmpfs -o size=4k none /mnt";
    let mut command = Command::new("unshare");
    let can = users::me() == 0
        && command
            .args(["--mount", "sh", "-c", probe])
            .output()
            .is_ok_and(|o| o.status.success());
    if !can {
        assert!(!peers_are_required(), "mounts must be possible here");
        skipped("disks that are full or read-only: this user may not mount");
    }
    can
}

/// The sentences of a command, with what changes from run to run left out.
fn told(guest: &Guest, arguments: &[&str]) -> String {
    let result = guest.run(arguments);
    assert!(!result.stderr.contains("panicked"), "{}", result.stderr);
    let mut text = format!(
        "$ genkan {}  → {}, {} lines\n",
        arguments[0],
        result.code.unwrap(),
        result.stdout.lines().count()
    );
    assert!(
        result.code == Some(0) || result.stdout.is_empty(),
        "{}",
        result.stdout
    );
    // The order in which files are read doesn't matter.
    let mut lines: Vec<&str> = result.stderr.lines().collect();
    lines.sort_by_key(|line| {
        if line.starts_with("note:") {
            (0, *line)
        } else {
            (1, "")
        }
    });
    for line in lines {
        if ["error:", "hint:", "note:"].iter().any(|k| line.starts_with(k)) {
            let mut line = line.replace(guest.env.home.path().to_str().unwrap(), "~");
            // Which file it is in there is the cache's own business.
            if let Some((before, after)) = line.split_once("/credentials/")
                && let Some((_, after)) = after.split_once('`')
            {
                line = format!("{before}/credentials/…`{after}");
            }
            writeln!(text, "  {line}").unwrap();
        }
    }
    text
}

#[test]
fn every_file_error_is_reported_clearly_and_loses_nothing() {
    let may_mount = can_mount();
    let mut all = String::new();
    for (name, lived_in, arrange) in CASES {
        let mut guest = Guest::new();
        if *lived_in {
            guest.lives_in();
        }
        arrange(&mut guest);
        if guest.through.first().is_some_and(|p| p == "unshare") && !may_mount {
            continue;
        }
        let before = files(guest.env.home.path());
        writeln!(all, "== {name}").unwrap();
        for arguments in ALL {
            all.push_str(&told(&guest, arguments));
        }
        let after = files(guest.env.home.path());
        for (path, bytes) in &before {
            // What genkan keeps for itself may be written again, but the user's files never change.
            let theirs = !path.to_str().unwrap().contains("/genkan/") && path.extension().is_none();
            // A new sign-in forgets the credentials of the one before.
            let passes = path.to_str().unwrap().contains("/credentials/");
            assert!(
                passes || after.contains_key(path),
                "{name}: {} is lost",
                path.display()
            );
            assert!(
                !theirs || after.get(path) == Some(bytes),
                "{name}: {} changed",
                path.display()
            );
        }
        let left = |p: &&PathBuf| p.to_str().unwrap().contains("/.genkan-");
        assert_eq!(after.keys().find(left), None, "{name}");
    }
    if users::me() == 0 && may_mount {
        insta::assert_snapshot!("sentences about files", all);
    }
}

/// Writes a file as it would have been left a while ago: no one is about to write the rest of it.
fn write_long_ago(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_mins(10);
    file.set_modified(long_ago).unwrap();
}

/// Each file that is invalid is kept under another name, named, and done without.
#[test]
fn invalid_files_are_moved_aside() {
    let guest = Guest::new();
    guest.lives_in();
    let all = files(guest.env.home.path());
    let ours = all
        .keys()
        .filter(|p| p.extension().is_some_and(|e| e == "json" || e == "jsonl"));
    let mut seen = 0;
    for (path, broken) in ours.zip(["", "{\"half\": \"wr", "[1]", "\u{0}\u{0}\u{0}"].iter().cycle()) {
        let name = path
            .strip_prefix(guest.env.home.path())
            .unwrap()
            .display()
            .to_string();
        // Losing what was learned of the clock costs nothing.
        if name.contains("clock.json") {
            continue;
        }
        write_long_ago(path, broken);
        guest.moves_in();
        let aside = PathBuf::from(format!("{}.broken-1", path.display()));
        let (mut stderr, mut kept) = (String::new(), false);
        for arguments in [
            EXPORT,
            LIST,
            &["list", "--refresh"],
            &["login", "--no-browser", "--force"],
        ] {
            stderr += &guest.run(arguments).stderr;
            // A new sign-in forgets the credentials of the one before, broken ones too.
            kept |= fs::read_to_string(&aside).is_ok_and(|text| text == *broken);
        }
        let kept_as = if name.starts_with(".aws") {
            "copied to"
        } else {
            "moved to"
        };
        let told = stderr.contains(&format!("{name}` is invalid; {kept_as}"));
        assert!(told && kept, "{name} with {broken:?}: {stderr}");
        seen += 1;
        guest.lives_in();
    }
    assert!(seen >= 5, "{seen} files");
}

/// A umask widens nothing and takes nothing away that is needed.
#[test]
fn any_umask_gives_the_same_modes() {
    for umask in ["000", "777", "277"] {
        let mut guest = Guest::new();
        guest.through = ["sh", "-c", &format!("umask {umask}; exec \"$@\""), "sh"]
            .map(str::to_owned)
            .to_vec();
        guest.lives_in();
        guest.env.sandbox.control().revoke_access_tokens();
        guest.works(&["list", "--refresh"]);
        let mut open = vec![guest.path(".aws/sso"), guest.path(".cache"), guest.path(".local")];
        while let Some(path) = open.pop() {
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            if path.is_dir() {
                assert_eq!(mode, 0o700, "umask {umask}: {}", path.display());
                open.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            } else {
                assert_eq!(mode, 0o600, "umask {umask}: {}", path.display());
            }
        }
    }
}

/// Pipes without a writer, in every place of a file: nothing waits for them.
#[test]
fn named_pipes_block_no_command() {
    let guest = Guest::new();
    guest.lives_in();
    for path in files(guest.env.home.path())
        .keys()
        .filter(|p| p.extension().is_some())
    {
        fs::remove_file(path).unwrap();
        let made = Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    }
    guest.moves_in();
    for arguments in ALL {
        let mut line = vec!["60".to_owned()];
        let plain = guest.env.command(arguments);
        line.push(plain.get_program().to_str().unwrap().to_owned());
        line.extend(arguments.iter().map(|a| (*a).to_owned()));
        let mut command = Command::new("timeout");
        command.args(line).env_clear().envs(&guest.env.environment);
        if users::me() == 0 {
            command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
        }
        let result = command_result(command.output().unwrap());
        assert_ne!(result.code, Some(124), "{arguments:?} hangs: {}", result.stderr);
    }
}

/// Root in another user's home, as in a container with a mounted folder, leaves files that are theirs.
#[test]
fn root_keeps_files_owned_by_the_home_owner() {
    if users::me() != 0 {
        skipped("files that root creates in another user's home: this is not root");
        return;
    }
    let mut env = TestEnv::new();
    let home = env.path("neighbour");
    fs::create_dir(&home).unwrap();
    fs::rename(env.path(".aws"), home.join(".aws")).unwrap();
    own(&home, NEIGHBOUR);
    env.environment
        .insert("HOME".into(), home.to_str().unwrap().into());
    env.sign_in();
    env.output(LIST);
    env.output(EXPORT);
    let mut open = vec![home];
    while let Some(path) = open.pop() {
        let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&path).unwrap());
        assert_eq!(owner, NEIGHBOUR, "{}", path.display());
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        }
    }
}

/// Each half of a sign-out can fail without the other, and what is said of each is true.
#[test]
fn logout_reports_which_half_failed() {
    const READ_ONLY: u32 = 0o500;
    for (reachable, mode, words) in [
        (true, 0o700, "signed out of demo"),
        (
            true,
            READ_ONLY,
            "demo: the portal session has ended on the server, but not everything could be deleted on this machine",
        ),
        (
            false,
            0o700,
            "demo: the tokens on this machine were deleted, but the portal session could not be ended on the server",
        ),
        (
            false,
            READ_ONLY,
            "demo: the portal session could not be ended on the server, and not everything could be deleted on \
             this machine",
        ),
    ] {
        let mut guest = Guest::new();
        assert_eq!(guest.run(LOGIN).code, Some(0));
        fs::set_permissions(guest.path(".aws/sso/cache"), Permissions::from_mode(mode)).unwrap();
        if !reachable {
            let endpoint = "AWS_ENDPOINT_URL_SSO".to_owned();
            guest
                .env
                .environment
                .insert(endpoint, "http://127.0.0.1:9".into());
        }
        let result = guest.run(&["logout"]);
        let (logouts, is_there) = (guest.env.sandbox.counts().logout, guest.path(TOKEN).exists());
        fs::set_permissions(guest.path(".aws/sso/cache"), Permissions::from_mode(0o700)).unwrap();
        let fine = reachable && mode != READ_ONLY;
        assert_eq!(
            (result.code, result.stdout.as_str()),
            (Some(i32::from(!fine)), ""),
            "{}",
            result.stderr
        );
        assert!(result.stderr.contains(words), "{words}: {}", result.stderr);
        assert_eq!(
            (logouts > 0, is_there),
            (reachable, mode == READ_ONLY),
            "{}",
            result.stderr
        );
    }
}
