//! The embedded Identity Center on loopback.
