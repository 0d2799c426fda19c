//! A machine whose clock is wrong by hours works as one whose clock is right, and says what is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use genkan::platform::clock;
use jiff::{SignedDuration, Timestamp};

use crate::pty::Screen;
use crate::support::{ACCOUNT, House, TARGET};

const TOKEN: &str = ".aws/sso/cache/89e495e7941cf9e40e6980d14a16bf023ccd4c91.json";
const HOURS: i64 = 2 * 3600;

/// A house whose servers are this many seconds ahead of the machine; negative: behind.
fn house(ahead: i64) -> (House, Arc<AtomicI64>) {
    let offset = Arc::new(AtomicI64::new(ahead));
    let seconds = Arc::clone(&offset);
    let house = House::with(move |options| {
        options.clock =
            Arc::new(move || clock::now() + SignedDuration::from_secs(seconds.load(Ordering::Relaxed)));
    });
    (house, offset)
}

fn expires_at(house: &House) -> Timestamp {
    let json: serde_json::Value = serde_json::from_str(&house.read(TOKEN)).unwrap();
    json["expiresAt"].as_str().unwrap().parse().unwrap()
}

/// Seconds from the servers' time to an instant.
fn left(house_ahead: i64, at: Timestamp) -> i64 {
    at.as_second() - (clock::now().as_second() + house_ahead)
}

#[test]
fn two_hours_change_nothing() {
    for ahead in [HOURS, -HOURS] {
        let (house, _) = house(ahead);
        let login = house.run(&["login", "--no-browser"]);
        assert_eq!(login.code, Some(0), "{}", login.stderr);
        assert!(login.stderr.contains("signed in to demo for 59 min") || login.stderr.contains("for 1 h"));
        let token = left(ahead, expires_at(&house));
        assert!((3500..=3600).contains(&token), "{ahead}: {token}");
        for _ in 0..3 {
            assert_eq!(
                house
                    .output(&["list", "--format", "plain", "--refresh"])
                    .lines()
                    .count(),
                100
            );
            let export = house.output(&["export", TARGET, "--format", "json"]);
            let json: serde_json::Value = serde_json::from_str(&export).unwrap();
            let role = left(ahead, json["Expiration"].as_str().unwrap().parse().unwrap());
            assert!((3400..=3600).contains(&role), "{ahead}: {role}");
        }
        let assumed = house.run(&["assume", "bash", TARGET]);
        assert!(
            assumed.stderr.contains(" for 59 min") || assumed.stderr.contains(" for 1 h"),
            "{ahead}: {}",
            assumed.stderr
        );
        let counts = house.sandbox.counts();
        assert_eq!(
            (
                counts.refresh_token.issued,
                counts.get_role_credentials,
                counts.start_device_authorization
            ),
            (0, 1, 1),
            "{ahead}: nothing was renewed or fetched in vain"
        );
    }
}

#[test]
fn a_token_is_renewed_when_it_is_due_by_the_servers_clock() {
    for ahead in [HOURS, -HOURS] {
        let (house, offset) = house(ahead);
        house.sign_in();
        // An hour passes for the servers, and for us: the wall clock moves with what was learned of it.
        offset.fetch_add(3590, Ordering::Relaxed);
        for _ in 0..4 {
            house.output(&["list", "--refresh"]);
        }
        assert_eq!(house.sandbox.counts().refresh_token.issued, 1, "{ahead}");
        let token = left(ahead + 3590, expires_at(&house));
        assert!((3500..=3600).contains(&token), "{ahead}: {token}");
    }
}

#[test]
fn what_was_learned_is_forgotten_with_the_reason() {
    let (house, offset) = house(-HOURS);
    house.sign_in();
    assert!(house.path(".cache/genkan/clock.json").exists());
    // A process that knows nothing takes the token for expired: one refresh, and it knows.
    std::fs::remove_file(house.path(".cache/genkan/clock.json")).unwrap();
    for _ in 0..3 {
        house.output(&["list", "--refresh"]);
    }
    assert_eq!(house.sandbox.counts().refresh_token.issued, 1);
    offset.store(0, Ordering::Relaxed);
    house.output(&["list", "--refresh"]);
    assert!(!house.path(".cache/genkan/clock.json").exists());
}

#[test]
fn the_portal_says_so_until_a_key_is_pressed() {
    let (house, _) = house(-HOURS);
    house.sign_in();
    let mut screen = Screen::genkan(&house, &[]);
    screen.wait("clock is 2 h ahead of AWS's");
    screen.wait("synced");
    screen.type_keys("\u{1b}[B");
    screen.gone("ahead of AWS's");
    screen.type_keys("\u{3}");
}

/// A legacy token, which nothing renews, on a machine that was started with a wrong clock.
#[test]
fn a_token_that_nothing_renews_is_not_given_up_for_a_wrong_clock() {
    let (house, _) = house(-9 * 3600);
    house.write(
        ".aws/config",
        &format!(
            "[profile old]\nsso_start_url = {}\nsso_region = ap-northeast-1\nsso_account_id = {ACCOUNT}\n\
             sso_role_name = AdministratorAccess\n",
            house.sandbox.start_url()
        ),
    );
    house.sign_in();
    std::fs::remove_file(house.path(".cache/genkan/clock.json")).unwrap();
    assert_eq!(
        house
            .output(&["list", "--format", "plain", "--refresh"])
            .lines()
            .count(),
        100
    );
    assert_eq!(
        house.sandbox.counts().start_device_authorization,
        1,
        "nobody had to sign in again"
    );
}
