//! How a request goes out and its answer comes in, whatever the service.

pub(super) mod bounded;
pub(super) mod connect;
pub(super) mod exchange;
pub(super) mod hosts;
pub(super) mod http;
pub(super) mod json_text;
pub(super) mod pages;
pub(super) mod query;
pub(super) mod replay;
pub(super) mod retry_after;
pub(super) mod sent;
pub(super) mod single_call;
pub(super) mod way;
