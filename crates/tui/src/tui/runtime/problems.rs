//! A failure of a service in words, for the screen.

use crate::app::AppError;
use crate::tui::msg::Problem;

pub(super) fn to_problem(error: impl Into<AppError>) -> Problem {
    let error = error.into();
    Problem {
        sentence: error.to_string(),
        hints: error.hints(),
        sign_in: error.sign_in_reason(),
    }
}
