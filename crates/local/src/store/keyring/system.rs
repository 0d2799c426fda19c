//! The keyring of the operating system: the Secret Service on Linux (gnome-keyring, KWallet, KeePassXC), the Keychain on
//! macOS, both through `keyring-core`.
//!
//! Windows has no genkan outside of WSL. The kernel's keyutils are no place for a secret that must be there after a
//! restart, so they are not used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use keyring_core::{CredentialStore, Entry, Error};

use super::error::KeyringError;
use super::worker::{TimedOut, Worker};
use crate::domain::Secret;
use crate::domain::text::CleanText;
use crate::platform::pending::{PendingRequest, PendingRequests};

/// What entries of genkan's are found by.
const SERVICE: &str = "genkan";
/// How long a call may take: time enough to type a password into the keyring's prompt.
const LIMIT: Duration = Duration::from_mins(1);
/// How long a service may be silent: it may be starting.
const SILENCE: Duration = Duration::from_secs(10);
/// For how long one that has hung is not asked again.
const HUNG: Duration = Duration::from_secs(15);
/// What is waited for, in the list of what a command waits for.
const WAIT: &str = "waiting for the keyring, which may ask for its password";

/// What of this session a keyring needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Desktop {
    /// There is a session bus. Without one the library would try to start one.
    pub bus: bool,
    /// There is a display, so that a prompt can be seen.
    pub display: bool,
}

type Open = Arc<dyn Fn() -> keyring_core::Result<Arc<CredentialStore>> + Send + Sync>;

/// Secrets by name in the operating system's keyring.
pub struct Keyring {
    open: Open,
    /// Whether entries have a label for people.
    has_labels: bool,
    desktop: Desktop,
    limit: Duration,
    requests: PendingRequests,
    worker: Worker<Option<Arc<CredentialStore>>>,
    /// When it last did not answer in time, and how long it was waited for.
    hung: Mutex<Option<(Instant, Duration)>>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring")
            .field("desktop", &self.desktop)
            .finish_non_exhaustive()
    }
}

impl Keyring {
    /// The keyring of this session; nothing is asked of it yet. `limit` replaces the usual one.
    #[must_use]
    pub fn new(desktop: Desktop, limit: Option<Duration>, requests: PendingRequests) -> Self {
        Self {
            // Only the Secret Service has labels.
            has_labels: cfg!(target_os = "linux"),
            ..Self::over(Arc::new(open_store), desktop, limit.unwrap_or(LIMIT), requests)
        }
    }

    /// One of a test's.
    #[cfg(test)]
    pub(in crate::store) fn in_memory() -> Self {
        let store = keyring_core::mock::Store::new();
        let desktop = Desktop {
            bus: true,
            display: false,
        };
        let open: Open = Arc::new(move || match &store {
            Ok(store) => Ok(Arc::<keyring_core::mock::Store>::clone(store)),
            Err(_) => Err(Error::NoDefaultStore),
        });
        Self::over(open, desktop, LIMIT, PendingRequests::default())
    }

    fn over(open: Open, desktop: Desktop, limit: Duration, requests: PendingRequests) -> Self {
        Self {
            open,
            has_labels: false,
            desktop,
            limit,
            requests,
            worker: Worker::default(),
            hung: Mutex::default(),
        }
    }

    /// Whether it gives the entry of a name within a limit: that there is none is an answer, too.
    pub async fn probe(&self, name: &str, limit: Duration) -> Result<(), KeyringError> {
        let _wait = self.begin()?;
        let limit = limit.min(self.limit);
        let done = self.worker.run(limit, self.job(name, Entry::get_secret)).await;
        self.answer(name, done, limit).map(drop)
    }

    /// The secret of a name.
    pub async fn load(&self, name: &str) -> Result<Option<Secret>, KeyringError> {
        let loaded = self.call(name, Entry::get_secret).await?;
        to_secret(loaded)
    }

    /// Keeps a secret under a name, in place of the one that is there.
    pub async fn save(&self, name: &str, secret: &Secret) -> Result<(), KeyringError> {
        let secret = secret.clone();
        let save = move |entry: &Entry| entry.set_secret(secret.expose().as_bytes());
        let saved = self.call(name, save).await?;
        saved.ok_or(KeyringError::NoCollection)
    }

