//! How the program is linked on Linux with glibc on x86-64: at a fixed address, with the code that walks the stack inside, what runs
//! at the start together, and equal code once.
//!
//! A position-independent program writes tens of thousands of addresses into its tables each time it starts, a library is
//! found, mapped and linked each time, and code that lies everywhere is read from everywhere: each takes a good part of a
//! cached command's time. `docs/src/performance.md`, "Start", has the figures, `docs/src/security.md` what a fixed address means for an attacker. Whoever sets a relocation model in
//! `RUSTFLAGS` gets that one; whoever chooses a linker, by that or any other means, gets what it does by itself.
#![allow(
    clippy::disallowed_methods,
    reason = "cargo tells a build script things by its environment, and this one writes where cargo says"
)]
#![allow(clippy::print_stdout, reason = "and is told things by what it prints")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What runs at the start, by names in the mangling that `.cargo/config.toml` asks for.
const ORDER: &str = "link/order.ld";
/// The same by the names that Rust gives by itself: `cargo install` from a registry doesn't read that file, and RUSTFLAGS in the
/// environment take its place.
const LEGACY_ORDER: &str = "link/order-legacy.ld";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ORDER}");
    println!("cargo::rerun-if-changed={LEGACY_ORDER}");
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    if !is_target() {
        return;
    }
    let flags = variable("CARGO_ENCODED_RUSTFLAGS");
    if !flags.contains("relocation-model") && !flags.contains("crt-static") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    let is_optimised = variable("PROFILE") == "release";
    let chooses_linker = flags.contains("link") || !variable("RUSTC_LINKER").is_empty();
    if !chooses_linker && let Some(folder) = write_unwinder_script() {
        println!("cargo::rustc-link-arg-bins=-L{}", folder.display());
    }
    // Another linker may not know a script that adds to its own: it is given none.
    if is_optimised && !chooses_linker && compiler_has_linker() {
        let order = if flags.contains("symbol-mangling-version=v0") {
            ORDER
        } else {
            LEGACY_ORDER
        };
        // A copy, because cargo knows how to correct this folder's path in what it keeps of an earlier run, and no other.
        let script = PathBuf::from(variable("OUT_DIR")).join("order.ld");
        if fs::copy(order, &script).is_ok() {
            println!("cargo::rustc-link-arg-bins=-T{}", script.display());
        }
        // Functions with the same code are one. Rust promises no addresses of their own to functions, and what is C here
        // (libdbus, ring) compares none that it didn't get from Rust. Data stays as it is.
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// Whether the program is built for a system where this was measured.
fn is_target() -> bool {
    [
        ("CARGO_CFG_TARGET_OS", "linux"),
        ("CARGO_CFG_TARGET_ENV", "gnu"),
        ("CARGO_CFG_TARGET_ARCH", "x86_64"),
    ]
    .iter()
    .all(|(name, value)| variable(name) == *value)
}

/// Makes `-lgcc_s`, which Rust asks for, mean the static library that has the same functions: a folder where the linker finds
/// a script by that name. `None` where the C compiler, which links, has no such library.
fn write_unwinder_script() -> Option<PathBuf> {
    let output = Command::new("cc")
        .args(["-m64", "-print-file-name=libgcc_eh.a"])
        .output()
        .ok()?;
    let library = String::from_utf8(output.stdout).ok()?;
    // A library that was not found is named without a folder.
    let library = Path::new(library.trim());
    if !library.is_absolute() || !library.is_file() {
        return None;
    }
    // Another version of the compiler has it elsewhere.
    println!("cargo::rerun-if-changed={}", library.display());
    let folder = PathBuf::from(variable("OUT_DIR"));
    // The C library before any other that a dependency may ask for: names are looked for in the order in which libraries are
    // named, and nearly all are its own.
    let script = format!("GROUP(\"{}\" -lgcc -lc)\n", library.display());
    fs::write(folder.join("libgcc_s.so"), script).ok()?;
    Some(folder)
}

/// Whether the compiler comes with LLVM's linker, which it then links with. Distributions' compilers may come without.
fn compiler_has_linker() -> bool {
    let output = Command::new(variable("RUSTC"))
        .args(["--print", "sysroot"])
        .output();
    let Some(sysroot) = output
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
    else {
        return false;
    };
    let tools = PathBuf::from(sysroot.trim())
        .join("lib/rustlib")
        .join(variable("TARGET"));
    tools.join("bin/gcc-ld/ld.lld").is_file()
}
