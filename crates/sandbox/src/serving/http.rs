//! Requests and answers as the handlers see them: whole, small, and apart from the server's library.
//! Knows how values travel (query, form, cookie, JSON, headers), not what they mean.

use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A request that has arrived whole.
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// As it came, for signatures.
    pub(crate) raw_query: String,
    pub(crate) query: Fields,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Adds what every API answer carries.
    pub(crate) fn stamp(&self, reply: Reply) -> Reply {
        reply
            .with("x-amzn-requestid", &self.id)
            .with("cache-control", "no-store")
    }

    pub(crate) fn form(&self) -> Fields {
        Fields::parse(&self.body)
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all("cookie")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }
}

/// Decoded pairs of a query string or a form.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }
}

/// What is sent back.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// How the bytes of an answer leave.
pub(crate) enum Body {
    Whole(Vec<u8>),
    /// In ten parts over this time.
    Slow(Vec<u8>, Duration),
    /// Half of it, then the connection closes.
    Cut(Vec<u8>),
    /// This many bytes of padding after the text.
    Padded(Vec<u8>, u64),
}

impl Reply {
    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self {
            status,
            headers,
            body: Body::Whole(body.into()),
        }
    }

    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        Self::new(
            status,
            "application/json",
            serde_json::to_vec(value).unwrap_or_default(),
        )
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::new(StatusCode::FOUND, "text/plain", Vec::new()).with("location", to)
    }

    /// Adds a header; a value that can't be one is left out, for it came from a client.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(HeaderName::from_static(name), value);
        }
        self
    }
}
