//! The controller against a portal some way off, on a paused clock: faults, rests, a user's request, and other processes.

use std::cell::Cell;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::*;
use crate::platform::files::paths::Paths;

/// A portal with a limit: a bucket with a burst of one second, 60 ms away; each so-many-th
/// answer fails, a third of these by 429 and the rest by 500.
struct FarPortal {
    limit: f64,
    tokens: Cell<f64>,
    at: Cell<Instant>,
    one_fails_of: u32,
    /// What a refusal asks for.
    rest: Option<Duration>,
    /// It refuses everything.
    is_closed: Cell<bool>,
    asked: Cell<u32>,
    refused: Cell<u32>,
}

impl FarPortal {
    fn new(limit: f64, one_fails_of: u32) -> Self {
        Self {
            limit,
            tokens: Cell::new(limit),
            at: Cell::new(Instant::now()),
            one_fails_of,
            rest: None,
            is_closed: Cell::new(false),
            asked: Cell::new(0),
            refused: Cell::new(0),
        }
    }

    async fn ask(&self) -> Result<(), AwsError> {
        tokio::time::sleep(Duration::from_millis(60)).await;
        let now = Instant::now();
        let passed = now.duration_since(self.at.replace(now)).as_secs_f64();
        let tokens = (self.tokens.get() + passed * self.limit).min(self.limit);
        self.tokens.set(tokens);
        self.asked.set(self.asked.get() + 1);
        let throttled = refusal(self.rest);
        if self.is_closed.get() {
            return throttled;
        }
        if self.asked.get().is_multiple_of(self.one_fails_of) {
            return if (self.asked.get() / self.one_fails_of).is_multiple_of(3) {
                throttled
            } else {
                Err(AwsError::Server {
                    host: "the portal".to_owned(),
                    status: 500,
                    retry_after: None,
                })
            };
        }
        if tokens < 1.0 {
            self.refused.set(self.refused.get() + 1);
            return throttled;
        }
        self.tokens.set(tokens - 1.0);
        Ok(())
    }
}

fn refusal(retry_after: Option<Duration>) -> Result<(), AwsError> {
    Err(AwsError::Throttled {
        host: "the portal".to_owned(),
        retry_after,
    })
}

