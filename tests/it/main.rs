//! One integration binary: every test that needs more than one module, a process or a peer.
