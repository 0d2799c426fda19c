//! Where the program lies in memory: at a fixed address on Linux with glibc on x86-64.
//!
//! A position-independent program writes tens of thousands of addresses into its tables each time it starts, which
//! takes longer than a cached command. `docs/src/performance.md`, "Start", has the figures, `docs/src/security.md` what
//! that means for an attacker. Whoever sets a relocation model in `RUSTFLAGS` gets that one.

#![allow(
    clippy::disallowed_methods,
    reason = "cargo tells a build script things by its environment"
)]
#![allow(clippy::print_stdout, reason = "and is told things by what it prints")]

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    if is_target() && !says_relocation_model() {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

/// Whether the program is built for a system where this was measured.
fn is_target() -> bool {
    [
        ("CARGO_CFG_TARGET_OS", "linux"),
        ("CARGO_CFG_TARGET_ENV", "gnu"),
        ("CARGO_CFG_TARGET_ARCH", "x86_64"),
    ]
    .iter()
    .all(|(name, value)| env::var(name).as_deref() == Ok(value))
}

/// Whether the user decides that.
fn says_relocation_model() -> bool {
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    flags.contains("relocation-model") || flags.contains("crt-static")
}
