//! The real program in a real terminal: its bytes, its screen, its modes.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::support::env::TestEnv;
use crate::support::wait::LIMIT;

/// The Esc key, as terminals send it that can say it in one piece: what is typed behind it is read apart from it, however
/// late the program reads. A byte of its own is that key only where nothing comes for a while.
pub const ESC: &str = "\x1b[27u";

/// How long the last output of a program that has ended may take.
const LAST_OUTPUT: Duration = Duration::from_secs(5);
/// How long a program may take to end once its terminal is gone.
const TIME_TO_END: Duration = Duration::from_secs(10);

/// `ECHO` of the terminal's local modes, by its number: the library that gives the modes has a version of its own.
#[cfg(target_os = "linux")]
const ECHO: u32 = 0o10;
#[cfg(target_os = "macos")]
const ECHO: u64 = 0x8;

fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

/// What a program wrote, and the screen that it made. Together, so that what is found in one is in the other.
struct Output {
    raw: Vec<u8>,
    parser: vt100::Parser,
}

/// A program on a terminal of its own.
pub struct Screen {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    output: Arc<Mutex<Output>>,
    /// No process has the terminal any more, and all that was written to it is read.
    closed: Arc<AtomicBool>,
    started: Instant,
}

impl Screen {
    /// Starts a shell line under `sh`, so that the terminal's state can be looked at afterwards.
    pub fn script(env: &TestEnv, line: &str) -> Self {
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", line]);
        Self::start(env, command)
    }

    pub fn genkan(env: &TestEnv, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_genkan"));
        command.args(arguments);
        Self::start(env, command)
    }

