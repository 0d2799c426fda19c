//! Files and folders that refuse, are in the way, or belong to another user: the real commands
//! with each, a clear sentence with what to do, and nothing lost.
//!
//! Root may do everything, so the commands run as another user.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::path::PathBuf;
use std::process::Command;

use genkan::platform::processes::users;

use crate::support::env::{peers_are_required, skipped};
use crate::support::guest::{ALL, Guest, NEIGHBOUR, TOKEN, UNPRIVILEGED, files, own};

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
        if users::effective_user_id() == 0 {
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
            if users::effective_user_id() == 0 {
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
            if users::effective_user_id() == 0 {
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
        if users::effective_user_id() == 0 {
            own(&guest.path(".aws/sso/cache"), NEIGHBOUR);
            guest.chmod(".aws/sso/cache", 0o777);
        }
    }),
    ("a token of root, as after `sudo aws sso login`", true, |guest| {
        if users::effective_user_id() == 0 {
            own(&guest.path(TOKEN), 0);
        } else {
            guest.chmod(TOKEN, 0);
        }
    }),
    ("a token that a neighbour put there", true, |guest| {
        if users::effective_user_id() == 0 {
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
        // A user who has none in the list of users has none at all; everybody else is in their own.
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
    let can = users::effective_user_id() == 0
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
    if users::effective_user_id() == 0 && may_mount {
        insta::assert_snapshot!("sentences about files", all);
    }
}