/// Asks until that many requests have succeeded, twelve at once; the seconds that it took.
async fn ask_all(pacer: &Pacer, portal: &FarPortal, requests: usize) -> f64 {
    let start = Instant::now();
    let mut running = FuturesUnordered::new();
    let ask = || async {
        let slot = pacer.wait_for_slot().await;
        let answer = portal.ask().await;
        pacer.record_answer(slot, &answer);
        answer.is_ok()
    };
    running.extend((0..12).map(|_| ask()));
    let mut done = 0;
    while let Some(succeeded) = running.next().await {
        done += usize::from(succeeded);
        if done + running.len() < requests {
            running.push(ask());
        }
    }
    assert_eq!(done, requests);
    start.elapsed().as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_at_twenty_a_second_with_faults_come_near_the_floor() {
    let (pacer, portal) = (Pacer::new(Some(POLITE), None), FarPortal::new(20.0, 20));
    let took = ask_all(&pacer, &portal, 1010).await;
    assert!((48.0..55.0).contains(&took), "{took}: the floor is 50 s");
    assert!(
        portal.refused.get() < 10,
        "{} by the limit itself",
        portal.refused.get()
    );
}

#[tokio::test(start_paused = true)]
async fn a_lower_limit_is_found_and_used_up() {
    for limit in [2.0, 4.0, 8.0, 12.0] {
        let (pacer, portal) = (Pacer::new(Some(POLITE), None), FarPortal::new(limit, u32::MAX));
        let took = ask_all(&pacer, &portal, 500).await;
        let floor = 500.0 / limit;
        assert!(took < floor * 1.12, "{limit}/s: {took} s, the floor is {floor} s");
        let refused = portal.refused.get();
        assert!(refused < 100, "{limit}/s: {refused} refusals for 500 answers");
    }
}

/// Otherwise each faster rate would begin a gap of the slower one later.
#[tokio::test(start_paused = true)]
async fn a_faster_rate_shortens_the_wait_for_a_slot() {
    let pacer = Pacer::new(None, None);
    let mut slots = Vec::new();
    for _ in 0..5 {
        slots.push(pacer.wait_for_slot().await);
    }
    let begun = Instant::now();
    let waits = async {
        pacer.wait_for_slot().await;
        begun.elapsed()
    };
    // Without bursts, and far above the polite rate.
    let answers = async {
        for (number, slot) in slots.iter().enumerate() {
            let is_refused = (1..3).contains(&number);
            let answer = if is_refused { refusal(None) } else { Ok(()) };
            pacer.record_answer(*slot, &answer);
        }
    };
    let (waited, ()) = tokio::join!(waits, answers);
    assert!(waited < Duration::from_millis(20), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn it_speeds_up_again_when_others_stop_asking() {
    let (pacer, crowded) = (Pacer::new(Some(POLITE), None), FarPortal::new(5.0, u32::MAX));
    ask_all(&pacer, &crowded, 200).await;
    assert!(pacer.with(|state, _| state.rate.per_second()) < 8.0);
    let alone = FarPortal::new(20.0, u32::MAX);
    ask_all(&pacer, &alone, 1_000).await;
    assert!(pacer.with(|state, _| state.rate.per_second()) > 18.0);
}

/// A portal that is left alone for a while admits nothing meanwhile, which says nothing about its limit.
#[tokio::test(start_paused = true)]
async fn a_listing_after_a_minute_of_rest_is_as_fast_as_the_first() {
    for limit in [5.0, 20.0, 100.0] {
        let (pacer, portal) = (Pacer::new(None, None), FarPortal::new(limit, u32::MAX));
        ask_all(&pacer, &portal, 1_000).await;
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_mins(1)).await;
            portal.refused.set(0);
            let took = ask_all(&pacer, &portal, 1_000).await;
            let floor = (1_000.0 - limit) / limit;
            assert!(
                took <= floor * 1.08,
                "{limit}/s: {took} s, the floor is {floor} s"
            );
            assert!(
                portal.refused.get() <= 50,
                "{limit}/s: {} refused",
                portal.refused.get()
            );
        }
    }
}

/// Nor is a rest that the portal asks for one of ours.
#[tokio::test(start_paused = true)]
async fn limit_is_found_where_each_refusal_asks_for_a_rest() {
    let portal = FarPortal {
        rest: Some(Duration::from_secs(2)),
        ..FarPortal::new(5.0, u32::MAX)
    };
    let pacer = Pacer::new(None, None);
    for _ in 0..2 {
        portal.refused.set(0);
        let took = ask_all(&pacer, &portal, 1_000).await;
        assert!(took <= 200.0 * 1.35, "{took} s, the floor is 200 s");
        assert!(portal.refused.get() <= 50, "{} refused", portal.refused.get());
        tokio::time::sleep(Duration::from_mins(1)).await;
    }
}

/// The time in which no one asked after it is no part of the outage, which would look like a window of minutes.
#[tokio::test(start_paused = true)]
async fn listing_that_an_outage_ended_slows_the_next_one_little_down() {
    let (pacer, portal) = (Pacer::new(None, None), FarPortal::new(20.0, u32::MAX));
    ask_all(&pacer, &portal, 500).await;
    portal.is_closed.set(true);
    for _ in 0..60 {
        let slot = pacer.wait_for_slot().await;
        pacer.record_answer(slot, &portal.ask().await);
    }
    portal.is_closed.set(false);
    tokio::time::sleep(Duration::from_mins(1)).await;
    let took = ask_all(&pacer, &portal, 1_000).await;
    assert!(took <= 49.0 * 1.15, "{took} s, the floor is 49 s");
}

/// Those a user waits for are sent whatever the rate is, so that their refusals are no news of it.
#[tokio::test(start_paused = true)]
async fn refusals_of_single_requests_slow_no_listing_down() {
    let (pacer, portal) = (Pacer::new(None, None), FarPortal::new(20.0, u32::MAX));
    for _ in 0..5 {
        let slot = pacer.wait_for_urgent_slot().await;
        pacer.record_answer(slot, &refusal(None));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let took = ask_all(&pacer, &portal, 1_000).await;
    assert!(took <= 49.0 * 1.08, "{took} s, the floor is 49 s");
    assert!(portal.refused.get() <= 50, "{} refused", portal.refused.get());
}

/// A limit without bursts that is gone after some requests: early requests find that out, also where an answer is lost.
#[tokio::test(start_paused = true)]
async fn early_request_whose_answer_is_lost_is_sent_again() {
    let pacer = Pacer::new(None, None);
    let mut early = 0;
    for number in 0..400 {
        let slot = pacer.wait_for_slot().await;
        let is_early = slot.0 % 2 == 1;
        early += u32::from(is_early && number > 50);
        let answer = match number {
            _ if is_early => Err(AwsError::Timeout {
                host: "the portal".to_owned(),
                proxy: None,
            }),
            1..20 if number % 2 == 1 || number == 2 => refusal(None),
            _ => Ok(()),
        };
        pacer.record_answer(slot, &answer);
    }
    assert!((2..10).contains(&early), "{early} of 350 were sent early");
}

/// A controller of a portal that refuses so many of the first three requests, and five slots later.
async fn after_first(refused: usize) -> Pacer {
    let pacer = Pacer::new(None, None);
    let mut first = Vec::new();
    for _ in 0..5 {
        first.push(pacer.wait_for_slot().await);
    }
    for slot in first.into_iter().take(refused) {
        pacer.record_answer(slot, &refusal(None));
    }
    pacer.wait_for_slot().await;
    pacer
}

/// A request that gets out two milliseconds after its slot, at 19.9 a second.
#[tokio::test(start_paused = true)]
async fn without_bursts_the_gap_begins_when_a_request_was_sent() {
    for (refused, least, most) in [(2, 52, 54), (0, 50, 52)] {
        let pacer = after_first(refused).await;
        let begun = Instant::now();
        let next = async {
            pacer.wait_for_slot().await;
            begun.elapsed()
        };
        let sent = async {
            tokio::time::sleep(Duration::from_millis(2)).await;
            pacer.note_sent(Instant::now());
        };
        let (waited, ()) = tokio::join!(next, sent);
        let expected = Duration::from_millis(least)..Duration::from_millis(most);
        assert!(expected.contains(&waited), "{refused} refused: {waited:?}");
    }
}

/// Of what was sent before the latest request got its slot, nothing follows.
#[tokio::test(start_paused = true)]
async fn news_of_an_earlier_request_changes_no_gap() {
    let pacer = after_first(2).await;
    let first = Instant::now();
    pacer.wait_for_slot().await;
    pacer.note_sent(first + Duration::from_millis(1));
    let begun = Instant::now();
    pacer.wait_for_slot().await;
    let waited = begun.elapsed();
    assert!((50..52).contains(&waited.as_millis()), "{waited:?}");
}

/// Jitter makes one request too early now and then. At a rate that is too fast, every other one is refused.
#[tokio::test(start_paused = true)]
async fn refusal_alone_among_many_answers_slows_nothing_down() {
    let pacer = Pacer::new(None, None);
    let mut first = Vec::new();
    for _ in 0..5 {
        first.push(pacer.wait_for_slot().await);
    }
    // No bursts, and a limit between the polite rate and that of the scouts.
    for (slot, is_admitted) in first.into_iter().zip([true, false, false, false, true]) {
        pacer.record_answer(slot, &if is_admitted { Ok(()) } else { refusal(None) });
    }
    let rate = || pacer.with(|state, _| state.rate.per_second());
    for (others, is_slower) in [(60, false), (20, true), (60, false)] {
        let mut left = others;
        loop {
            let slot = pacer.wait_for_slot().await;
            if slot.0 % 2 == 1 {
                pacer.record_answer(slot, &refusal(None));
            } else if left > 0 {
                left -= 1;
                pacer.record_answer(slot, &Ok(()));
            } else {
                let before = rate();
                pacer.record_answer(slot, &refusal(None));
                assert_eq!(rate() < before, is_slower, "after {others} others: {before}");
                break;
            }
        }
    }
}

/// A controller as a process of its own has it.
fn process(home: &std::path::Path, chosen: Option<f64>) -> Pacer {
    let files = PaceFiles::new(&Paths::in_home(home));
    let memory = Memory::new(files, "https://portal ap-northeast-1".to_owned());
    Pacer::new(chosen, Some(memory))
}

#[tokio::test(start_paused = true)]
async fn next_process_begins_with_what_was_found() {
    let home = tempfile::tempdir().expect("a folder");
    let portal = FarPortal::new(8.0, u32::MAX);
    let first = process(home.path(), None);
    ask_all(&first, &portal, 200).await;
    first.save();
    let refused = portal.refused.replace(0);
    assert!(refused > 3, "{refused}: the limit had to be found");
    ask_all(&process(home.path(), None), &portal, 60).await;
    assert!(portal.refused.get() <= 2, "{} refused", portal.refused.get());
}

#[tokio::test(start_paused = true)]
async fn what_was_found_goes_no_further_than_the_preference() {
    let home = tempfile::tempdir().expect("a folder");
    let portal = FarPortal::new(500.0, u32::MAX);
    let first = process(home.path(), None);
    ask_all(&first, &portal, 400).await;
    first.save();
    assert!(first.with(|state, _| state.rate.per_second()) > 50.0);
    let second = process(home.path(), Some(10.0));
    let took = ask_all(&second, &portal, 100).await;
    assert!(took >= 9.0, "{took}");
    assert!(second.with(|state, _| state.rate.per_second()) <= 10.0);
}

#[tokio::test(start_paused = true)]
async fn processes_at_once_stay_within_the_limit_together() {
    let home = tempfile::tempdir().expect("a folder");
    let portal = FarPortal::new(20.0, u32::MAX);
    let (one, two) = (process(home.path(), None), process(home.path(), None));
    let begun = Instant::now();
    tokio::join!(ask_all(&one, &portal, 400), ask_all(&two, &portal, 400));
    let took = begun.elapsed().as_secs_f64();
    let floor = (800.0 - 20.0) / 20.0;
    assert!(took <= floor * 1.08, "{took} s, and the floor is {floor} s");
    let share = f64::from(portal.refused.get()) / f64::from(portal.asked.get());
    assert!(share < 0.05, "{share}");
}

#[tokio::test(start_paused = true)]
async fn without_files_the_rate_is_found_all_the_same() {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join(".cache"), "no folder").expect("writes");
    let portal = FarPortal::new(8.0, u32::MAX);
    let pacer = process(home.path(), None);
    let took = ask_all(&pacer, &portal, 200).await;
    pacer.save();
    assert!(took < 200.0 / 8.0 * 1.12, "{took}");
}

#[tokio::test(start_paused = true)]
async fn a_rest_that_was_asked_for_is_kept_by_all() {
    let pacer = Pacer::new(Some(POLITE), None);
    let slot = pacer.wait_for_slot().await;
    pacer.record_answer(slot, &refusal(Some(Duration::from_secs(3))));
    let start = Instant::now();
    tokio::join!(
        pacer.wait_for_slot(),
        pacer.wait_for_slot(),
        pacer.wait_for_urgent_slot()
    );
    assert!(start.elapsed() >= Duration::from_secs(3));
    pacer.record_answer::<()>(
        slot,
        &Err(AwsError::Server {
            host: "the portal".to_owned(),
            status: 503,
            retry_after: Some(Duration::from_mins(1)),
        }),
    );
    let rest = pacer.long_rest().expect("longer than a user waits");
    assert!(rest > Duration::from_secs(59), "{rest:?}");
    tokio::time::sleep(rest.saturating_sub(MAX_INTERACTIVE_RETRY_AFTER)).await;
    assert_eq!(pacer.long_rest(), None);
    let start = Instant::now();
    pacer.wait_for_urgent_slot().await;
    assert_eq!(
        start.elapsed(),
        MAX_INTERACTIVE_RETRY_AFTER,
        "the rest of it is waited for"
    );
}

#[tokio::test(start_paused = true)]
async fn a_persons_request_goes_before_the_line() {
    let pacer = Pacer::new(Some(2.0), None);
    pacer.wait_for_slot().await;
    let start = Instant::now();
    let line = async {
        for _ in 0..4 {
            pacer.wait_for_slot().await;
        }
        start.elapsed()
    };
    let person = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        pacer.wait_for_urgent_slot().await;
        start.elapsed()
    };
    let (line, person) = tokio::join!(line, person);
    assert_eq!(person, Duration::from_millis(100));
    assert!(
        line > Duration::from_millis(2050),
        "the line waits for it: {line:?}"
    );
}
