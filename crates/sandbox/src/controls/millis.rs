//! The unit in which the sandbox counts time.

/// Milliseconds since the Unix epoch, or a span of so many.
pub(crate) type Millis = i64;
