//! How fast a rate finds the limit of four hundred kinds of portals, on a virtual clock: how long a listing takes over what
//! the limit allows, and how much of it is refused. And how many people one portal can serve.

mod clock;
mod crowds;
mod holdout;
mod late_timers;
mod portals;
mod told;

use clock::{Client, Pace, run};
use portals::{Portal, REQUESTS, bucket, plain, shared_or_faulty};
use told::{PARTS, Told};

use super::constants::{FASTEST, POLITE};
use super::rate::Rate;

/// A listing is near the limit where it takes at most so much of the floor, and at most so much of it is refused.
const NEAR: (f64, f64) = (1.08, 0.05);
/// So many of the others are near it, a few less than the page on performance says: sums of fractions differ between C libraries.
const FAR_NEAR: usize = 56;
const JITTER_NEAR: usize = 43;
const SHARED_NEAR: usize = 30;
const DRAWN_PLAIN_NEAR: usize = 40;
const DRAWN_SHARED_NEAR: usize = 15;
/// Several who list at once and don't know of each other are near none: how many times the floor they take at most, and what
/// part of their requests is refused.
const DRAWN_CROWDS: (f64, f64) = (2.1, 0.3);
/// So many of the plain kinds allow bursts.
const WITH_BURSTS: usize = 43;

#[derive(Clone, Copy)]
struct Outcome {
    seconds: f64,
    refused: f64,
}

impl Outcome {
    fn is_near(self, floor: f64) -> bool {
        self.seconds <= NEAR.0 * floor && self.refused <= NEAR.1
    }
}

/// Lists 1,000 accounts, by so many clients as the portal has: nothing may be lost.
fn list_with(portal: &Portal, seed: u64, pace: impl Fn() -> Pace) -> (Outcome, Vec<Client>) {
    let mut clients: Vec<Client> = (0..portal.clients)
        .map(|_| Client::with(pace(), portal.requests(), 0.0))
        .collect();
    let seconds = run(&mut clients, portal, seed);
    let sum = |count: fn(&Client) -> u32| clients.iter().map(count).sum::<u32>();
    assert_eq!(
        sum(|client| client.admitted),
        portal.requests() * portal.clients,
        "{}",
        portal.name
    );
    let refused = f64::from(sum(|client| client.refused)) / f64::from(sum(|client| client.asked));
    (Outcome { seconds, refused }, clients)
}

fn list(rate: &Rate, portal: &Portal) -> (Outcome, Rate) {
    let (outcome, mut clients) = list_with(portal, 1, || Pace::Found(rate.clone()));
    match clients.pop().map(|client| client.pace) {
        Some(Pace::Found(rate)) => (outcome, rate),
        _ => unreachable!("it was given a rate to find"),
    }
}

/// Whether a client that was told the limit would be near it.
fn is_in_reach(portal: &Portal) -> bool {
    let floor = portal.floor();
    portal.limit.is_none()
        || PARTS.iter().any(|part| {
            let told = || Pace::Told(Told::new(portal, *part).expect("a limit"));
            list_with(portal, 1, told).0.is_near(floor)
        })
}

/// Lists at each of these portals, and prints how far from its limit: those that are not near it.
fn judge<'a>(what: &str, portals: impl IntoIterator<Item = &'a Portal>) -> Short {
    let mut short = Short::default();
    println!("{what:72} {:>8} {:>10} {:>8}", "seconds", "over floor", "refused");
    for portal in portals {
        let (outcome, _) = list(&Rate::new(POLITE, FASTEST), portal);
        let floor = portal.floor();
        let verdict = match (outcome.is_near(floor), is_in_reach(portal)) {
            (true, _) => "",
            (false, true) => "falls short",
            (false, false) => "falls short, out of reach",
        };
        let line = format!(
            "{:72} {:8.2} {:10.3} {:7.2}% {verdict}",
            portal.name,
            outcome.seconds,
            outcome.seconds / floor,
            outcome.refused * 100.0
        );
        println!("{line}");
        short.all += 1;
        short.longest = short.longest.max(outcome.seconds / floor);
        short.most_refused = short.most_refused.max(outcome.refused);
        short.out_of_reach += usize::from(verdict.ends_with("reach"));
        if !verdict.is_empty() {
            short.lines.push(line);
        }
    }
    println!(
        "{} of {} are near their limits, {} could be\n",
        short.near(),
        short.all,
        short.all - short.out_of_reach
    );
    short
}

/// What is not near its limit.
#[derive(Default)]
struct Short {
    all: usize,
    out_of_reach: usize,
    /// The longest listing, in times its floor.
    longest: f64,
    most_refused: f64,
    lines: Vec<String>,
}

impl Short {
    fn near(&self) -> usize {
        self.all - self.lines.len()
    }

    fn assert_near(&self, least: usize) {
        assert!(self.near() >= least, "{} of {}", self.near(), self.all);
    }
}

/// What the project promises, kind by kind.
#[test]
fn every_plain_kind_of_a_hundred_kinds_is_listed_near_its_limit() {
    for (what, latency) in [("plain, 60 ms", 0.06), ("plain, 30 ms", 0.03)] {
        let short = judge(what, &plain(latency, 0.0));
        assert!(short.lines.is_empty(), "{:#?}", short.lines);
    }
}

