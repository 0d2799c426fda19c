//! The virtual clock: who asks when, and what is answered.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::super::constants::{FASTEST, POLITE};
use super::super::rate::Rate;
use super::portals::{Answer, Portal, Random, Running};
use super::told::Told;

/// How many requests a client has under way at most that was told the limit.
const AT_ONCE: usize = 40;
/// How late a precise sleep ends, in seconds.
const LATE: f64 = 0.000_02;
/// Longer than any of these listings takes, in seconds.
const NEVER: f64 = 40_000.0;

/// What decides when a client asks.
#[expect(clippy::large_enum_variant, reason = "there are few")]
pub(super) enum Pace {
    Found(Rate),
    Told(Told),
}

impl Pace {
    fn at_once(&self) -> usize {
        match self {
            Self::Found(rate) => rate.at_once(),
            Self::Told(_) => AT_ONCE,
        }
    }

    fn tag(&self) -> u64 {
        match self {
            Self::Found(rate) => rate.tag(),
            Self::Told(_) => 0,
        }
    }

    /// How long a sleep of so many seconds takes whose timer wakes so much late.
    fn sleeps(&self, wait: f64, late: f64) -> f64 {
        match self {
            Self::Found(rate) if rate.needs_precision() => wait + LATE,
            // Timers count in milliseconds.
            _ => (wait * 1_000.0 - 1e-6).ceil() / 1_000.0 + late,
        }
    }

    fn take(&mut self, now: f64) -> f64 {
        match self {
            Self::Found(rate) => rate.take(now),
            Self::Told(told) => told.take(now),
        }
    }
}

/// A process that lists.
pub(super) struct Client {
    pub(super) pace: Pace,
    begins_at: f64,
    /// Processes of one host and user count each other's requests.
    host: Option<usize>,
    /// A user waits for its one request, which takes no slot and is tried again after so long, in seconds.
    retries: Option<&'static [f64]>,
    left: u32,
    under_way: usize,
    wakes_at: f64,
    /// The least and the most that its timers wake late, in seconds, beyond what counting in milliseconds costs.
    late: (f64, f64),
    /// What it has seen of its host's requests, with its own.
    seen: u32,
    pub(super) asked: u32,
    pub(super) admitted: u32,
    pub(super) refused: u32,
    pub(super) done_at: f64,
}

impl Client {
    pub(super) fn new(rate: Rate, requests: u32, begins_at: f64) -> Self {
        Self::with(Pace::Found(rate), requests, begins_at)
    }

    pub(super) fn with(pace: Pace, requests: u32, begins_at: f64) -> Self {
        Self {
            pace,
            begins_at,
            host: None,
            retries: None,
            left: requests,
            under_way: 0,
            wakes_at: f64::NEG_INFINITY,
            late: (0.0, 0.0),
            seen: 0,
            asked: 0,
            admitted: 0,
            refused: 0,
            done_at: f64::INFINITY,
        }
    }

    pub(super) fn on_host(self, host: usize) -> Self {
        Self {
            host: Some(host),
            ..self
        }
    }

    /// On a machine whose timers wake late.
    pub(super) fn with_late_timers(self, late: (f64, f64)) -> Self {
        Self { late, ..self }
    }

    /// One request that a user waits for.
    pub(super) fn urgent(begins_at: f64) -> Self {
        Self {
            retries: Some(&[0.3, 1.2]),
            ..Self::new(Rate::new(POLITE, FASTEST), 1, begins_at)
        }
    }

    pub(super) fn is_urgent(&self) -> bool {
        self.retries.is_some()
    }

    /// How long it took, in seconds; infinite where it was given up.
    pub(super) fn took(&self) -> f64 {
        self.done_at - self.begins_at
    }
}

/// What happens when, and to which client.
#[derive(PartialEq)]
struct Event {
    at: f64,
    order: u32,
    client: usize,
    what: What,
}

#[derive(PartialEq)]
enum What {
    Wakes,
    Arrives(u64),
    Answers(u64, Answer),
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    /// The earliest first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.total_cmp(&self.at).then(other.order.cmp(&self.order))
    }
}

