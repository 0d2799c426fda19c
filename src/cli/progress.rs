//! What takes long says what it does: one line on standard error, rewritten in place and cleared before anything
//! else is printed. Nothing where standard error is not a terminal, or where something else uses the terminal.
//!
//! A listing says how far it is. For everything else [`Watch`] shows what the network is waited for, so that no
//! command has to think of it.

use std::io::{self, IsTerminal as _, Write as _};
use std::pin::pin;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::domain::SyncEvent;
use crate::domain::text::{clean_text, fit_text, text_width};
use crate::domain::values::count::{format_count, group_digits};
use crate::domain::values::pace::Pace;
use crate::platform::clock;
use crate::platform::ending;
use crate::platform::pending::{Pending, PendingRequests};
use crate::platform::tty;

/// What is done sooner needs no line.
const AFTER: Duration = Duration::from_millis(300);
/// A line that changes more often can't be read.
const EVERY: Duration = Duration::from_millis(100);
/// When a line appears for work that doesn't say how far it is.
const LONG: Duration = Duration::from_millis(1500);
/// A pause between two requests that ends a wait. The line stays through a shorter one.
const PAUSE: Duration = Duration::from_millis(300);

/// The line of this process.
static LINE: Mutex<Line> = Mutex::new(Line {
    began: None,
    drawn: None,
    said: None,
    columns: 0,
    wait: None,
    quiet: 0,
});

struct Line {
    began: Option<Instant>,
    drawn: Option<Instant>,
    /// When something else was printed last.
    said: Option<Instant>,
    /// How wide the line is that is there now.
    columns: usize,
    /// The text of the line where it says what the network is waited for.
    wait: Option<String>,
    /// How many programs and questions have the terminal.
    quiet: u32,
}

impl Line {
    fn erase(&mut self) {
        if self.columns > 0 {
            let _ = write!(io::stderr().lock(), "\r{}\r", " ".repeat(self.columns));
            self.columns = 0;
        }
        self.wait = None;
    }

    /// Says what is waited for, unless a line says more.
    fn show_wait(&mut self, phrase: &str) {
        let is_other = self.columns > 0 && self.wait.is_none();
        if is_other || self.wait.as_deref() == Some(phrase) {
            return;
        }
        draw_line(self, &format!("{phrase} …"), Instant::now());
        self.wait = (self.columns > 0).then(|| phrase.to_owned());
    }
}

/// Shows a line, unless the work has only just begun or the last line is too young.
fn show_line(text: &str) {
    let now = Instant::now();
    let Ok(mut line) = LINE.lock() else { return };
    let began = *line.began.get_or_insert(now);
    let recent = line.drawn.is_some_and(|at| now - at < EVERY);
    if now - began >= AFTER && !recent {
        draw_line(&mut line, text, now);
    }
}

fn draw_line(line: &mut Line, text: &str, now: Instant) {
    if line.quiet > 0 || !io::stderr().is_terminal() || !tty::accepts_lines() {
        return;
    }
    // The last column is left free: some terminals go to the next line there.
    let columns = tty::columns_of_error().unwrap_or(80).saturating_sub(1);
    let text = fit_text(&clean_text(text), columns);
    let rest = line.columns.saturating_sub(text_width(&text));
    // Blanks and not an escape sequence, which a dumb terminal would show.
    let _ = write!(io::stderr().lock(), "\r{text}{}", " ".repeat(rest));
    line.columns = text_width(&text);
    line.drawn = Some(now);
    line.wait = None;
}

/// Takes the line away, because something else is printed.
pub(super) fn clear_line() {
    // At a panic the thread may hold it itself.
    let line = if ending::is_begun_here() {
        LINE.try_lock().ok()
    } else {
        LINE.lock().ok()
    };
    let Some(mut line) = line else { return };
    line.erase();
    line.said = Some(Instant::now());
}

