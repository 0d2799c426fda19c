//! The real program in a real terminal: journeys, and a terminal that is whole afterwards.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::interop::sandbox_protocol::between;
use crate::support::env::{RecordingBrowser, TestEnv};
use crate::support::http;

/// How long anything may take to show up; far more than it needs, for slow machines.
const TIMEOUT: Duration = Duration::from_secs(30);

fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

/// A program on a terminal of its own.
pub struct Screen {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    parser: Arc<Mutex<vt100::Parser>>,
    raw: Arc<Mutex<Vec<u8>>>,
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
        let parser = Arc::new(Mutex::new(vt100::Parser::new(cells(24), cells(80), 0)));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let (seen, bytes) = (Arc::clone(&parser), Arc::clone(&raw));
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                seen.lock().unwrap().process(&buffer[..count]);
                bytes.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Self {
            child,
            writer: pair.master.take_writer().unwrap(),
            master: pair.master,
            parser,
            raw,
            started: Instant::now(),
        }
    }

    pub fn text(&self) -> String {
        self.parser.lock().unwrap().screen().contents()
    }

    /// Every byte that the program wrote.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.raw.lock().unwrap()).into_owned()
    }

    /// Waits until the program has written these bytes after the first `from`; how many it had written
    /// up to their end.
    #[track_caller]
    pub fn wait_raw(&self, text: &str, from: usize) -> usize {
        let end = Instant::now() + TIMEOUT;
        loop {
            let raw = self.raw.lock().unwrap();
            let found = raw[from..].windows(text.len()).position(|w| w == text.as_bytes());
            if let Some(at) = found {
                return from + at + text.len();
            }
            drop(raw);
            assert!(Instant::now() < end, "no {text:?} any more:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Whether nobody needs to lose patience with it yet.
    pub fn is_young(&self) -> bool {
        self.started.elapsed() < 4 * TIMEOUT
    }

    /// Waits for something that no text alone tells.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, mut there: impl FnMut(&mut Self) -> bool) {
        let end = Instant::now() + TIMEOUT;
        while !there(self) {
            assert!(Instant::now() < end, "no {what}:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub fn takes_the_mouse(&self) -> bool {
        let parser = self.parser.lock().unwrap();
        parser.screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None
    }

    /// Whether arrows or keypad send what only full-screen programs want.
    pub fn has_odd_keys(&self) -> bool {
        let parser = self.parser.lock().unwrap();
        parser.screen().application_cursor() || parser.screen().application_keypad()
    }

    #[track_caller]
    pub fn wait(&self, text: &str) {
        let end = Instant::now() + TIMEOUT;
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
        let end = Instant::now() + TIMEOUT;
        while self.text().contains(text) {
            assert!(
                Instant::now() < end,
                "still `{text}` on the screen:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn type_keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.parser
            .lock()
            .unwrap()
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

    #[track_caller]
    pub fn exit(&mut self) -> u32 {
        let end = Instant::now() + TIMEOUT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // What it wrote last may still be on its way.
                std::thread::sleep(Duration::from_millis(50));
                return status.exit_code();
            }
            assert!(Instant::now() < end, "still running:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.process_id().unwrap()).unwrap()
    }

    pub fn modes(&self) -> (bool, bool, bool) {
        let parser = self.parser.lock().unwrap();
        let screen = parser.screen();
        (
            screen.alternate_screen(),
            screen.hide_cursor(),
            screen.bracketed_paste(),
        )
    }

    #[track_caller]
    pub fn is_whole(&self) {
        let end = Instant::now() + TIMEOUT;
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
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

pub fn signal(pid: i32, name: &str) {
    let sent = std::process::Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Approves a sign-in the way a browser does.
fn approve_in_browser(address: &str) {
    let url = url::Url::parse(address).unwrap();
    let base = format!("http://{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let page = http::get(&base, &format!("{}?{}", url.path(), url.query().unwrap())).text();
    let code = between(&page, "name=user_code value=\"", "\"");
    let seal = between(&page, "name=seal value=\"", "\"");
    let done = http::post_form(
        &base,
        "/device",
        &[("user_code", &code), ("seal", &seal), ("decision", "allow")],
    );
    assert!(done.text().contains("You are signed in"));
}

/// The whole journey of the demo: sign in on the page, search, subshell, copy, console, export.
#[test]
fn demo_from_sign_in_to_export() {
    let mut env = TestEnv::new();
    let browser = RecordingBrowser::install(&mut env);
    let addresses = || browser.addresses();

    let mut screen = Screen::genkan(&env, &["demo"]);
    screen.wait("Sign in on the page that opened in your browser");
    screen.wait("the code works for");
    let end = Instant::now() + TIMEOUT;
    while addresses().is_empty() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    approve_in_browser(addresses().first().expect("the page was opened"));
    screen.wait("40 accounts");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys("echo account=$GENKAN_ACCOUNT_ID region=$AWS_REGION; exit 3\r");
    screen.wait("back from payments-dev/AdministratorAccess; its last command ended with 3");
    assert!(
        screen
            .raw()
            .contains("account=310660284419 region=ap-northeast-1")
    );
    screen.wait("payments-dev adm");
    screen.type_keys("\x19");
    screen.wait("Copy credentials of payments-dev/AdministratorAccess?");
    assert!(
        !screen.raw().contains("\u{1b}]52;"),
        "nothing is copied before Enter"
    );
    screen.type_keys("\r");
    screen.wait("sent to your terminal's");
    assert!(screen.raw().contains("\u{1b}]52;c;"));
    screen.type_keys("\x0f");
    screen.wait("is in the browser");
    let end = Instant::now() + TIMEOUT;
    while addresses().len() < 2 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    let console = addresses().get(1).expect("the console was opened").clone();
    assert!(
        !console.contains("SigninToken"),
        "no secret in an argument: {console}"
    );
    let (base, path) = console.split_at(console.rfind('/').unwrap());
    let redirect = http::get(base, path);
    assert!(redirect.header("location").unwrap().contains("Action=login"));
    screen.type_keys("\x05");
    screen.wait("Export payments-dev/AdministratorAccess");
    screen.type_keys("\r");
    assert_eq!(screen.exit(), 0);
    screen.is_whole();
    assert!(
        screen.text().contains("export AWS_ACCESS_KEY_ID='ASIA"),
        "{}",
        screen.text()
    );
    assert!(screen.text().contains("the demo is over"));
}

#[test]
fn auto_approved_demo_opens_no_page() {
    let mut env = TestEnv::new();
    let browser = RecordingBrowser::install(&mut env);
    let mut screen = Screen::genkan(&env, &["demo", "--auto-approve"]);
    screen.wait("40 accounts");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\x0f");
    screen.wait("is in the browser");
    let end = Instant::now() + TIMEOUT;
    while browser.addresses().is_empty() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    let addresses = browser.addresses();
    assert_eq!(addresses.len(), 1, "{addresses:?}");
    assert!(!addresses[0].contains("user_code"), "{addresses:?}");
    screen.type_keys("\x03");
    screen.exit();
}

/// The portal on a home folder of its own, signed in.
fn at_home() -> (TestEnv, Screen) {
    let env = TestEnv::new();
    env.sign_in();
    let screen = Screen::genkan(&env, &[]);
    screen.wait("synced");
    (env, screen)
}

#[test]
fn first_run_adds_the_session_to_the_config_file() {
    let env = TestEnv::new();
    let before = "# mine\r\n[profile a]\nregion=eu-west-1 # here\n\n\n";
    env.write(".aws/config", before);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("Where is your AWS access portal?");
    screen.type_keys("genkan-sandbox.awsapps.com/start\r");
    screen.type_keys("ap-northeast-1\r");
    screen.wait("synced");
    let after = env.read(".aws/config");
    assert!(after.starts_with(before), "{after}");
    assert!(after.contains("[sso-session genkan-sandbox]\r\n"), "{after}");
    screen.type_keys("\x1b");
    assert_eq!(screen.exit(), 0);
    screen.is_whole();
}

/// The check of a session is a sign-in's first half, and only one goes on at once.
#[test]
fn first_run_names_the_process_it_waits_for() {
    let mut env = TestEnv::with(|options| options.auto_approve = false);
    let mut command = env.command(&["login", "--no-browser"]);
    let mut login = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    while env.sandbox.counts().start_device_authorization == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let elsewhere = env.path("other config").to_str().unwrap().to_owned();
    env.environment.insert("AWS_CONFIG_FILE".into(), elsewhere);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("Where is your AWS access portal?");
    screen.type_keys("genkan-sandbox.awsapps.com/start\r");
    screen.type_keys("ap-northeast-1\t");
    screen.type_keys("\x15demo\r");
    screen.wait("another genkan is signing in to this session");
    login.kill().unwrap();
    login.wait().unwrap();
    screen.wait("Check that it shows this code");
    screen.type_keys("\x03");
    screen.exit();
    screen.is_whole();
}

#[test]
fn wrong_start_url_can_be_corrected() {
    let env = TestEnv::new();
    env.write(".aws/config", "");
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("Start URL");
    screen.type_keys("elsewhere.awsapps.com/start\r");
    screen.type_keys("ap-northeast-1\r");
    screen.wait("Identity Center refused the request");
    assert_eq!(env.read(".aws/config"), "");
    screen.type_keys("\x1b");
    screen.gone("Identity Center refused the request");
    assert!(!screen.has_ended(), "Esc over an error dismisses it");
    screen.type_keys("\x1b");
    screen.exit();
}

#[test]
fn quitting_restores_the_terminal() {
    let (_house, mut screen) = at_home();
    assert_eq!(screen.modes(), (true, true, true));
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 0);
    screen.is_whole();
}

/// In a container the leaders of the session and of the group may live outside: their ids are 0 then.
#[test]
fn portal_works_in_an_entered_container() {
    const CONTAINER: &[&str] = &["--user", "--map-root-user", "--pid", "--fork"];
    let allowed = std::process::Command::new("unshare")
        .args(CONTAINER)
        .arg("true")
        .output();
    if !allowed.is_ok_and(|it| it.status.success()) {
        return crate::support::env::skipped("containers can't be made here");
    }
    let env = TestEnv::new();
    env.sign_in();
    let line = format!(
        "unshare {} sh -c '\"$GENKAN\"; echo left: $?'",
        CONTAINER.join(" ")
    );
    let mut screen = Screen::script(&env, &line);
    screen.wait("synced");
    screen.type_keys("\x1a");
    screen.wait("no shell to go back to");
    screen.type_keys("\x03");
    screen.wait("left: 0");
    assert_eq!(screen.exit(), 0);
}

#[test]
fn signals_restore_the_terminal() {
    for (name, code) in [
        ("TERM", 143),
        ("HUP", 129),
        ("INT", 130),
        ("QUIT", 131),
        ("USR1", 138),
        ("USR2", 140),
        ("ALRM", 142),
        ("VTALRM", 154),
        ("PROF", 155),
        ("XCPU", 152),
        ("IO", 157),
        ("PWR", 158),
    ] {
        let (_house, mut screen) = at_home();
        signal(screen.pid(), name);
        assert_eq!(screen.exit(), code, "{name}");
        screen.is_whole();
    }
}

#[test]
fn quitting_restores_cooked_mode() {
    let env = TestEnv::new();
    env.sign_in();
    for (keys, name) in [("\x1b", "quit"), ("", "TERM"), ("", "QUIT")] {
        let line = "before=$(stty -g); \"$GENKAN\" & pid=$!; fg >/dev/null 2>&1; wait $pid; \
                    after=$(stty -g); [ \"$before\" = \"$after\" ] && echo same || echo different";
        // Without job control the portal runs in the foreground of its own.
        let line = line.replace("& pid=$!; fg >/dev/null 2>&1; wait $pid;", ";");
        let mut screen = Screen::script(&env, &line);
        screen.wait("synced");
        if keys.is_empty() {
            let found = std::process::Command::new("pgrep")
                .args(["-P", &screen.pid().to_string()])
                .output()
                .unwrap();
            signal(
                String::from_utf8(found.stdout).unwrap().trim().parse().unwrap(),
                name,
            );
        } else {
            screen.type_keys(keys);
        }
        screen.exit();
        assert!(screen.text().contains("same"), "{name}: {}", screen.text());
    }
}

#[test]
fn ctrl_z_suspends_and_fg_resumes_the_portal() {
    let env = TestEnv::new();
    env.sign_in();
    let mut command = CommandBuilder::new("/bin/bash");
    command.args(["--norc", "--noprofile", "-i"]);
    let mut screen = Screen::start(&env, command);
    screen.type_keys("PS1='ready> '\r");
    screen.wait("ready>");
    screen.type_keys("\"$GENKAN\"\r");
    screen.wait("synced");
    screen.type_keys("pay");
    screen.wait("› pay");
    screen.type_keys("\x1a");
    screen.wait("Stopped");
    assert!(!screen.modes().0);
    screen.type_keys("echo still here\r");
    screen.wait("\nstill here");
    screen.type_keys("fg\r");
    screen.wait("› pay");
    screen.type_keys("ments-dev");
    screen.wait("› payments-dev");
    screen.type_keys("\x03");
    screen.wait("ready>");
    screen.type_keys("exit\r");
    screen.exit();
}

#[test]
fn portal_follows_every_resize() {
    let (_house, mut screen) = at_home();
    for (columns, rows) in [(120, 36), (40, 10), (29, 9), (200, 50), (80, 24)] {
        screen.resize(columns, rows);
        if columns < 30 {
            screen.wait("genkan needs");
        } else {
            screen.wait("shell");
            screen.wait("artifact-regi");
        }
    }
    screen.type_keys("\x03");
    screen.exit();
}

/// The portal draws on the terminal while its output is captured.
#[test]
fn picker_works_inside_a_command_substitution() {
    let env = TestEnv::new();
    env.sign_in();
    let mut screen = Screen::script(
        &env,
        "eval \"$(\"$GENKAN\" export)\"; echo \"picked $GENKAN_ACCOUNT_NAME\"",
    );
    screen.wait("synced");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.exit();
    assert!(screen.text().contains("picked payments-dev"), "{}", screen.text());
    let mut screen = Screen::script(&env, "\"$GENKAN\" export > out; echo \"code $?\"; wc -c < out");
    screen.wait("synced");
    screen.type_keys("\x1b");
    screen.exit();
    assert!(screen.text().contains("code 130"), "{}", screen.text());
    assert_eq!(env.read("out"), "");
}

#[test]
fn denied_sign_in_offers_another() {
    let env = TestEnv::with(|options| options.auto_approve = false);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("the code works for");
    let code = |screen: &Screen| between(&screen.text(), "user_code=", "\n").trim().to_owned();
    let first = code(&screen);
    assert!(env.sandbox.control().deny(&first));
    screen.wait("denied");
    screen.type_keys("\r");
    screen.wait("the code works for");
    let second = code(&screen);
    assert_ne!(first, second);
    assert!(env.sandbox.control().approve(&second));
    screen.wait("40 accounts");
    screen.type_keys("\x03");
    screen.exit();
}

/// A subshell that leaves the terminal raw, and one that is killed.
#[test]
fn terminal_left_raw_by_a_subshell_is_restored() {
    let (_house, mut screen) = at_home();
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    for mess in ["stty raw -echo; exit", "kill -9 $$"] {
        screen.type_keys("\r");
        screen.wait("[payments-dev/AdministratorAccess]");
        screen.type_keys(&format!("{mess}\r"));
        screen.wait("back from payments-dev");
        screen.type_keys(" ");
        screen.gone("back from payments-dev");
    }
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 0);
    screen.is_whole();
}

/// Nothing can be written: the portal works all the same, for as long as it is open.
#[test]
fn portal_works_in_a_home_that_cannot_be_written() {
    let env = TestEnv::new();
    for name in [".aws/sso", ".cache", ".local"] {
        env.write(name, "in the way");
    }
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("40 accounts");
    screen.wait("is in the way");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys("exit\r");
    screen.wait("back from payments-dev");
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 0);
    assert_eq!(env.read(".aws/sso"), "in the way");
}

#[test]
fn ctrl_c_cancels_a_login() {
    let env = TestEnv::with(|options| options.auto_approve = false);
    let mut screen = Screen::genkan(&env, &["login"]);
    screen.wait("waiting for the approval");
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 130);
    assert!(screen.text().contains("cancelled"));
}

/// A portal session that ends elsewhere while its token looks good: one sign-in, and on it goes.
#[test]
fn session_ended_elsewhere_leads_to_one_sign_in() {
    let (env, mut screen) = at_home();
    env.sandbox.control().end_portal_sessions();
    let before = env.sandbox.counts();
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys("exit\r");
    screen.wait("back from payments-dev");
    let after = env.sandbox.counts();
    assert_eq!(
        after.start_device_authorization,
        before.start_device_authorization + 1
    );
    let asked = after.get_role_credentials - before.get_role_credentials;
    assert!(asked <= 4, "{asked} requests");
    screen.type_keys("\x03");
    screen.exit();
}
