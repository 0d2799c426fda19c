//! How long an answer asks to wait: its header `Retry-After`.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::domain::values::time::seconds_until;
use crate::platform::clock;

/// The longest rest that is kept, in seconds: a longer one is no answer to a listing.
const MAX_RETRY_AFTER: u64 = 300;

/// `Retry-After`: seconds, or a date, which counts from the answer's own.
pub(in crate::aws) fn retry_after(raw: &HttpResponse) -> Option<Duration> {
    let text = raw.headers().get("retry-after")?.trim();
    let seconds = text.parse().ok().or_else(|| {
        let date = |text| jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp());
        let now = raw.headers().get("date").and_then(date);
        let left = seconds_until(date(text)?, now.unwrap_or_else(clock::current_time));
        Some(u64::try_from(left).unwrap_or(0))
    })?;
    Some(Duration::from_secs(seconds.min(MAX_RETRY_AFTER)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::body::SdkBody;

    #[test]
    fn a_rest_is_seconds_or_a_date() {
        let rest = |headers: &[(&'static str, &str)]| {
            let mut raw = HttpResponse::new(429.try_into().expect("a status"), SdkBody::empty());
            for (name, value) in headers {
                raw.headers_mut().insert(*name, (*value).to_owned());
            }
            retry_after(&raw).map(|rest| rest.as_secs())
        };
        let date = ("date", "Tue, 24 Nov 2026 11:00:00 GMT");
        assert_eq!(rest(&[("retry-after", " 7 ")]), Some(7));
        assert_eq!(rest(&[("retry-after", "99999999999")]), Some(MAX_RETRY_AFTER));
        assert_eq!(
            rest(&[date, ("retry-after", "Tue, 24 Nov 2026 11:00:12 GMT")]),
            Some(12)
        );
        assert_eq!(
            rest(&[date, ("retry-after", "Mon, 23 Nov 2026 11:00:00 GMT")]),
            Some(0)
        );
        assert_eq!(
            rest(&[("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT")]),
            Some(0),
            "without a date of its own, ours counts"
        );
        for nonsense in ["soon", "-1", ""] {
            assert_eq!(rest(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
        assert_eq!(rest(&[]), None);
    }
}
