//! A sleep that ends on time, for a request that has to keep its distance from the one before it.
//!
//! The runtime's timers count in milliseconds and may be two milliseconds late, which is enough for everything else. A sleeping
//! thread is about a tenth of a millisecond late. So one sleeps until 0.3 ms before the time, and until the time has come other
//! tasks get their turns, which costs those 0.3 ms of a processor. Knows nothing of requests.

use std::time::Duration;

use tokio::time::Instant;

/// Sleeps for `wait`, and on a quiet machine a few hundredths of a millisecond longer at most.
pub async fn sleep_precisely(wait: Duration) {
    const LAST: Duration = Duration::from_millis(4);
    const VERY_LAST: Duration = Duration::from_micros(300);
    let end = Instant::now() + wait;
    if let Some(wait) = wait.checked_sub(LAST) {
        tokio::time::sleep(wait).await;
    }
    let left = end.saturating_duration_since(Instant::now());
    let by_system = std::time::Instant::now() + left;
    if let Some(left) = left.checked_sub(VERY_LAST) {
        let _ = tokio::task::spawn_blocking(move || std::thread::sleep(left)).await;
    }
    while std::time::Instant::now() < by_system {
        tokio::task::yield_now().await;
    }
    // A clock that tests have paused stands still meanwhile.
    if Instant::now() < end {
        tokio::time::sleep_until(end).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn precise_sleep_never_ends_early() {
        for wait in [0, 90, 800, 5_300].map(Duration::from_micros) {
            let begun = Instant::now();
            sleep_precisely(wait).await;
            assert!(begun.elapsed() >= wait, "{wait:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn precise_sleep_ends_on_a_paused_clock() {
        for wait in [200, 3_000, 50_000].map(Duration::from_micros) {
            let begun = Instant::now();
            sleep_precisely(wait).await;
            let took = begun.elapsed();
            assert!(took >= wait && took < wait + Duration::from_millis(3), "{took:?}");
        }
    }
}