    /// Removes the secret of a name; that there was none is fine.
    pub async fn remove(&self, name: &str) -> Result<(), KeyringError> {
        self.call(name, Entry::delete_credential).await.map(|_| ())
    }

    /// The same as [`Keyring::load`] for a caller that can't await; `on_wait` is called where it takes a while.
    pub fn load_blocking(&self, name: &str, on_wait: &dyn Fn()) -> Result<Option<Secret>, KeyringError> {
        let loaded = self.call_blocking(name, Entry::get_secret, on_wait)?;
        to_secret(loaded)
    }

    /// The same as [`Keyring::save`].
    pub fn save_blocking(&self, name: &str, secret: &Secret, on_wait: &dyn Fn()) -> Result<(), KeyringError> {
        let secret = secret.clone();
        let save = move |entry: &Entry| entry.set_secret(secret.expose().as_bytes());
        let saved = self.call_blocking(name, save, on_wait)?;
        saved.ok_or(KeyringError::NoCollection)
    }

    /// The same as [`Keyring::remove`].
    pub fn remove_blocking(&self, name: &str, on_wait: &dyn Fn()) -> Result<(), KeyringError> {
        self.call_blocking(name, Entry::delete_credential, on_wait)
            .map(drop)
    }

    fn call_blocking<T: Send + 'static>(
        &self,
        name: &str,
        work: impl Fn(&Entry) -> keyring_core::Result<T> + Send + 'static,
        on_wait: &dyn Fn(),
    ) -> Result<Option<T>, KeyringError> {
        let _wait = self.begin()?;
        let done = self
            .worker
            .run_blocking(self.limit, self.job(name, work), on_wait);
        self.answer(name, done, self.limit)
    }

    /// Runs a call on the entry of a name. `None` where there is none.
    async fn call<T: Send + 'static>(
        &self,
        name: &str,
        work: impl Fn(&Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<Option<T>, KeyringError> {
        let _wait = self.begin()?;
        let done = self.worker.run(self.limit, self.job(name, work)).await;
        self.answer(name, done, self.limit)
    }

    /// Says that the keyring is waited for, if there can be one. Where it has just hung it is not waited for again: a
    /// command asks it several times.
    fn begin(&self) -> Result<PendingRequest, KeyringError> {
        if !self.desktop.bus {
            return Err(KeyringError::Absent {
                reason: "there is no D-Bus session".into(),
            });
        }
        match self.hung.lock().ok().and_then(|hung| *hung) {
            Some((at, waited)) if at.elapsed() < HUNG => Err(KeyringError::Hangs(waited)),
            _ => Ok(self.requests.begin(WAIT.to_owned())),
        }
    }

    /// A call on the entry of a name. A service that starts may be silent for a moment: the library waits for two
    /// seconds, which is little on a busy machine, so the call is made again.
    fn job<T, W: Fn(&Entry) -> keyring_core::Result<T>>(
        &self,
        name: &str,
        work: W,
    ) -> impl FnOnce(&mut Option<Arc<CredentialStore>>) -> keyring_core::Result<T> + use<T, W> {
        let (open, name, silence) = (Arc::clone(&self.open), name.to_owned(), self.silence());
        let has_labels = self.has_labels;
        move |store| {
            let begun = Instant::now();
            loop {
                let done = connect_store(store, &open)
                    .and_then(|store| work(&keyring_entry(store, &name, has_labels)?));
                match &done {
                    Err(error) if is_silent(error) && begun.elapsed() < silence => *store = None,
                    _ => return done,
                }
            }
        }
    }

    /// How long a service may be silent.
    fn silence(&self) -> Duration {
        self.limit.min(SILENCE)
    }

    fn answer<T>(
        &self,
        name: &str,
        done: Result<keyring_core::Result<T>, TimedOut>,
        waited: Duration,
    ) -> Result<Option<T>, KeyringError> {
        let answer = match done {
            Ok(Ok(done)) => Ok(Some(done)),
            Ok(Err(Error::NoEntry)) => Ok(None),
            Ok(Err(error)) => Err(self.sorted(name, &error)),
            Err(_) => Err(KeyringError::Hangs(waited)),
        };
        if let Ok(mut hung) = self.hung.lock() {
            *hung = match &answer {
                Err(KeyringError::Hangs(waited)) => Some((Instant::now(), *waited)),
                _ => None,
            };
        }
        answer
    }

    /// Tells the keyring's failures apart.
    fn sorted(&self, name: &str, error: &Error) -> KeyringError {
        let source = match error {
            Error::Ambiguous(_) => return KeyringError::Ambiguous(name.to_owned()),
            Error::NoStorageAccess(source) | Error::PlatformFailure(source) => source.as_ref(),
            // Other errors may hold what the entry holds: their own text is not shown.
            Error::TooLong(..) => return KeyringError::Failed("the secret is too long for it".into()),
            _ => return KeyringError::Failed("it doesn't take this entry".into()),
        };
        let is_closed = matches!(error, Error::NoStorageAccess(_));
        find_cause(source).map_or_else(
            || {
                if is_closed {
                    self.closed()
                } else {
                    KeyringError::Failed(CleanText::new(source.to_string()))
                }
            },
            |cause| match cause {
                Cause::Closed => self.closed(),
                Cause::NoCollection => KeyringError::NoCollection,
                Cause::Absent(reason) => KeyringError::Absent { reason },
                Cause::Silent => KeyringError::Hangs(self.silence()),
            },
        )
    }

    /// It is locked, and stayed so: where a prompt can be seen, someone closed it.
    fn closed(&self) -> KeyringError {
        if self.desktop.display {
            KeyringError::Dismissed
        } else {
            KeyringError::Locked
        }
    }
}

