//! How long a listing of a whole organization takes and how often it is throttled: the real listing, pacer and client
//! against a simulated access portal, on a paused clock. No load of the machine counts.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use crate::app::catalogs::Catalogs;
use crate::app::catalogs::listing::Listings;
use crate::app::chained_roles::ChainedRoles;
use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::pacer::Pacers;
use crate::app::tokens::Tokens;
use crate::app::tokens::access_tokens::AccessTokens;
use crate::app::tokens::sign_in_records::SignInRecords;
use crate::aws::Reply;
use crate::domain::fixtures;
use crate::sandbox::{Limiter, RateKind, RateLimit};
use crate::settings::{Environment, Settings};

/// How long each response takes.
const LATENCY: Duration = Duration::from_millis(60);
/// So many requests are under way at once.
const CONCURRENT: f64 = 12.0;
/// What the access portal allows in a second.
const LIMIT: f64 = 20.0;
const PAGE: usize = 100;

/// An access portal with a limit.
struct Portal {
    accounts: usize,
    /// One in so many requests fails: a third of these with status 429, the rest with 500.
    one_fails_of: Option<u32>,
    state: Mutex<State>,
}

struct State {
    limiter: Option<Limiter>,
    began: Instant,
    requests: u32,
    throttled: u32,
}

impl Portal {
    fn new(accounts: usize, limit: Option<RateLimit>, one_fails_of: Option<u32>) -> Arc<Self> {
        Arc::new(Self {
            accounts,
            one_fails_of,
            state: Mutex::new(State {
                limiter: limit.map(|limit| Limiter::new(limit, 1)),
                began: Instant::now(),
                requests: 0,
                throttled: 0,
            }),
        })
    }

    /// The status of a request that arrives now.
    fn admit(&self) -> u16 {
        let mut state = self.state.lock().expect("no panic before");
        state.requests += 1;
        if let Some(each) = self.one_fails_of
            && state.requests.is_multiple_of(each)
        {
            return if (state.requests / each).is_multiple_of(3) {
                429
            } else {
                500
            };
        }
        let now = state.began.elapsed();
        if state.limiter.as_mut().is_none_or(|limiter| limiter.admits(now)) {
            200
        } else {
            state.throttled += 1;
            429
        }
    }

    /// What a request gets, as AWS would write it.
    fn answer(&self, uri: &str) -> Reply {
        let status = self.admit();
        let body = match status {
            200 if uri.contains("/assignment/roles") => {
                r#"{"roleList":[{"roleName":"Admin"},{"roleName":"Read"}]}"#.to_owned()
            }
            200 => self.page(uri),
            429 => r#"{"message":"Rate exceeded"}"#.to_owned(),
            _ => "{}".to_owned(),
        };
        let mut headers = vec![("x-amzn-requestid", "1".to_owned())];
        if status == 429 {
            headers.push(("x-amzn-errortype", "TooManyRequestsException".to_owned()));
        }
        Reply {
            status,
            headers,
            body: body.into_bytes(),
        }
    }

    /// A page of accounts; its token is the number of its first account.
    fn page(&self, uri: &str) -> String {
        let first: usize = uri
            .split_once("next_token=")
            .and_then(|(_, rest)| rest.split('&').next()?.parse().ok())
            .unwrap_or(0);
        let end = (first + PAGE).min(self.accounts);
        let list: Vec<serde_json::Value> = (first..end)
            .map(|n| serde_json::json!({"accountId": format!("{n:012}"), "accountName": format!("account-{n}")}))
            .collect();
        let next = (end < self.accounts).then(|| end.to_string());
        serde_json::json!({"accountList": list, "nextToken": next}).to_string()
    }
}

