//! The programs that this process was started by, nearest first.

use std::io::Read as _;
use std::process::{Command, Stdio};

/// More wrappers than anyone puts between a shell and a command.
const FARTHEST: usize = 16;

/// The names of the parent process, its parent and so on, as far as they can be read. Each is read when it is asked
/// for: without `/proc` that starts a program.
pub fn ancestor_programs() -> impl Iterator<Item = String> {
    let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    follow_parents(parent, |pid| from_proc(pid).or_else(|| from_ps(pid)))
}

/// The name of the parent process, where it can be read without starting a program: SDKs run some commands before each
/// request of theirs.
#[must_use]
pub fn parent_program() -> Option<String> {
    let parent = rustix::process::getppid()?.as_raw_nonzero().get();
    from_proc(parent).map(|(name, _)| name)
}

/// Whether a process is another one, or was started under it.
#[must_use]
pub fn is_under(process: u32, ancestor: u32) -> bool {
    let (Ok(process), Ok(ancestor)) = (i32::try_from(process), i32::try_from(ancestor)) else {
        return false;
    };
    let mut next = Some(process);
    for _ in 0..FARTHEST {
        match next {
            Some(pid) if pid == ancestor => return true,
            Some(pid) if pid > 1 => next = from_proc(pid).or_else(|| from_ps(pid)).map(|(_, parent)| parent),
            _ => return false,
        }
    }
    false
}

/// Follows parents until there is none, or one can't be read.
fn follow_parents(
    first: Option<i32>,
    read: impl Fn(i32) -> Option<(String, i32)>,
) -> impl Iterator<Item = String> {
    let mut next = first;
    let name = move || {
        let (name, parent) = read(next.filter(|pid| *pid > 0)?)?;
        next = Some(parent);
        Some(name)
    };
    std::iter::from_fn(name).take(FARTHEST)
}

/// `PID (NAME) STATE PPID …`, where the name may hold anything.
#[allow(clippy::disallowed_methods, reason = "the kernel's own file")]
fn from_proc(pid: i32) -> Option<(String, i32)> {
    let mut file = std::fs::File::open(format!("/proc/{pid}/stat")).ok()?;
    // One line, of which the beginning is enough: a name has at most 64 bytes.
    let mut stat = [0; 512];
    let length = file.read(&mut stat).ok()?;
    let stat = String::from_utf8_lossy(stat.get(..length)?);
    let (front, rest) = stat.rsplit_once(')')?;
    let (_, name) = front.split_once('(')?;
    let parent = rest.split_whitespace().nth(1)?.parse().ok()?;
    Some((name.to_owned(), parent))
}

/// Where there is no `/proc`, as on macOS.
fn from_ps(pid: i32) -> Option<(String, i32)> {
    let output = Command::new("ps")
        .args(["-o", "ppid=,comm=", "-p", &pid.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (parent, name) = text.trim().split_once(char::is_whitespace)?;
    // A login shell is called `-zsh`.
    let name = name.trim().trim_start_matches('-');
    Some((name.to_owned(), parent.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sources_agree_about_this_process() {
        let own = i32::try_from(std::process::id()).expect("fits");
        let (name, parent) = from_proc(own).expect("/proc");
        assert_eq!(
            Some(parent),
            rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get())
        );
        if let Some((seen, same)) = from_ps(own) {
            assert_eq!((seen.as_str(), same), (name.as_str(), parent));
        }
        assert!(ancestor_programs().next().is_some());
        assert_eq!(super::parent_program(), ancestor_programs().next());
    }

    #[test]
    fn a_process_is_under_itself_and_its_parents() {
        let own = std::process::id();
        let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
        let parent = u32::try_from(parent.expect("a parent")).expect("positive");
        assert!(is_under(own, own) && is_under(own, parent));
        assert!(!is_under(parent, own) && !is_under(own, u32::MAX));
    }

    #[test]
    fn the_chain_ends_where_nothing_can_be_read() {
        let read = |pid: i32| (pid > 1).then(|| (format!("p{pid}"), pid - 1));
        let names =
            |first, read: fn(i32) -> Option<(String, i32)>| follow_parents(first, read).collect::<Vec<_>>();
        assert_eq!(names(Some(3), read), ["p3", "p2"]);
        assert_eq!(names(None, read), Vec::<String>::new());
        assert_eq!(names(Some(1000), read).len(), FARTHEST);
        assert_eq!(names(Some(7), |_| Some(("loop".into(), 7))).len(), FARTHEST);
    }

    #[test]
    fn only_as_many_are_read_as_are_asked_for() {
        let reads = std::cell::Cell::new(0);
        let read = |pid: i32| {
            reads.set(reads.get() + 1);
            Some((format!("p{pid}"), pid - 1))
        };
        assert_eq!(
            follow_parents(Some(9), read).find(|name| name == "p8").as_deref(),
            Some("p8")
        );
        assert_eq!(reads.get(), 2);
    }
}