fn to_secret(loaded: Option<Vec<u8>>) -> Result<Option<Secret>, KeyringError> {
    let Some(bytes) = loaded else { return Ok(None) };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(Secret::new(text))),
        Err(error) => {
            drop(zeroize::Zeroizing::new(error.into_bytes()));
            Err(KeyringError::Failed("the entry is not text".into()))
        }
    }
}

/// The store, which is opened once.
fn connect_store<'s>(
    store: &'s mut Option<Arc<CredentialStore>>,
    open: &Open,
) -> keyring_core::Result<&'s CredentialStore> {
    match store {
        Some(store) => Ok(&**store),
        None => Ok(&**store.insert(open()?)),
    }
}

/// The entry of a name.
fn keyring_entry(store: &CredentialStore, name: &str, has_labels: bool) -> keyring_core::Result<Entry> {
    let label = format!("genkan: {name}");
    let labels = HashMap::from([("label", label.as_str())]);
    store.build(SERVICE, name, has_labels.then_some(&labels))
}

/// Whether no answer came.
fn is_silent(error: &Error) -> bool {
    match error {
        Error::NoStorageAccess(source) | Error::PlatformFailure(source) => {
            matches!(find_cause(source.as_ref()), Some(Cause::Silent))
        }
        _ => false,
    }
}

/// What the service itself says.
enum Cause {
    Closed,
    NoCollection,
    Absent(CleanText),
    Silent,
}