/// Answers that vary by a tenth: without bursts, no client gets near most of these limits, and those that allow some are
/// near at every seed.
#[test]
fn every_plain_kind_with_bursts_is_listed_near_its_limit_whatever_the_jitter() {
    let portals = plain(0.06, 0.1);
    let with_bursts: Vec<&Portal> = portals.iter().filter(|portal| portal.allows_bursts()).collect();
    assert_eq!(with_bursts.len(), WITH_BURSTS);
    for seed in 1..=10 {
        for portal in &with_bursts {
            let found = || Pace::Found(Rate::new(POLITE, FASTEST));
            let (outcome, _) = list_with(portal, seed, found);
            assert!(
                outcome.is_near(portal.floor()),
                "{}, seed {seed}: {} s, {} refused",
                portal.name,
                outcome.seconds,
                outcome.refused
            );
        }
    }
}

#[test]
fn most_of_the_other_hundred_kinds_are_listed_near_their_limits() {
    judge("plain, 120 ms", &plain(0.12, 0.0)).assert_near(FAR_NEAR);
    judge("plain, 60 ms ± 10 %", &plain(0.06, 0.1)).assert_near(JITTER_NEAR);
    judge("shared or faulty, 60 ms", &shared_or_faulty()).assert_near(SHARED_NEAR);
}

#[test]
fn drawn_hundred_kinds_are_listed_near_their_limits() {
    let drawn = holdout::portals();
    let of = |is: fn(&Portal) -> bool| drawn.iter().filter(move |portal| is(portal));
    judge("drawn, plain", of(Portal::is_plain)).assert_near(DRAWN_PLAIN_NEAR);
    let is_shared = |portal: &Portal| portal.clients == 1 && !portal.is_plain();
    judge("drawn, shared or faulty", of(is_shared)).assert_near(DRAWN_SHARED_NEAR);
    let crowds = judge("drawn, crowds", of(|portal| portal.clients > 1));
    let (longest, most_refused) = DRAWN_CROWDS;
    assert!(crowds.longest <= longest, "{} times the floor", crowds.longest);
    assert!(
        crowds.most_refused <= most_refused,
        "{} refused",
        crowds.most_refused
    );
}

#[test]
fn twenty_a_second_is_met_within_six_percent() {
    for seconds in [0.5, 1.0] {
        let portal = bucket(20.0, seconds);
        let (outcome, _) = list(&Rate::new(POLITE, FASTEST), &portal);
        assert!(outcome.seconds <= 1.06 * portal.floor(), "{}", outcome.seconds);
        assert!(outcome.refused < 0.02, "{}", outcome.refused);
    }
}

#[test]
fn without_a_limit_a_thousand_accounts_take_three_seconds() {
    let (outcome, _) = list(&Rate::new(POLITE, FASTEST), &Portal::unlimited());
    assert!(outcome.seconds <= 2.8, "{}", outcome.seconds);
}

/// In no second, the first and one after a rest included.
#[test]
fn what_a_user_chose_is_never_exceeded() {
    let rates = [1_u16, 5, 8, 10, 30];
    for (chosen, begins_at) in rates.into_iter().flat_map(|rate| [(rate, 0.0), (rate, 10.0)]) {
        let mut rate = Rate::new(f64::from(chosen), f64::from(chosen));
        let (mut now, mut sent) = (begins_at, Vec::new());
        while sent.len() < 600 {
            let wait = rate.take(now);
            if wait > 0.0 {
                now += wait;
                continue;
            }
            rate.admit(now, rate.tag());
            sent.push(now);
            if sent.len() == 300 {
                now += 60.0;
            }
        }
        for (at, next) in sent.iter().zip(sent.iter().skip(usize::from(chosen))) {
            assert!(next - at > 0.998, "{chosen} a second: from {at} to {next}");
        }
        let took = now - begins_at - 60.0;
        assert!(took <= 602.0 / f64::from(chosen), "{chosen} a second: {took} s");
    }
}

/// A limit that was found is where the next listing begins: next to nothing is refused until more is tried.
#[test]
fn remembered_limits_are_not_searched_again() {
    for portal in plain(0.06, 0.0).iter().filter(|portal| portal.is_steady()) {
        let (_, first) = list(&Rate::new(POLITE, FASTEST), portal);
        let Some(found) = first.found() else {
            continue;
        };
        let mut next = Rate::new(POLITE, FASTEST);
        next.recall(found);
        let mut clients = [Client::new(next, 60, 0.0)];
        run(&mut clients, portal, 1);
        assert!(
            clients[0].refused <= 3,
            "{}: {} of {}",
            portal.name,
            clients[0].refused,
            found.per_second
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
        let ratio = took / (portal.floor() + f64::from(REQUESTS) / limit);
        let refused: u32 = clients.iter().map(|client| client.refused).sum();
        println!("{limit} a second, {seconds} s: {ratio:.3}, {refused} refused");
        assert!(ratio <= 1.08, "{}: {ratio}", portal.name);
        assert!(refused <= REQUESTS / 10, "{}: {refused}", portal.name);
    }
}
