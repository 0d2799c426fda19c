//! Answers of AWS, as no server gives them.
//!
//! The first byte says which call is made. Behind it stand the answers, parted by 0xFF, the last again
//! for all later calls: a byte for the status, headers in lines up to a zero where there is one, the body.

use std::sync::OnceLock;

use genkan::aws::{Aws, AwsError, AwsOptions, Reply};
use genkan::domain::sessions::start_url::may_open;
use genkan::domain::text::{clean_text, is_unchanged_by_cleaning, sanitize_line};
use genkan::domain::{AccountId, ClientRegistration, PermissionSetName, Secret, TokenSet};
use genkan::platform::clock::Clock;
use jiff::Timestamp;
use tokio::runtime::Runtime;

use super::session;

/// What is different after so many answers was different before.
const MOST_REPLIES: usize = 4;
const STATUSES: [u16; 12] = [200, 200, 200, 200, 400, 401, 403, 404, 429, 500, 302, 204];
/// The headers that are read.
const HEADERS: [&str; 3] = ["x-amzn-errortype", "retry-after", "date"];

/// Runs a call at once: a caller that waits between two tries waits no real time.
fn at_once<T>(call: impl Future<Output = T>) -> T {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime")
    });
    runtime.block_on(call)
}

/// Which call is made, and a way to AWS on which it gets these answers.
fn read(data: &[u8]) -> (u8, Aws) {
    static AWS: OnceLock<Aws> = OnceLock::new();
    let aws = AWS.get_or_init(|| Aws::load(AwsOptions::default(), Clock::new(|_| {})).expect("loads"));
    let (call, answers) = data.split_first().unwrap_or((&0, &[]));
    let replies = answers.split(|b| *b == 0xff).take(MOST_REPLIES).map(reply);
    (*call, aws.clone().answering(replies.collect()))
}

fn reply(bytes: &[u8]) -> Reply {
    let (status, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let status = STATUSES.get(usize::from(*status) % STATUSES.len());
    let (headers, body) = match rest.iter().position(|b| *b == 0) {
        Some(at) => rest.split_at(at),
        None => rest.split_at(0),
    };
    let headers = String::from_utf8_lossy(headers);
    Reply {
        status: status.copied().unwrap_or(200),
        headers: HEADERS
            .into_iter()
            .zip(headers.lines().map(str::to_owned))
            .collect(),
        body: body.strip_prefix(b"\0").unwrap_or(body).to_vec(),
    }
}

/// Whatever went wrong is said in one line that can be shown.
fn words<T>(result: &Result<T, AwsError>) {
    if let Err(error) = result {
        for said in std::iter::once(error.to_string()).chain(error.hints()) {
            assert_eq!(sanitize_line(&said), said);
        }
    }
}

fn tokens(result: &Result<TokenSet, AwsError>) {
    words(result);
    if let Ok(tokens) = result {
        let secret = tokens.access_token.expose();
        assert!(!secret.is_empty() && secret.bytes().all(|b| b.is_ascii_graphic()));
    }
}

/// Answers of sso-oidc.
pub fn sign_in(data: &[u8]) {
    let ((call, aws), session) = (read(data), session());
    let registration = ClientRegistration {
        client_id: "c".to_owned(),
        client_secret: Secret::new("s"),
        expires_at: Timestamp::MAX,
    };
    let secret = Secret::new("d");
    at_once(async {
        match call % 5 {
            0 => words(&aws.register_client(&session).await),
            1 => {
                let device = aws.start_device_authorization(&session, &registration).await;
                words(&device);
                if let Ok(device) = device {
                    assert!((0..=60).contains(&device.interval.as_secs()));
                    assert!(clean_text(&device.user_code) == device.user_code);
                    let opened = &device.verification_uri_complete;
                    assert!(
                        !may_open(opened) || is_unchanged_by_cleaning(opened),
                        "{opened:?}"
                    );
                }
            }
            2 => tokens(&aws.redeem_device_code(&session, &registration, &secret).await),
            3 => tokens(&aws.refresh(&session, &registration, &secret).await),
            _ => {
                let back = "http://127.0.0.1:1/";
                tokens(
                    &aws.redeem_code(&session, &registration, &secret, &secret, back)
                        .await,
                );
            }
        }
    });
}

/// Answers of the access portal.
pub fn portal(data: &[u8]) {
    let ((call, aws), session) = (read(data), session());
    let (token, set) = (Secret::new("t"), PermissionSetName::new("ReadOnlyAccess"));
    let account: AccountId = "000000000001".parse().expect("an id");
    let turn = || std::future::ready(());
    at_once(async {
        match call % 4 {
            0 => {
                let page = aws.list_accounts(&session, &token, None).await;
                words(&page);
                for account in page.iter().flat_map(|page| &page.accounts) {
                    for text in [&account.name, &account.email] {
                        assert!(clean_text(text) == **text, "{text:?}");
                    }
                }
            }
            1 => {
                let sets = aws
                    .list_permission_sets(&session, &token, &account, || std::future::ready(None))
                    .await;
                words(&sets);
                for set in sets.iter().flatten() {
                    assert!(set.as_str().bytes().all(|b| b.is_ascii_graphic()), "{set:?}");
                }
            }
            2 => {
                let credentials = aws.role_credentials(&session, &token, &account, &set, turn).await;
                words(&credentials);
                if let Ok(given) = credentials {
                    for text in [
                        &given.access_key_id,
                        given.secret_access_key.expose(),
                        given.session_token.expose(),
                    ] {
                        assert!(!text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()));
                    }
                }
            }
            _ => words(&aws.logout(&session, &token).await),
        }
    });
}
