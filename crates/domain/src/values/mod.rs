//! Plain values that know nothing of AWS: numbers, times, secrets, words.

pub mod count;
pub mod duration;
pub mod env;
pub mod hex;
pub mod nearest;
pub mod pace;
pub mod secret;
pub mod time;
pub mod words;