struct Queue {
    events: BinaryHeap<Event>,
    order: u32,
    /// How often each host has asked.
    hosts: [u32; 4],
    random: Random,
}

impl Queue {
    fn new(seed: u64) -> Self {
        Self {
            events: BinaryHeap::new(),
            order: 0,
            hosts: [0; 4],
            random: Random(seed.wrapping_mul(0x5851_F42D_4C95_7F2D) | 1),
        }
    }

    fn push(&mut self, at: f64, client: usize, what: What) {
        self.order += 1;
        let order = self.order;
        self.events.push(Event {
            at,
            order,
            client,
            what,
        });
    }

    /// Sends what a client may send now.
    fn send(&mut self, now: f64, number: usize, client: &mut Client, portal: &mut Running) {
        if client.is_urgent() {
            if client.left > 0 && client.under_way == 0 && now >= client.wakes_at {
                client.left = 0;
                client.under_way = 1;
                client.asked += 1;
                self.push(now + portal.way(), number, What::Arrives(0));
            }
            return;
        }
        while client.left > 0 && client.under_way < client.pace.at_once() {
            if let Some(host) = client.host {
                let others = self.hosts[host] - client.seen;
                client.seen = self.hosts[host];
                if let Pace::Found(rate) = &mut client.pace {
                    rate.take_for_others(now, others);
                }
            }
            let wait = client.pace.take(now);
            if wait > 0.0 {
                let (least, most) = client.late;
                let late = (most - least).mul_add(self.random.next(), least);
                let at = now + client.pace.sleeps(wait, late);
                if client.wakes_at <= now || at < client.wakes_at {
                    client.wakes_at = at;
                    self.push(at, number, What::Wakes);
                }
                return;
            }
            if let Some(host) = client.host {
                self.hosts[host] += 1;
                client.seen += 1;
            }
            client.left -= 1;
            client.under_way += 1;
            client.asked += 1;
            let epoch = client.pace.tag();
            self.push(now + portal.way(), number, What::Arrives(epoch));
        }
    }
}

fn learn(client: &mut Client, now: f64, epoch: u64, answer: Answer) {
    client.under_way -= 1;
    if let Pace::Found(rate) = &mut client.pace {
        match answer {
            Answer::Admitted => rate.admit(now, epoch),
            Answer::Refused | Answer::Stray => rate.refuse(now, epoch),
            Answer::Failed => rate.count_failure(now, epoch),
        }
    }
    client.refused += u32::from(answer == Answer::Refused);
    if answer != Answer::Admitted {
        client.left += 1;
        return;
    }
    client.admitted += 1;
    if client.left == 0 && client.under_way == 0 {
        client.done_at = now;
    }
}

/// Lets clients list until all have everything, whatever is refused: the seconds that it took.
pub(super) fn run(clients: &mut [Client], portal: &Portal, seed: u64) -> f64 {
    let mut portal = portal.run(seed);
    let mut queue = Queue::new(seed);
    for (number, client) in clients.iter().enumerate() {
        queue.push(client.begins_at, number, What::Wakes);
    }
    let mut now = 0.0;
    while let Some(event) = queue.events.pop() {
        now = event.at;
        assert!(now < NEVER, "it does not end");
        let client = &mut clients[event.client];
        match event.what {
            What::Wakes => {}
            What::Arrives(epoch) => {
                let answer = portal.answer(now);
                queue.push(now + portal.way(), event.client, What::Answers(epoch, answer));
                continue;
            }
            What::Answers(epoch, answer) => {
                learn(client, now, epoch, answer);
                if let Some([wait, later @ ..]) = client.retries
                    && client.left > 0
                {
                    client.retries = Some(later);
                    client.wakes_at = now + wait;
                    queue.push(now + wait, event.client, What::Wakes);
                    continue;
                } else if client.is_urgent() {
                    continue;
                }
            }
        }
        queue.send(now, event.client, client, &mut portal);
    }
    now
}
