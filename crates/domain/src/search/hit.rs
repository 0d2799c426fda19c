//! How a row matches a query: surely, or only if what is not known of it yet matches.

/// How a row matches; the better one is the greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    /// Nothing that is not known yet must match.
    pub(super) is_certain: bool,
    pub(super) score: u32,
    /// A word was found.
    pub(super) is_found: bool,
}

impl Default for Hit {
    fn default() -> Self {
        Self {
            is_certain: true,
            score: 0,
            is_found: false,
        }
    }
}

impl Hit {
    /// What is not known yet may match.
    pub(super) const POSSIBLE: Self = Self {
        is_certain: false,
        score: 0,
        is_found: false,
    };

    /// Both of them match.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            is_certain: self.is_certain && other.is_certain,
            score: self.score + other.score,
            is_found: self.is_found || other.is_found,
        }
    }
}
