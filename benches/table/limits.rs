//! Listing 1,000 accounts where the access portal limits requests: whole processes that are told nothing, beside the least that the
//! limit allows. At each rate with and without bursts, and with a limit that doubles on the way. Without bursts, a request that is
//! held up for a fraction of a millisecond shortens the gap to the next one: so nothing runs beside those.

use std::path::Path;
use std::time::{Duration, Instant};

use genkan::sandbox::{Organisation, RateKind, RateLimit, start_sandbox};

use super::processes::{Home, PROGRAM, options};
use super::{SETS, Setup};

const RATES: [u16; 5] = [5, 10, 20, 50, 100];
/// From here on two listings at once would take each other's processor time; slower ones wait nearly all the time.
const ALONE: u16 = 50;
const ACCOUNTS: usize = 1_000;
/// Of accounts, a hundred a page, and of the permission sets of each.
const REQUESTS: f64 = 1_010.0;
const LATENCY: Duration = Duration::from_millis(60);
/// What the project promises, in times the least and as a part of all requests; and where the limit is what AWS documents.
const PROMISED: (f64, f64) = (1.08, 0.05);
const PROMISED_DOCUMENTED: (f64, f64) = (1.06, 0.02);
const DOCUMENTED: u16 = 20;

struct Kind {
    name: &'static str,
    limit: RateLimit,
    /// The least time, in seconds.
    least: f64,
}

/// Prints each, and how many miss what is promised.
pub(crate) fn print(setup: &Setup) {
    println!("| limit | time | of the least | refused | |\n| --- | --- | --- | --- | --- |");
    let mut short = 0;
    for rate in RATES {
        let [bursts, none, doubled] = kinds(f64::from(rate));
        let [bursts, doubled] = if rate < ALONE {
            std::thread::scope(|scope| {
                let running = [&bursts, &doubled].map(|kind| scope.spawn(|| measure(setup, kind, rate)));
                running.map(|thread| thread.join().unwrap())
            })
        } else {
            [&bursts, &doubled].map(|kind| measure(setup, kind, rate))
        };
        let none = measure(setup, &none, rate);
        for (is_reached, line) in [bursts, none, doubled] {
            short += u32::from(!is_reached);
            println!("{line}");
        }
    }
    println!("\n{short} fall short");
}

fn kinds(rate: f64) -> [Kind; 3] {
    let latency = LATENCY.as_secs_f64();
    let bursts = RateLimit::new(rate).counted(RateKind::Bucket(1.0));
    // Half of the requests, and from then on twice as fast.
    let half = (REQUESTS / 2.0 - rate) / rate;
    let mut doubled = bursts;
    doubled.change = Some((half, 2.0 * rate));
    [
        Kind {
            name: "bursts of a second",
            limit: bursts,
            least: (REQUESTS - rate) / rate + latency,
        },
        Kind {
            name: "no bursts",
            limit: RateLimit::new(rate).counted(RateKind::Bucket(0.0)),
            least: (REQUESTS - 1.0) / rate + latency,
        },
        Kind {
            name: "bursts of a second, doubled halfway",
            limit: doubled,
            least: half + REQUESTS / 2.0 / (2.0 * rate) + latency,
        },
    ]
}

fn measure(setup: &Setup, kind: &Kind, rate: u16) -> (bool, String) {
    let mut options = options();
    options.poll_interval = Duration::ZERO;
    options.latency = LATENCY;
    options.organisation = Organisation::generated(ACCOUNTS, SETS);
    options.rate = Some(kind.limit);
    let sandbox = setup.runtime.block_on(start_sandbox(options)).unwrap();
    let home = Home::new(&sandbox);
    std::fs::remove_file(home.folder.path().join(".config/genkan/config.toml")).unwrap();
    home.run(&["login"]);
    let begun = Instant::now();
    // Nothing is lost.
    let targets = ACCOUNTS * SETS;
    let program = setup.dist.as_deref().unwrap_or(Path::new(PROGRAM)).display();
    let script = format!("test \"$('{program}' list --format plain | wc -l)\" -eq {targets}");
    home.run_line(&["sh", "-c", &script]);
    let took = begun.elapsed().as_secs_f64();
    let counts = sandbox.counts();
    let ratio = took / kind.least;
    #[expect(clippy::cast_precision_loss, reason = "fewer than ten thousand")]
    let refused = counts.throttled as f64 / REQUESTS;
    // One that changes is no longer what is documented.
    let is_documented = rate == DOCUMENTED && kind.limit.change.is_none();
    let (longest, most_refused) = if is_documented {
        PROMISED_DOCUMENTED
    } else {
        PROMISED
    };
    let is_reached = ratio <= longest && refused <= most_refused;
    let line = format!(
        "| {rate} a second, {} | {took:.2} s | {ratio:.3} × | {:.1} % | {} |",
        kind.name,
        refused * 100.0,
        if is_reached { "pass" } else { "FALLS SHORT" },
    );
    (is_reached, line)
}
