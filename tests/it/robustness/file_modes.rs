//! Invalid files, umasks, pipes, the files of root as a guest, and a sign-out that can delete only one half.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use genkan::platform::processes::users;

use crate::support::env::{TestEnv, command_result, skipped};
use crate::support::guest::{ALL, EXPORT, Guest, LIST, LOGIN, NEIGHBOUR, TOKEN, UNPRIVILEGED, files, own};

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
        .filter(|p| p.extension().is_some_and(|e| e == "json" || e == "catalog"));
    let mut seen = 0;
    for (path, broken) in ours.zip(["", "{\"half\": \"wr", "[1]", "\u{0}\u{0}\u{0}"].iter().cycle()) {
        let name = path
            .strip_prefix(guest.env.home.path())
            .unwrap()
            .display()
            .to_string();
        // Losing what was learned of the clock or of a portal's limit costs nothing.
        if name.contains("clock.json") || name.contains("/pace/") {
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
        if users::effective_user_id() == 0 {
            command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
        }
        let result = command_result(command.output().unwrap());
        assert_ne!(result.code, Some(124), "{arguments:?} hangs: {}", result.stderr);
    }
}

/// Root in another user's home, as in a container with a mounted folder, leaves files that are theirs.
#[test]
fn root_keeps_files_owned_by_the_home_owner() {
    if users::effective_user_id() != 0 {
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
