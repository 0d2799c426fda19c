//! Ports that a test names before a program listens there.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that the system gives to connections, and to listeners that name none: no other test gets it by
/// chance before it is used.
pub fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static USED: AtomicU16 = AtomicU16::new(0);
    // Where other test programs don't look first.
    let begin = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap();
    let ports = std::iter::repeat_with(|| {
        let number = USED.fetch_add(1, Ordering::Relaxed);
        FIRST + (begin + number) % COUNT
    });
    let mut free = ports.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().unwrap()
}
