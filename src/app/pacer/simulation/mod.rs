//! How fast a rate finds the limit of a hundred kinds of portals, on a virtual clock: how long a listing takes over what
//! the limit allows, and how much of it is refused. And how many people one portal can serve.

mod clock;
mod crowds;
mod portals;

use clock::{Client, run};
use portals::{Portal, REQUESTS, bucket, portals};

use super::rate::{FASTEST, POLITE, Rate};

/// So many kinds fall short: the page on performance names them.
const MOST_SHORT: usize = 18;

struct Outcome {
    seconds: f64,
    refused: f64,
}

/// Lists 1,000 accounts: nothing may be lost.
fn list(rate: Rate, portal: &Portal) -> (Outcome, Rate) {
    let mut clients = [Client::new(rate, REQUESTS, 0.0)];
    let seconds = run(&mut clients, portal, 1);
    let [client] = clients;
    assert_eq!(client.admitted, REQUESTS, "{}", portal.name);
    let refused = f64::from(client.refused) / f64::from(client.asked);
    (Outcome { seconds, refused }, client.rate)
}

#[test]
fn a_hundred_kinds_of_portals_are_listed_near_their_limits() {
    let portals = portals();
    assert!(portals.len() >= 100, "{}", portals.len());
    let mut short = Vec::new();
    println!(
        "{:58} {:>8} {:>10} {:>8}",
        "portal", "seconds", "over floor", "refused"
    );
    for portal in &portals {
        let (outcome, _) = list(Rate::new(POLITE, FASTEST), portal);
        let ratio = outcome.seconds / portal.floor(REQUESTS);
        let refused = outcome.refused * 100.0;
        println!(
            "{:58} {:8.2} {ratio:10.3} {refused:7.2}%",
            portal.name, outcome.seconds
        );
        if ratio > 1.08 || refused > 5.0 {
            short.push(format!("{:58} {ratio:10.3} {refused:7.2}%", portal.name));
        }
    }
    println!(
        "{} of {} fall short:\n{}",
        short.len(),
        portals.len(),
        short.join("\n")
    );
    assert!(
        short.len() <= MOST_SHORT,
        "{} of {}: {short:#?}",
        short.len(),
        portals.len()
    );
}

#[test]
fn twenty_a_second_is_met_within_six_percent() {
    for seconds in [0.5, 1.0] {
        let portal = bucket(20.0, seconds);
        let (outcome, _) = list(Rate::new(POLITE, FASTEST), &portal);
        assert!(
            outcome.seconds <= 1.06 * portal.floor(REQUESTS),
            "{}",
            outcome.seconds
        );
        assert!(outcome.refused < 0.02, "{}", outcome.refused);
    }
}

#[test]
fn without_a_limit_a_thousand_accounts_take_three_seconds() {
    let (outcome, _) = list(Rate::new(POLITE, FASTEST), &Portal::unlimited());
    assert!(outcome.seconds <= 3.0, "{}", outcome.seconds);
}

#[test]
fn what_a_user_chose_is_never_exceeded() {
    let (outcome, rate) = list(Rate::new(10.0, 10.0), &Portal::unlimited());
    assert!(
        outcome.seconds >= f64::from(REQUESTS) / 10.0 - 1.0,
        "{}",
        outcome.seconds
    );
    assert!(rate.per_second() <= 10.0);
}

/// A limit that was found is where the next listing begins: next to nothing is refused until more is tried.
#[test]
fn remembered_limits_are_not_searched_again() {
    for portal in portals().iter().filter(|portal| portal.is_steady()) {
        let (_, first) = list(Rate::new(POLITE, FASTEST), portal);
        let Some((per_second, is_limited)) = first.found() else {
            continue;
        };
        let mut next = Rate::new(POLITE, FASTEST);
        next.recall(per_second, is_limited);
        let mut clients = [Client::new(next, 60, 0.0)];
        run(&mut clients, portal, 1);
        assert!(
            clients[0].refused <= 3,
            "{}: {} of {per_second}",
            portal.name,
            clients[0].refused
        );
    }
}

/// Two processes of one user share the limit instead of fighting for it.
#[test]
fn two_processes_at_once_come_near_the_limit_together() {
    for (limit, seconds) in [(10.0, 1.0), (20.0, 1.0), (20.0, 0.5), (50.0, 1.0)] {
        let portal = bucket(limit, seconds);
        let client = || Client::new(Rate::new(POLITE, FASTEST), REQUESTS, 0.0).on_host(0);
        let mut clients = [client(), client()];
        let took = run(&mut clients, &portal, 1);
        let ratio = took / portal.floor(2 * REQUESTS);
        let refused: u32 = clients.iter().map(|client| client.refused).sum();
        println!("{limit} a second, {seconds} s: {ratio:.3}, {refused} refused");
        assert!(ratio <= 1.08, "{}: {ratio}", portal.name);
        assert!(refused <= REQUESTS / 10, "{}: {refused}", portal.name);
    }
}