    pub fn start(env: &TestEnv, mut command: CommandBuilder) -> Self {
        let size = PtySize {
            rows: 24,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        command.env_clear();
        for (name, value) in &env.environment {
            command.env(name, value);
        }
        command.env("GENKAN", env!("CARGO_BIN_EXE_genkan"));
        command.cwd(env.home.path());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let output = Arc::new(Mutex::new(Output {
            raw: Vec::new(),
            parser: vt100::Parser::new(cells(24), cells(80), 0),
        }));
        let closed = Arc::new(AtomicBool::new(false));
        let (read, end) = (Arc::clone(&output), Arc::clone(&closed));
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let mut output = read.lock().unwrap();
                output.raw.extend_from_slice(&buffer[..count]);
                output.parser.process(&buffer[..count]);
            }
            end.store(true, Ordering::SeqCst);
        });
        Self {
            child,
            writer: pair.master.take_writer().unwrap(),
            master: pair.master,
            output,
            closed,
            started: Instant::now(),
        }
    }

    pub fn text(&self) -> String {
        self.output.lock().unwrap().parser.screen().contents()
    }

    /// How a text of ASCII looks where it stands last: its colour, and whether it is bold.
    pub fn style_of(&self, text: &str) -> Option<(vt100::Color, bool)> {
        let output = self.output.lock().unwrap();
        let screen = output.parser.screen();
        let lines: Vec<String> = screen.rows(0, screen.size().1.get()).collect();
        let places = lines.iter().zip(0..);
        let (row, column) = places
            .filter_map(|(line, row)| Some((row, line.find(text)?)))
            .last()?;
        let cell = screen.cell(row, column.try_into().unwrap())?;
        Some((cell.fgcolor(), cell.bold()))
    }

    /// Every byte that the program wrote.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.output.lock().unwrap().raw).into_owned()
    }

    /// How many bytes it has written.
    pub fn written(&self) -> usize {
        self.output.lock().unwrap().raw.len()
    }

    /// What it wrote after the first `from` bytes.
    pub fn raw_since(&self, from: usize) -> String {
        String::from_utf8_lossy(&self.output.lock().unwrap().raw[from..]).into_owned()
    }

    /// Waits until the program has written these bytes after the first `from`; how many it had written
    /// up to their end.
    #[track_caller]
    pub fn wait_raw(&self, text: &str, from: usize) -> usize {
        let end = Instant::now() + LIMIT;
        loop {
            let output = self.output.lock().unwrap();
            let mut windows = output.raw[from..].windows(text.len());
            if let Some(at) = windows.position(|w| w == text.as_bytes()) {
                return from + at + text.len();
            }
            drop(output);
            assert!(Instant::now() < end, "no {text:?} any more:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Whether the terminal shows what is typed.
    pub fn shows_typing(&self) -> bool {
        let modes = self.master.get_termios().unwrap();
        modes.local_flags.bits() & ECHO != 0
    }

    /// Whether it is within its time limit.
    pub fn is_young(&self) -> bool {
        self.started.elapsed() < 2 * LIMIT
    }

    /// Waits for something that no text alone tells.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, mut there: impl FnMut(&mut Self) -> bool) {
        let end = Instant::now() + LIMIT;
        while !there(self) {
            assert!(Instant::now() < end, "no {what}:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub fn takes_the_mouse(&self) -> bool {
        let output = self.output.lock().unwrap();
        output.parser.screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None
    }

    /// Whether arrows or keypad send what only full-screen programs want.
    pub fn has_odd_keys(&self) -> bool {
        let output = self.output.lock().unwrap();
        let screen = output.parser.screen();
        screen.application_cursor() || screen.application_keypad()
    }

    #[track_caller]
    pub fn wait(&self, text: &str) {
        let end = Instant::now() + LIMIT;
        while !self.text().contains(text) {
            assert!(
                Instant::now() < end,
                "no `{text}` on the screen:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[track_caller]
    pub fn gone(&self, text: &str) {
        let end = Instant::now() + LIMIT;
        while self.text().contains(text) {
            assert!(
                Instant::now() < end,
                "still `{text}` on the screen:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Types into the program, which may have ended and closed its terminal: its exit code and its screen say so.
    pub fn type_keys(&mut self, keys: &str) {
        let typed = self.writer.write_all(keys.as_bytes());
        match typed.and_then(|()| self.writer.flush()) {
            Err(error) if error.raw_os_error() == Some(Errno::EIO as i32) => {}
            result => result.unwrap(),
        }
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.output
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(cells(rows), cells(columns));
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.master.resize(size).unwrap();
    }

    /// Waits for the end, and gives the exit code as a shell does: 128 and its number for a signal.
    #[track_caller]
    pub fn exit(&mut self) -> u32 {
        let end = Instant::now() + LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // What it wrote last may still be on its way; a process that it left may keep the terminal open.
                let end = Instant::now() + LAST_OUTPUT;
                while !self.closed.load(Ordering::SeqCst) && Instant::now() < end {
                    std::thread::sleep(Duration::from_millis(2));
                }
                return match status.signal() {
                    None => status.exit_code(),
                    Some("Hangup") => 129,
                    Some("Interrupt") => 130,
                    Some("Quit") => 131,
                    Some("Killed") => 137,
                    Some("Terminated") => 143,
                    Some(other) => panic!("ended by {other}:\n{}", self.text()),
                };
            }
            assert!(Instant::now() < end, "still running:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.process_id().unwrap()).unwrap()
    }

    pub fn modes(&self) -> (bool, bool, bool) {
        let output = self.output.lock().unwrap();
        let screen = output.parser.screen();
        (
            screen.alternate_screen(),
            screen.hide_cursor(),
            screen.bracketed_paste(),
        )
    }

    #[track_caller]
    pub fn is_whole(&self) {
        let end = Instant::now() + LIMIT;
        while self.modes() != (false, false, false) {
            assert!(
                Instant::now() < end,
                "alternate, hidden cursor, paste: {:?}",
                self.modes()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Screen {
    /// Ends what still has the terminal, as closing it does: programs remove what they made. What stays is killed: a shell
    /// whose terminal is gone may ask for it in a loop.
    fn drop(&mut self) {
        let is_over = |screen: &mut Self| {
            let _ = screen.child.try_wait();
            screen.closed.load(Ordering::SeqCst)
                && having_the_terminal_of(screen.child.process_id()).is_empty()
        };
        let end = |screen: &Self, signal: Signal| {
            for pid in having_the_terminal_of(screen.child.process_id()) {
                let _ = kill(pid, signal);
            }
        };
        if is_over(self) {
            return;
        }
        end(self, Signal::SIGHUP);
        end(self, Signal::SIGCONT);
        let begun = Instant::now();
        while begun.elapsed() < TIME_TO_END {
            if is_over(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        end(self, Signal::SIGKILL);
        let _ = self.child.kill();
    }
}

/// The processes of the session that a process began, which are not dead.
fn having_the_terminal_of(leader: Option<u32>) -> Vec<Pid> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let of_session = processes.filter(|entry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // Behind the name: state, parent, group, session.
        let behind = stat.rsplit_once(") ").map_or("", |(_, behind)| behind);
        let session = behind.split(' ').nth(3).and_then(|session| session.parse().ok());
        session.is_some() && session == leader && !behind.starts_with('Z')
    });
    let pids = of_session.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.map(Pid::from_raw).collect()
}

pub fn signal(pid: i32, name: &str) {
    let signal: Signal = format!("SIG{name}").parse().unwrap();
    kill(Pid::from_raw(pid), signal).unwrap();
}