/// No line is shown while this lives: the terminal belongs to a child, a full screen or a question.
#[derive(Debug)]
pub(super) struct Quiet(());

impl Quiet {
    pub(super) fn begin() -> Self {
        clear_line();
        if let Ok(mut line) = LINE.lock() {
            line.quiet += 1;
        }
        Self(())
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if let Ok(mut line) = LINE.lock() {
            line.quiet = line.quiet.saturating_sub(1);
        }
    }
}

/// While this lives, a command that waits long for the network says for whom.
#[derive(Debug)]
pub(super) struct Watch(JoinHandle<()>);

impl Watch {
    /// Needs a runtime.
    pub(super) fn over(requests: &PendingRequests) -> Self {
        Self(tokio::spawn(watch_requests(requests.subscribe())))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
        clear_line();
    }
}

async fn watch_requests(mut pending: watch::Receiver<Pending>) {
    while pending.wait_for(|p| p.newest().is_some()).await.is_ok() {
        watch_wait(&mut pending, Instant::now()).await;
    }
}

/// Follows one wait: requests with short pauses between them.
async fn watch_wait(pending: &mut watch::Receiver<Pending>, began: Instant) {
    loop {
        let phrase = pending.borrow_and_update().newest().map(str::to_owned);
        let pause = match &phrase {
            Some(phrase) => show_wait_when_long(phrase, began),
            None => PAUSE,
        };
        let changed = tokio::time::timeout(pause, pending.changed()).await;
        match changed {
            Ok(Err(_)) => return,
            Err(_) if phrase.is_none() => {
                if let Ok(mut line) = LINE.lock()
                    && line.wait.is_some()
                {
                    line.erase();
                }
                return;
            }
            _ => {}
        }
    }
}

/// Shows the phrase once nothing has been printed for long; gives back when to look again.
fn show_wait_when_long(phrase: &str, began: Instant) -> Duration {
    let Ok(mut line) = LINE.lock() else { return LONG };
    let silent = line.said.map_or(began, |said| said.max(began)).elapsed();
    let left = LONG.saturating_sub(silent);
    if !left.is_zero() {
        return left;
    }
    line.show_wait(phrase);
    LONG
}

/// Does work that doesn't say how far it is; where it takes long, a line says what is done.
pub(super) async fn show_during<T>(text: &str, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    if let Ok(done) = tokio::time::timeout(LONG, &mut work).await {
        return done;
    }
    if let Ok(mut line) = LINE.lock() {
        draw_line(&mut line, text, Instant::now());
    }
    let done = work.await;
    clear_line();
    done
}

/// How far a command in many targets is.
#[derive(Debug)]
pub(super) struct BatchProgress {
    targets: usize,
}

impl BatchProgress {
    pub(super) fn of(targets: usize) -> Self {
        Self { targets }
    }

    /// Shows how many have ended.
    pub(super) fn done(&mut self, done: usize) {
        if done < self.targets {
            show_line(&format!(
                "{} of {} done",
                group_digits(done),
                format_count(self.targets, "target")
            ));
        }
    }
}

impl Drop for BatchProgress {
    fn drop(&mut self) {
        clear_line();
    }
}

/// How far a listing is, and how long it will take.
#[derive(Debug)]
pub(super) struct Listing {
    session: String,
    known: usize,
    complete: bool,
    done: usize,
    pace: Pace,
}

impl Listing {
    pub(super) fn of(session: &str) -> Self {
        Self::begun(session, clock::current_time())
    }

    fn begun(session: &str, now: Timestamp) -> Self {
        Self {
            session: session.to_owned(),
            known: 0,
            complete: false,
            done: 0,
            pace: Pace {
                since: now,
                answered: 0,
                throttled_at: None,
            },
        }
    }

    /// Shows what an event changes.
    pub(super) fn heard(&mut self, event: &SyncEvent) {
        if let Some(text) = self.line(event, clock::current_time()) {
            show_line(&text);
        }
    }