#[cfg(target_os = "linux")]
fn open_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(dbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "linux")]
fn find_cause(source: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<Cause> {
    use dbus_secret_service::Error as Service;
    match source.downcast_ref::<Service>()? {
        Service::Locked | Service::Prompt => Some(Cause::Closed),
        Service::NoResult => Some(Cause::NoCollection),
        Service::Unavailable => Some(Cause::Absent("no program offers the Secret Service".into())),
        Service::Dbus(error) => bus_cause(error.name()?, error.message().unwrap_or_default()),
        _ => None,
    }
}

/// What an error of the bus says, by its name.
#[cfg(target_os = "linux")]
fn bus_cause(name: &str, message: &str) -> Option<Cause> {
    let name = name.strip_prefix("org.freedesktop.DBus.Error.")?;
    match name {
        "NoReply" | "Timeout" | "TimedOut" => Some(Cause::Silent),
        "ServiceUnknown" | "NameHasNoOwner" | "NoServer" | "NoNetwork" | "Disconnected" | "FileNotFound"
        | "NotSupported" | "AuthFailed" => Some(Cause::Absent(CleanText::new(message))),
        name if name.starts_with("Spawn.") => Some(Cause::Absent(CleanText::new(message))),
        "UnknownObject" => Some(Cause::NoCollection),
        _ => None,
    }
}

#[cfg(target_os = "macos")]
fn open_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(not(target_os = "linux"))]
fn find_cause(_: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<Cause> {
    None
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn open_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Err(Error::NoDefaultStore)
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyring_core::mock;

    const HERE: Desktop = Desktop {
        bus: true,
        display: false,
    };

    /// A keyring in memory, and its store.
    fn keyring(desktop: Desktop) -> (Keyring, Arc<mock::Store>) {
        let store = mock::Store::new().expect("a store");
        let shared: Arc<CredentialStore> = store.clone();
        let open: Open = Arc::new(move || Ok(Arc::clone(&shared)));
        (
            Keyring::over(open, desktop, LIMIT, PendingRequests::default()),
            store,
        )
    }

    /// Lets the next call on a name fail.
    fn fail_next(store: &mock::Store, name: &str, error: Error) {
        use keyring_core::api::CredentialStoreApi as _;
        let entry = store.build(SERVICE, name, None).expect("an entry");
        let entry: &mock::Cred = entry.as_any().downcast_ref().expect("of the mock");
        entry.set_error(error);
    }

    #[tokio::test]
    async fn secrets_are_kept_replaced_and_removed() {
        let (keyring, _) = keyring(HERE);
        let load = async |name| {
            keyring
                .load(name)
                .await
                .expect("answers")
                .map(|s| s.expose().to_owned())
        };
        assert_eq!(load("one").await, None);
        keyring.save("one", &Secret::new("first")).await.expect("saves");
        keyring.save("one", &Secret::new("second")).await.expect("saves");
        assert_eq!(load("one").await.as_deref(), Some("second"));
        assert_eq!(
            keyring.load_blocking("one", &|| {}).expect("answers"),
            Some(Secret::new("second"))
        );
        keyring.remove("one").await.expect("removes");
        keyring.remove("one").await.expect("there is none");
        assert_eq!(load("one").await, None);
    }

    #[tokio::test]
    async fn locked_absent_dismissed_and_hanging_are_told_apart() {
        let shown = |error: KeyringError| error.to_string();
        let locked = || Error::NoStorageAccess("locked".into());
        let (headless, store) = keyring(HERE);
        fail_next(&store, "one", locked());
        let error = headless.load("one").await.map_err(shown);
        assert_eq!(
            error,
            Err(
                "the keyring is locked, and can't ask for its password without a graphical display"
                    .to_owned()
            )
        );
        let (desktop, store) = keyring(Desktop {
            display: true,
            ..HERE
        });
        fail_next(&store, "one", locked());
        let error = desktop.load("one").await.map_err(shown);
        assert_eq!(
            error,
            Err("the keyring stayed locked: its prompt was dismissed".to_owned())
        );
        let (absent, _) = keyring(Desktop { bus: false, ..HERE });
        let error = absent.load("one").await.expect_err("no bus");
        assert!(error.is_absent(), "{error}");
        let never: Open = Arc::new(|| {
            std::thread::park();
            Err(Error::NoDefaultStore)
        });
        let limit = Duration::from_millis(20);
        let requests = PendingRequests::default();
        let seen = requests.subscribe();
        let hanging = Keyring::over(never, HERE, limit, requests);
        let call = hanging.load("one");
        let error = call.await.expect_err("no answer");
        assert!(matches!(error, KeyringError::Hangs(_)), "{error}");
        assert!(seen.has_changed().unwrap_or(true), "the wait was listed");
    }

    #[tokio::test]
    async fn no_error_shows_what_an_entry_holds() {
        let (keyring, store) = keyring(HERE);
        fail_next(&store, "one", Error::BadEncoding(b"canary".to_vec()));
        let error = keyring.load("one").await.expect_err("fails");
        assert!(!format!("{error} {error:?} {keyring:?}").contains("canary"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn errors_of_the_bus_are_sorted_by_name() {
        let sorted = |name: &str| match bus_cause(&format!("org.freedesktop.DBus.Error.{name}"), "m") {
            Some(Cause::Absent(_)) => "absent",
            Some(Cause::Silent) => "silent",
            Some(Cause::NoCollection) => "no collection",
            Some(Cause::Closed) => "closed",
            None => "failed",
        };
        for (name, cause) in [
            ("ServiceUnknown", "absent"),
            ("Spawn.ServiceNotFound", "absent"),
            ("NoServer", "absent"),
            ("NoReply", "silent"),
            ("UnknownObject", "no collection"),
            ("AccessDenied", "failed"),
        ] {
            assert_eq!(sorted(name), cause, "{name}");
        }
    }
}
