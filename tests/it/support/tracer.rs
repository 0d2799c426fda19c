//! The real program under trace: stopped before every step that changes its home folder, to die there, to write only
//! half, or to be refused by the disk. Nothing of this is in the program.
//!
//! The kernel stops it at those system calls only, by a seccomp filter: stopping at each of them, as a debugger does,
//! took several times as long as the program itself.

use std::collections::{BTreeMap, BTreeSet};
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
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// The system calls that may change something.
const CHANGES: [libc::c_long; 21] = [
    libc::SYS_mkdir,
    libc::SYS_mkdirat,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlink,
    libc::SYS_unlinkat,
    libc::SYS_rmdir,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_write,
    libc::SYS_pwrite64,
    libc::SYS_writev,
    libc::SYS_ftruncate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_fchmod,
    libc::SYS_fchown,
    libc::SYS_flock,
    libc::SYS_openat,
];
/// `openat` only with one of these flags, which are its third argument.
const OPENS: [libc::c_int; 2] = [libc::O_CREAT, libc::O_TRUNC];

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
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_TRACESECCOMP
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
    // Programs that it starts have its filter, too. They go their way, and are waited for.
    let mut processes = BTreeSet::from([pid]);
    // A program may end before the word of its start comes.
    let mut ended = BTreeSet::new();
    let mut code = None;
    while !processes.is_empty() {
        // Only what this thread traces: other tests have children too.
        let event = match waitpid(None, Some(WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD)) {
            // What was started just when the program was killed.
            Err(Errno::ECHILD) => break,
            event => event.unwrap(),
        };
        match event {
            WaitStatus::Exited(result, exit_code) => {
                processes.remove(&result);
                ended.insert(result);
                if result == pid {
                    code = Some(exit_code);
                }
            }
            WaitStatus::Signaled(result, signal, _) => {
                processes.remove(&result);
                ended.insert(result);
                assert!(result != pid || signal == Signal::SIGKILL, "{:?}", trace.steps);
            }
            WaitStatus::PtraceSyscall(thread) => {
                trace.leaves(thread, pid);
                go_on(thread, None);
            }
            WaitStatus::PtraceEvent(thread, _, libc::PTRACE_EVENT_SECCOMP) => {
                if trace.begun && is_thread_of(thread, pid) && trace.enters(thread, pid) {
                    go_on_until_it_returns(thread);
                } else {
                    go_on(thread, None);
                }
            }
            WaitStatus::PtraceEvent(thread, _, event) => {
                trace.begun |= event == libc::PTRACE_EVENT_EXEC;
                if matches!(event, libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK)
                    && let Ok(started) = ptrace::getevent(thread)
                {
                    let started = Pid::from_raw(i32::try_from(started).unwrap());
                    if !ended.contains(&started) {
                        processes.insert(started);
                    }
                }
                go_on(thread, None);
            }
            WaitStatus::Stopped(thread, signal) => go_on(thread, Some(signal)),
            _ => {}
        }
    }
    let mut stderr = String::new();
    // A program that was being started when its starter was killed keeps the pipe open, and stands still.
    if code.is_some() {
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    }
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
    // A filter holds for a thread and for what it starts, so a thread of its own starts the command. Its children are
    // the whole process's, so that they outlive it.
    let spawn = || {
        seccompiler::apply_filter(&filter()).unwrap();
        shell.spawn().unwrap()
    };
    let child = std::thread::scope(|scope| scope.spawn(spawn).join().unwrap());
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let stopped = waitpid(pid, Some(WaitPidFlag::WUNTRACED)).unwrap();
    assert_eq!(stopped, WaitStatus::Stopped(pid, Signal::SIGSTOP));
    child
}

/// Stops a process that has it at system calls that may change something. Without a tracer they fail.
fn filter() -> BpfProgram {
    let opens = OPENS.map(|flag| {
        let flag = u64::try_from(flag).unwrap();
        let with_flag = SeccompCondition::new(2, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(flag), flag);
        SeccompRule::new(vec![with_flag.unwrap()]).unwrap()
    });
    let rules = CHANGES.map(|call| match call {
        libc::SYS_openat => (call, opens.to_vec()),
        _ => (call, Vec::new()),
    });
    let arch = std::env::consts::ARCH.try_into().unwrap();
    SeccompFilter::new(rules.into(), SeccompAction::Allow, SeccompAction::Trace(0), arch)
        .unwrap()
        .try_into()
        .unwrap()
}

fn is_thread_of(thread: Pid, process: Pid) -> bool {
    Path::new(&format!("/proc/{process}/task/{thread}")).exists()
}

/// A thread may be gone already, with its killed process.
fn go_on(thread: Pid, signal: Option<Signal>) {
    match ptrace::cont(thread, signal) {
        Ok(()) | Err(Errno::ESRCH) => {}
        Err(error) => panic!("{error}"),
    }
}

/// The same, to the end of the system call that it stands before.
fn go_on_until_it_returns(thread: Pid) {
    match ptrace::syscall(thread, None) {
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
    /// A system call has returned.
    fn leaves(&mut self, thread: Pid, process: Pid) {
        match self.after.remove(&thread) {
            Some(Fate::Refused(errno)) => {
                let mut registers = ptrace::getregs(thread).unwrap();
                registers.rax = i64::from(-(errno as i32)).cast_unsigned();
                ptrace::setregs(thread, registers).unwrap();
            }
            Some(_) => kill(process, Signal::SIGKILL).unwrap(),
            None => {}
        }
    }

    /// A system call begins. Whether its end counts, too.
    fn enters(&mut self, thread: Pid, process: Pid) -> bool {
        let Ok(mut registers) = ptrace::getregs(thread) else {
            return false;
        };
        let Some(step) = self.step(thread, &registers) else {
            return false;
        };
        self.steps.push(step);
        let Some((number, fate)) = self.fated else {
            return false;
        };
        if self.steps.len() != number + 1 {
            return false;
        }
        let is_write = registers.orig_rax == libc::SYS_write.cast_unsigned();
        match fate {
            Fate::Die => {
                kill(process, Signal::SIGKILL).unwrap();
                return false;
            }
            Fate::DieHalfway => {
                if is_write {
                    registers.rdx /= 2;
                    ptrace::setregs(thread, registers).unwrap();
                }
            }
            Fate::Refused(_) => {
                // No system call has this number: the kernel does nothing.
                registers.orig_rax = u64::MAX;
                ptrace::setregs(thread, registers).unwrap();
            }
        }
        self.after.insert(thread, fate);
        true
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
