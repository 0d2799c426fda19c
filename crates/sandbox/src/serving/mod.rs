//! The HTTP side: connections, routes, queries, pages.

pub(super) mod bounded;
pub(super) mod escape;
pub(super) mod http;
pub(super) mod page;
pub(super) mod query;
pub(super) mod router;
pub(super) mod server;
