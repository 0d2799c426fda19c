//! Another hundred kinds of portals, which no constant was searched with: their rates, latencies, bucket sizes, windows,
//! crowds, faults and changes are drawn by chance, the same each time.

use super::portals::{Portal, Random};
use crate::sandbox::{RateKind, RateLimit};

/// So many rates, and seven kinds of each.
const RATES: u32 = 15;

pub(super) fn portals() -> Vec<Portal> {
    let mut draw = Draw(Random(0x0DDB_1A5E_5BAD_5EED));
    (0..RATES).flat_map(|number| draw.kinds(number)).collect()
}

struct Draw(Random);

impl Draw {
    fn between(&mut self, least: f64, most: f64) -> f64 {
        (most - least).mul_add(self.0.next(), least)
    }

    /// As likely from 1 to 2 as from 2 to 4.
    fn scaled(&mut self, least: f64, most: f64) -> f64 {
        least * (most / least).powf(self.0.next())
    }

    fn whole(&mut self, least: u32, most: u32) -> u32 {
        let drawn = self.between(f64::from(least), f64::from(most + 1));
        (least..=most)
            .rev()
            .find(|number| f64::from(*number) <= drawn)
            .unwrap_or(least)
    }

    /// A portal with the latency and the jitter of some place in the world.
    fn portal(&mut self, name: &str, limit: RateLimit) -> Portal {
        // Without bursts, requests have to arrive evenly: on a way that varies more, no client gets near the limit.
        let is_strict = matches!(limit.kind, RateKind::Bucket(seconds) if seconds * limit.per_second < 2.0);
        let most = if is_strict { 0.03 } else { 0.3 };
        let (latency, jitter) = (self.scaled(0.02, 0.2), self.between(0.0, most));
        Portal {
            name: format!(
                "{:5.1} a second, {name}, {:.0} ms ± {:.0} %",
                limit.per_second,
                latency * 1_000.0,
                jitter * 100.0
            ),
            latency,
            jitter,
            ..Portal::new("", limit)
        }
    }

    fn kinds(&mut self, number: u32) -> [Portal; 7] {
        let limit = RateLimit::new(self.scaled(4.0, 150.0));
        let strict = |is: bool, seconds: f64| RateKind::Bucket(if is { 0.0 } else { seconds });
        let seconds = self.between(0.2, 3.0);
        let bucket = self.portal(
            &format!("bucket of {seconds:.1} s"),
            limit.counted(RateKind::Bucket(seconds)),
        );
        let seconds = self.between(0.0, 0.15) * f64::from(number % 2);
        let small = self.portal(
            &format!("bucket of {seconds:.2} s"),
            limit.counted(RateKind::Bucket(seconds)),
        );
        // Windows of more requests are best used up in bursts, a few in a listing, which is no matter of a rate.
        let span = self.scaled(0.5, 5.0).min(60.0 / limit.per_second);
        let window = if number.is_multiple_of(2) {
            self.portal(
                &format!("fixed window of {span:.1} s"),
                limit.counted(RateKind::FixedWindow(span)),
            )
        } else {
            self.portal(
                &format!("sliding window of {span:.1} s"),
                limit.counted(RateKind::SlidingWindow(span)),
            )
        };
        let (each, seconds) = (self.whole(10, 100), self.between(0.2, 2.0));
        let kind = strict(number.is_multiple_of(3), seconds);
        let faults = Portal {
            faults: Some(each),
            ..self.portal(
                &format!("{}, one in {each} fails", name(kind)),
                limit.counted(kind),
            )
        };
        let (share, seconds) = (self.between(0.1, 0.6), self.between(0.5, 2.0));
        let kind = strict(number % 3 == 1, seconds);
        let others = RateLimit {
            others: limit.per_second * share,
            ..limit.counted(kind)
        };
        let others = self.portal(&format!("{}, {share:.2} used by others", name(kind)), others);
        let changes = self.change(limit, number);
        let (clients, seconds) = (self.whole(2, 5), self.between(0.3, 2.0));
        let crowd = Portal {
            clients,
            ..self.portal(
                &format!("bucket of {seconds:.1} s, {clients} list at once"),
                limit.counted(RateKind::Bucket(seconds)),
            )
        };
        [bucket, small, window, faults, others, changes, crowd]
    }

    fn change(&mut self, limit: RateLimit, number: u32) -> Portal {
        let factor = if number.is_multiple_of(2) {
            self.between(0.4, 0.9)
        } else {
            self.between(1.2, 2.5)
        };
        let (part, seconds) = (self.between(0.2, 0.8), self.between(0.2, 2.0));
        let kind = RateKind::Bucket(if number % 4 < 2 { seconds } else { 0.0 });
        let after = part * f64::from(super::portals::REQUESTS) / limit.per_second;
        let limit = RateLimit {
            change: Some((after, limit.per_second * factor)),
            ..limit.counted(kind)
        };
        self.portal(
            &format!("{}, {factor:.2} times that after {after:.1} s", name(kind)),
            limit,
        )
    }
}

fn name(kind: RateKind) -> String {
    match kind {
        RateKind::Bucket(0.0) => "no bursts".to_owned(),
        RateKind::Bucket(seconds) => format!("bucket of {seconds:.1} s"),
        RateKind::FixedWindow(span) => format!("fixed window of {span:.1} s"),
        RateKind::SlidingWindow(span) => format!("sliding window of {span:.1} s"),
    }
}
