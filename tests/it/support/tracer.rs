//! The real program under trace: stopped before every step that changes its home folder, to die
//! there, to write only half, or to be refused by the disk. Nothing of this is in the program.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// What happens at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// SIGKILL before it.
    Die,
    /// SIGKILL after half of a write; after the whole of any other step.
    DieHalfway,
    /// The disk says no.
    Refused(Errno),
}

/// How a traced run went.
#[derive(Debug)]
pub struct Run {
    /// The steps that it came to, in words.
    pub steps: Vec<String>,
    /// Its exit code, unless it was killed.
    pub code: Option<i32>,
    pub stderr: String,
}

/// Runs a command; the step of this number meets its fate.
#[allow(
    clippy::zombie_processes,
    reason = "it is waited for by its number, with all its threads"
)]
pub fn run(command: &Command, home: &Path, fated: Option<(usize, Fate)>) -> Run {
    let mut child = stopped(command);
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_EXITKILL;
    ptrace::seize(pid, options).unwrap();
    kill(pid, Signal::SIGCONT).unwrap();
    let mut trace = Trace {
        home,
        fated,
        steps: Vec::new(),
        after: BTreeMap::new(),
        begun: false,
    };
    let code = loop {
        // Only what this thread traces: other tests have children too.
        match waitpid(None, Some(WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD)).unwrap() {
            WaitStatus::Exited(result, code) if result == pid => break Some(code),
            WaitStatus::Signaled(result, signal, _) if result == pid => {
                assert_eq!(signal, Signal::SIGKILL, "{:?}", trace.steps);
                break None;
            }
            WaitStatus::PtraceSyscall(thread) => trace.system_call(thread, pid),
            WaitStatus::PtraceEvent(thread, _, event) => {
                trace.begun |= event == libc::PTRACE_EVENT_EXEC;
                go_on(thread, None);
            }
            WaitStatus::Stopped(thread, signal) => go_on(thread, Some(signal)),
            _ => {}
        }
    };
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    Run {
        steps: trace.steps,
        code,
        stderr,
    }
}

/// The command in a process that has stopped itself before it became that command.
fn stopped(command: &Command) -> std::process::Child {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", "kill -STOP $$; exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    let child = shell.spawn().unwrap();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let stopped = waitpid(pid, Some(WaitPidFlag::WUNTRACED)).unwrap();
    assert_eq!(stopped, WaitStatus::Stopped(pid, Signal::SIGSTOP));
    child
}

/// A thread may be gone already, with its killed process.
fn go_on(thread: Pid, signal: Option<Signal>) {
    match ptrace::syscall(thread, signal) {
        Ok(()) | Err(Errno::ESRCH) => {}
        Err(error) => panic!("{error}"),
    }
}

struct Trace<'a> {
    home: &'a Path,
    fated: Option<(usize, Fate)>,
    steps: Vec<String>,
    /// What is done with a thread when its system call has returned.
    after: BTreeMap<Pid, Fate>,
    /// The shell has become the program.
    begun: bool,
}

impl Trace<'_> {
    fn system_call(&mut self, thread: Pid, process: Pid) {
        let Ok(info) = ptrace::syscall_info(thread) else {
            return;
        };
        if info.op == libc::PTRACE_SYSCALL_INFO_EXIT {
            match self.after.remove(&thread) {
                Some(Fate::Refused(errno)) => {
                    let mut registers = ptrace::getregs(thread).unwrap();
                    registers.rax = i64::from(-(errno as i32)).cast_unsigned();
                    ptrace::setregs(thread, registers).unwrap();
                }
                Some(_) => kill(process, Signal::SIGKILL).unwrap(),
                None => {}
            }
        } else if self.begun {
            self.enters(thread, process);
        }
        go_on(thread, None);
    }

    fn enters(&mut self, thread: Pid, process: Pid) {
        let Ok(mut registers) = ptrace::getregs(thread) else {
            return;
        };
        let Some(step) = self.step(thread, &registers) else {
            return;
        };
        self.steps.push(step);
        let Some((number, fate)) = self.fated else {
            return;
        };
        if self.steps.len() != number + 1 {
            return;
        }
        let is_write = registers.orig_rax == libc::SYS_write.cast_unsigned();
        match fate {
            Fate::DieHalfway => {
                if is_write {
                    registers.rdx /= 2;
                    ptrace::setregs(thread, registers).unwrap();
                }
                self.after.insert(thread, fate);
            }
            Fate::Die => kill(process, Signal::SIGKILL).unwrap(),
            Fate::Refused(_) => {
                // No system call has this number: the kernel does nothing.
                registers.orig_rax = u64::MAX;
                ptrace::setregs(thread, registers).unwrap();
                self.after.insert(thread, fate);
            }
        }
    }

    /// A system call in words, if it changes something in the home folder.
    fn step(&self, thread: Pid, r: &libc::user_regs_struct) -> Option<String> {
        let number = i64::try_from(r.orig_rax).ok()?;
        let at = |folder: u64, path: u64| path_of(thread, Some(folder), path);
        let path = |path: u64| path_of(thread, None, path);
        let changes = u64::try_from(libc::O_CREAT | libc::O_TRUNC).ok()?;
        let (name, place) = match number {
            libc::SYS_openat if r.rdx & changes != 0 => ("create", at(r.rdi, r.rsi)),
            libc::SYS_mkdir => ("mkdir", path(r.rdi)),
            libc::SYS_mkdirat => ("mkdir", at(r.rdi, r.rsi)),
            libc::SYS_rename => ("rename", path(r.rsi)),
            libc::SYS_renameat | libc::SYS_renameat2 => ("rename", at(r.rdx, r.r10)),
            libc::SYS_unlink => ("unlink", path(r.rdi)),
            libc::SYS_unlinkat => ("unlink", at(r.rdi, r.rsi)),
            libc::SYS_rmdir => ("rmdir", path(r.rdi)),
            libc::SYS_chmod => ("chmod", path(r.rdi)),
            libc::SYS_chown | libc::SYS_lchown => ("chown", path(r.rdi)),
            libc::SYS_write | libc::SYS_pwrite64 | libc::SYS_writev => ("write", open_file(thread, r.rdi)),
            libc::SYS_ftruncate => ("truncate", open_file(thread, r.rdi)),
            libc::SYS_fsync | libc::SYS_fdatasync => ("sync", open_file(thread, r.rdi)),
            libc::SYS_fchmod => ("chmod", open_file(thread, r.rdi)),
            libc::SYS_fchown => ("chown", open_file(thread, r.rdi)),
            libc::SYS_flock => ("lock", open_file(thread, r.rdi)),
            _ => return None,
        };
        let place = place?;
        let inside = place.strip_prefix(self.home).ok()?;
        Some(format!("{name} {}", inside.display()))
    }
}

fn path_of(thread: Pid, folder: Option<u64>, address: u64) -> Option<PathBuf> {
    let mut bytes = vec![0; 4096];
    let memory = File::open(format!("/proc/{thread}/mem")).ok()?;
    let read = memory.read_at(&mut bytes, address).ok()?;
    let text = bytes.get(..read)?.split(|b| *b == 0).next()?;
    let path = PathBuf::from(std::str::from_utf8(text).ok()?);
    match folder {
        Some(folder) if path.is_relative() => Some(open_file(thread, folder)?.join(path)),
        _ => Some(path),
    }
}

fn open_file(thread: Pid, number: u64) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{thread}/fd/{number}")).ok()
}
