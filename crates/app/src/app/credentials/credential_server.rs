//! The endpoint from which programs that outlive credentials get them: a child's own, or one for several targets.
//!
//! What it answers is a [`Refresher`]'s; here is who is answered under which path, and for how long.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use tokio::sync::Notify;

use crate::app::credentials::refresher::{CredentialSource, Refresher, ServedTarget, error_answer};
use crate::app::error::AppError;
use crate::domain::{RoleCredentials, Secret, SsoSession, Target};
use crate::platform::listeners::private_endpoint::PrivateEndpoint;
use crate::settings::{Environment, env, no_proxy_for_loopback};

/// The path of a child's credentials.
const CHILD_PATH: &str = "/credentials";

/// Hears which client got the credentials of a target.
pub type GivenListener = Arc<dyn Fn(&Target, &str) + Send + Sync>;

/// A bound endpoint that doesn't answer yet.
#[derive(Debug)]
pub(in crate::app) struct CredentialServer {
    endpoint: PrivateEndpoint,
}

impl CredentialServer {
    /// The endpoint of one child.
    pub(in crate::app) async fn bind() -> Result<Self, AppError> {
        let endpoint = PrivateEndpoint::bind().await.map_err(AppError::system(
            "the shell's credentials endpoint can't listen on 127.0.0.1",
        ))?;
        Ok(Self { endpoint })
    }

    /// An endpoint for anyone who shows the token.
    pub(in crate::app) async fn bind_to(address: SocketAddr, token: &Secret) -> Result<Self, AppError> {
        let endpoint = PrivateEndpoint::bind_to(address, token.expose().to_owned().into())
            .await
            .map_err(AppError::system(format!("can't listen on {address}")))?;
        Ok(Self { endpoint })
    }

    /// Where a program on this machine reaches a path.
    pub(in crate::app) fn url(&self, path: &str) -> String {
        self.endpoint.url() + path
    }

    /// Where it listens.
    pub(in crate::app) fn address(&self) -> SocketAddr {
        self.endpoint.address()
    }

    /// The variables by which every SDK finds it, and reaches it past a proxy of the outer environment.
    pub(in crate::app) fn environment(&self, outer: &Environment) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            (env::AWS_CONTAINER_CREDENTIALS_FULL_URI, self.url(CHILD_PATH)),
            (
                env::AWS_CONTAINER_AUTHORIZATION_TOKEN,
                self.endpoint.token().to_owned(),
            ),
        ];
        variables.extend(no_proxy_for_loopback(outer));
        variables
    }

    /// Answers a child until it is dropped.
    pub(in crate::app) async fn serve_child(
        self,
        source: CredentialSource,
        session: SsoSession,
        target: Target,
        first: RoleCredentials,
    ) {
        let served = ServedTarget {
            path: CHILD_PATH.to_owned(),
            session,
            target,
            first,
        };
        // The caller that started the child has recorded it.
        let unrecorded: GivenListener = Arc::new(|_, _| {});
        self.serve(source, vec![served], false, unrecorded).await;
    }

    /// Answers until it is dropped, or `once`, until the credentials of each target were given out. `hears` of each
    /// client that gets some, once for each renewal.
    pub(in crate::app) async fn serve(
        self,
        source: CredentialSource,
        served: Vec<ServedTarget>,
        once: bool,
        hears: GivenListener,
    ) {
        let paths: Vec<String> = served.iter().map(|served| served.path.clone()).collect();
        let keepers: Arc<[Refresher]> = served
            .into_iter()
            .map(|served| Refresher::new(source.clone(), served))
            .collect();
        let given = Arc::new(once.then(|| GivenOnce::new(keepers.len())));
        let (answering, noting) = (Arc::clone(&keepers), Arc::clone(&given));
        let clients = Arc::new(Clients::new(keepers.len()));
        let answer = move |path: usize, client: String| {
            let (keepers, given) = (Arc::clone(&answering), Arc::clone(&noting));
            let (clients, hears) = (Arc::clone(&clients), Arc::clone(&hears));
            async move {
                let Some(keeper) = keepers.get(path) else {
                    return error_answer(404, "NotFound", "no such target");
                };
                let answer = keeper.answer().await;
                match given.as_ref() {
                    Some(given) if answer.status == 200 && !given.note(path) => error_answer(
                        410,
                        "GivenOnce",
                        "these credentials were given out already, and --once gives them out once",
                    ),
                    _ => {
                        if answer.status == 200 && clients.is_new(path, keeper.held_key(), &client) {
                            hears(keeper.target(), &client);
                        }
                        answer
                    }
                }
            }
        };
        let end = async {
            match given.as_ref() {
                Some(given) => given.all.notified().await,
                None => std::future::pending().await,
            }
        };
        let refresh = join_all(keepers.iter().map(Refresher::run));
        // From here on requests are an hour apart.
        let _resting = source.context.rest.begin();
        tokio::select! {
            () = self.endpoint.serve(paths, answer, end) => {}
            _ = refresh => {}
        }
    }
}

/// The most clients of one renewal that are heard of: a client that makes up names fills no record.
const MOST_CLIENTS: usize = 16;

/// Which clients got the credentials of each path that are given out now.
struct Clients(Vec<Mutex<(Option<String>, BTreeSet<String>)>>);

impl Clients {
    fn new(paths: usize) -> Self {
        Self((0..paths).map(|_| Mutex::default()).collect())
    }

    /// Whether a client is the first of its name to get the credentials with this key.
    fn is_new(&self, path: usize, key: Option<String>, client: &str) -> bool {
        let Some(known) = self.0.get(path) else {
            return false;
        };
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 != key {
            *known = (key, BTreeSet::new());
        }
        known.1.len() < MOST_CLIENTS && known.1.insert(client.to_owned())
    }
}

/// Which credentials were given out, where each is to be given out once.
struct GivenOnce {
    given: Vec<AtomicBool>,
    left: AtomicUsize,
    /// Rings when all were.
    all: Notify,
}

impl GivenOnce {
    fn new(count: usize) -> Self {
        Self {
            given: (0..count).map(|_| AtomicBool::new(false)).collect(),
            left: AtomicUsize::new(count),
            all: Notify::new(),
        }
    }

    /// Notes that those at an index are given out now; false where they were before.
    fn note(&self, at: usize) -> bool {
        let Some(given) = self.given.get(at) else {
            return false;
        };
        let is_first = !given.swap(true, Ordering::SeqCst);
        if is_first && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.all.notify_one();
        }
        is_first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_is_heard_of_once_for_each_renewal() {
        let clients = Clients::new(2);
        let key = |name: &str| Some(name.to_owned());
        assert!(clients.is_new(0, key("a"), "Boto3"));
        assert!(!clients.is_new(0, key("a"), "Boto3"));
        assert!(clients.is_new(0, key("a"), "curl"));
        assert!(clients.is_new(1, key("a"), "curl"), "another path");
        assert!(clients.is_new(0, key("b"), "Boto3"), "renewed");
        let new = (0..100).filter(|n| clients.is_new(0, key("b"), &n.to_string()));
        assert_eq!(new.count(), MOST_CLIENTS - 1);
        assert!(!clients.is_new(2, key("a"), "curl"));
    }
}