    fn line(&mut self, event: &SyncEvent, now: Timestamp) -> Option<String> {
        match event {
            SyncEvent::Waiting => return None,
            SyncEvent::Known(catalog) => {
                let accounts = format_count(catalog.entries().len(), "account");
                return Some(format!("loading {} in another genkan: {accounts}", self.session));
            }
            SyncEvent::Accounts {
                accounts,
                complete,
                settled,
            } => {
                self.known += accounts.len();
                self.complete = *complete;
                self.done += settled;
            }
            SyncEvent::PermissionSets { .. } | SyncEvent::Problem { .. } => {
                self.done += 1;
                self.pace.answered += 1;
            }
            SyncEvent::Throttled => self.pace.throttled_at = Some(now),
            SyncEvent::BegunAgain => *self = Self::begun(&self.session, now),
        }
        let more = if self.complete { "" } else { "+" };
        let missing = self.complete.then(|| self.known.saturating_sub(self.done));
        let pace = self.pace.describe(missing, now);
        let pace = pace.map_or_else(String::new, |pace| format!(" · {pace}"));
        Some(format!(
            "loading {}: {} of {}{more} accounts{pace}",
            self.session,
            group_digits(self.done),
            group_digits(self.known)
        ))
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        clear_line();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Account;

    #[test]
    fn a_line_says_how_many_accounts_are_listed() {
        let account = |n: u32| Account {
            id: format!("{n:012}").parse().expect("an ID"),
            name: "".into(),
            email: "".into(),
        };
        let page = |first: u32, complete, settled| SyncEvent::Accounts {
            accounts: (first..first + 1000).map(account).collect(),
            complete,
            settled,
        };
        let one = SyncEvent::Problem {
            account: account(1).id,
            sentence: "".into(),
        };
        let mut listing = Listing::begun("org", at(0));
        let lines: Vec<Option<String>> = [page(0, false, 7), one.clone(), page(1000, true, 0), one]
            .iter()
            .chain([&SyncEvent::Waiting, &SyncEvent::BegunAgain])
            .map(|event| listing.line(event, at(1)))
            .collect();
        let expected = [
            Some("loading org: 7 of 1,000+ accounts"),
            Some("loading org: 8 of 1,000+ accounts"),
            Some("loading org: 8 of 2,000 accounts"),
            Some("loading org: 9 of 2,000 accounts"),
            None,
            Some("loading org: 0 of 0+ accounts"),
        ];
        assert_eq!(lines.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).expect("a time")
    }

    #[test]
    fn a_line_says_how_long_it_takes_and_that_aws_slows_it() {
        let accounts = (0..120).map(|n| Account {
            id: format!("{n:012}").parse().expect("an ID"),
            name: "".into(),
            email: "".into(),
        });
        let accounts: Vec<Account> = accounts.collect();
        let answered = |account: &Account| SyncEvent::Problem {
            account: account.id.clone(),
            sentence: "".into(),
        };
        let mut listing = Listing::begun("org", at(0));
        let page = SyncEvent::Accounts {
            accounts: accounts.clone(),
            complete: true,
            settled: 0,
        };
        let line = listing.line(&page, at(0));
        assert_eq!(line.as_deref(), Some("loading org: 0 of 120 accounts"));
        let mut line = None;
        for account in accounts.iter().take(20) {
            line = listing.line(&answered(account), at(4));
        }
        assert_eq!(
            line.as_deref(),
            Some("loading org: 20 of 120 accounts · 20 s left")
        );
        let line = listing.line(&SyncEvent::Throttled, at(5));
        let slowed = "loading org: 20 of 120 accounts · slowed by AWS · 25 s left";
        assert_eq!(line.as_deref(), Some(slowed));
        let line = listing.line(&answered(&accounts[20]), at(15));
        assert_eq!(
            line.as_deref(),
            Some("loading org: 21 of 120 accounts · 1 min left"),
            "ten seconds later it is not slowed any more"
        );
    }
}
