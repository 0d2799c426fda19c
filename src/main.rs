//! The `genkan` program.

fn main() {}
