//! The options of `genkan sandbox` for a limit of requests.

use clap::ValueEnum;

use crate::cli::values;
use crate::sandbox::{RateKind, RateLimit};

/// How requests are counted.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Counted {
    /// A token bucket: requests of --rate-span seconds may be saved up
    Bucket,
    /// No bursts: each request keeps its distance from the one before
    Leaky,
    /// So many in each --rate-span seconds
    FixedWindow,
    /// So many in the latest --rate-span seconds
    SlidingWindow,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli::commands) struct RateArgs {
    /// Rate limit in requests per second; requests above it get HTTP 429
    #[arg(long, value_name = "N", value_parser = values::parse_positive)]
    rate: Option<f64>,
    /// How requests are counted
    #[arg(
        long,
        value_name = "KIND",
        value_enum,
        ignore_case = true,
        default_value = "bucket",
        requires = "rate"
    )]
    rate_kind: Counted,
    /// Seconds that a bucket saves up or a window lasts
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = values::parse_positive, requires = "rate")]
    rate_span: f64,
    /// Another rate limit from SECONDS after the first request on
    #[arg(long, value_name = "SECONDS:N", value_parser = parse_change, requires = "rate")]
    rate_change: Option<(f64, f64)>,
    /// Requests per second of other clients, at random times, that count towards the limit
    #[arg(long, value_name = "N", value_parser = values::parse_positive, requires = "rate")]
    other_clients: Option<f64>,
}

impl RateArgs {
    /// The limit, if there is one.
    pub(in crate::cli::commands) fn limit(&self) -> Option<RateLimit> {
        let kind = match self.rate_kind {
            Counted::Bucket => RateKind::Bucket(self.rate_span),
            Counted::Leaky => RateKind::Bucket(0.0),
            Counted::FixedWindow => RateKind::FixedWindow(self.rate_span),
            Counted::SlidingWindow => RateKind::SlidingWindow(self.rate_span),
        };
        Some(RateLimit {
            per_second: self.rate?,
            kind,
            change: self.rate_change,
            others: self.other_clients.unwrap_or(0.0),
        })
    }
}

fn parse_change(text: &str) -> Result<(f64, f64), String> {
    let (after, rate) = text.split_once(':').ok_or("expected SECONDS:N, as in 30:10")?;
    Ok((values::parse_positive(after)?, values::parse_positive(rate)?))
}
