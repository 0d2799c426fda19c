//! Preferences, environment and command line, resolved into one value.
