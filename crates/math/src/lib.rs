//! `exp`, `log` and `pow` by their names in C, for any code that computes one: the SDK does, where it adapts its rate to a
//! service that throttles, and so do the pacer and the sandbox.
//!
//! Rust takes these from the C library's `libm`. The loader would find, map and link that at every start, which costs ten page
//! faults and ten system calls, although next to no command computes any. With these in the program, no library is needed
//! but `libc`. They are those of the crate `libm`, which is Rust's own for systems without such a library.
//!
//! A name that the linker takes for the C library's is the only thing in genkan that Rust calls unsafe: the linker would use any
//! function with this name, so it must behave as C's does. A library that is loaded later, such as one that looks up
//! users, calls these, too. Unlike C's, they leave `errno` alone, which nothing that computes a power reads.
#![no_std]

/// Elsewhere the library is a part of what every program loads.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "the names are the C library's, and so are the values")]
mod named {
    #[unsafe(no_mangle)]
    extern "C" fn exp(x: f64) -> f64 {
        libm::exp(x)
    }

    #[unsafe(no_mangle)]
    extern "C" fn log(x: f64) -> f64 {
        libm::log(x)
    }

    #[unsafe(no_mangle)]
    extern "C" fn pow(x: f64, y: f64) -> f64 {
        libm::pow(x, y)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use core::f64::consts::{E, LN_10, SQRT_2};
    use core::hint::black_box;

    /// Rust's methods call them by these names.
    #[test]
    fn values_are_those_of_mathematics() {
        let is_near = |value: f64, expected: f64| (value / expected - 1.0).abs() < 1e-15;
        assert!(is_near(black_box(1.0_f64).exp(), E));
        assert!(is_near(black_box(10.0_f64).ln(), LN_10));
        assert!(is_near(black_box(2.0_f64).powf(black_box(0.5)), SQRT_2));
        assert!(is_near(black_box(27.0_f64).powf(black_box(1.0 / 3.0)), 3.0));
    }

    #[test]
    fn edges_are_those_of_c() {
        assert!(black_box(0.0_f64).powf(black_box(0.0)) >= 1.0);
        assert!(black_box(-8.0_f64).powf(black_box(1.0 / 3.0)).is_nan());
        assert!(black_box(0.0_f64).ln().is_infinite());
        assert!(black_box(f64::NEG_INFINITY).exp().abs() < f64::MIN_POSITIVE);
        assert!(black_box(710.0_f64).exp().is_infinite());
    }
}