/// Lists an organization completely: the seconds that it takes, and the share of requests above the limit.
async fn list(portal: &Arc<Portal>, preferences: &str) -> (f64, f64) {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join(".config/genkan");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("config.toml"), preferences).expect("writes");
    let home = home.path().to_str().expect("UTF-8");
    let settings = Settings::resolve(Environment::from_pairs([("HOME", home)])).expect("settings");
    let context = Arc::new(Context::new(settings));
    let pacers = Arc::new(Pacers::new(&context));
    let connection = Arc::new(Connection::new(&context));
    let records = Arc::new(SignInRecords::new(&context));
    let tokens = Arc::new(Tokens::new(&context, &records));
    let access = Arc::new(AccessTokens::new(&context, &connection, &records, &tokens));
    let roles = Arc::new(ChainedRoles::new(&context));
    let catalogs = Arc::new(Catalogs::new(&context, &tokens, &roles));
    let listings = Listings::new(&context, &tokens, &access, &catalogs, &pacers);
    let server = Arc::clone(portal);
    connection.answer_by(move |uri| {
        let (server, uri) = (Arc::clone(&server), uri.to_owned());
        Box::pin(async move {
            tokio::time::sleep(LATENCY).await;
            server.answer(&uri)
        })
    });
    let session = fixtures::sample_session("demo");
    let signed_in = fixtures::sample_tokens("access");
    tokens.save_tokens(&session, &signed_in).expect("saves");
    let begun = Instant::now();
    let report = listings
        .sync_catalog(&session, &[], |_| {})
        .await
        .expect("a listing");
    let took = begun.elapsed().as_secs_f64();
    assert_eq!(report.catalog.assignments().count(), 2 * portal.accounts);
    assert_eq!(report.catalog.failed().count(), 0);
    let state = portal.state.lock().expect("no panic before");
    (took, f64::from(state.throttled) / f64::from(state.requests))
}

/// The seconds that so many accounts take at the limit, one request for each and one for each page of them.
fn floor(accounts: u32) -> f64 {
    (f64::from(accounts) * 1.01 - LIMIT) / LIMIT
}

#[tokio::test(start_paused = true)]
async fn a_thousand_accounts_take_hardly_longer_than_the_limit_allows() {
    let portal = Portal::new(1_000, Some(LIMIT.into()), None);
    let (took, throttled) = list(&portal, "").await;
    let floor = floor(1_000);
    assert!(took <= 1.06 * floor, "{took} s, and the floor is {floor} s");
    assert!(throttled < 0.02, "{throttled} of the requests were throttled");
}

#[tokio::test(start_paused = true)]
async fn limits_of_other_kinds_are_met_and_lose_no_account() {
    let limit = RateLimit::new;
    let (no_bursts, window) = (RateKind::Bucket(0.0), RateKind::SlidingWindow(1.0));
    let falls = RateLimit {
        change: Some((10.0, 20.0)),
        ..limit(40.0)
    };
    let crowded = RateLimit {
        others: 5.0,
        ..limit(20.0)
    };
    for (limit, floor) in [
        (limit(20.0).counted(no_bursts), 1_009.0 / 20.0),
        (limit(10.0).counted(RateKind::FixedWindow(1.0)), 100.0),
        (limit(50.0).counted(window), 20.0),
        (falls, 10.0 + (1_010.0 - 440.0) / 20.0),
        (crowded, (1_010.0 - 20.0) / 15.0),
    ] {
        let portal = Portal::new(1_000, Some(limit), None);
        let (took, throttled) = list(&portal, "").await;
        println!("{limit:?}: {:.3}, {throttled:.3}", took / floor);
        assert!(
            took <= 1.08 * floor,
            "{limit:?}: {took} s, and the floor is {floor} s"
        );
        assert!(
            throttled < 0.05,
            "{limit:?}: {throttled} of the requests were throttled"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn failing_requests_lose_no_account_and_cost_little_time() {
    let portal = Portal::new(1_000, Some(LIMIT.into()), Some(20));
    let (took, throttled) = list(&portal, "").await;
    let floor = floor(1_000);
    assert!(took <= 1.12 * floor, "{took} s, and the floor is {floor} s");
    assert!(throttled < 0.02, "{throttled} of the requests were throttled");
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_a_thousand_accounts_take_three_seconds_without_being_told() {
    let portal = Portal::new(1_000, None, None);
    let (took, _) = list(&portal, "").await;
    assert!(took <= 3.0, "{took} s");
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_only_latency_counts() {
    for accounts in [500, 2_000] {
        let portal = Portal::new(accounts, None, None);
        let (took, _) = list(&portal, "requests_per_second = 1000\n").await;
        let requests = u32::try_from(accounts + accounts / PAGE).expect("few");
        let floor = f64::from(requests) * LATENCY.as_secs_f64() / CONCURRENT;
        assert!(
            took <= 1.06 * floor,
            "{accounts}: {took} s, and the floor is {floor} s"
        );
    }
}
