//! A small HTTP client that shows everything: status, headers and bytes as they came.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::support::wait::LIMIT;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// The name of an error as clients read it: from the header, up to the colon.
    pub fn error(&self) -> (u16, &str) {
        let header = self.header("x-amzn-errortype").unwrap_or_default();
        (self.status, header.split(':').next().unwrap_or_default())
    }
}

/// Sends a request and reads the answer to its end.
pub fn request(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Answer> {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        write!(head, "host: {address}\r\n").unwrap();
    }
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(body)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&bytes).ok_or_else(|| std::io::Error::from(std::io::ErrorKind::UnexpectedEof))
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|l| {
            l.split_once(':')
                .map(|(n, v)| (n.to_lowercase(), v.trim().to_owned()))
        })
        .collect();
    let body = bytes[end + 4..].to_vec();
    let length = headers.iter().find(|(n, _)| n == "content-length");
    if let Some((_, length)) = length
        && body.len() < length.parse().ok()?
    {
        return None;
    }
    Some(Answer {
        status,
        headers,
        body,
    })
}

pub fn get(url: &str, path: &str) -> Answer {
    request(url, "GET", path, &[], &[]).unwrap()
}

pub fn get_with_token(url: &str, path: &str, token: &str) -> Answer {
    request(url, "GET", path, &[("x-amz-sso_bearer_token", token)], &[]).unwrap()
}

pub fn post_json(url: &str, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json")];
    request(url, "POST", path, &headers, body.to_string().as_bytes()).unwrap()
}

pub fn post_form(url: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    request(url, "POST", path, &headers, body.as_bytes()).unwrap()
}

/// Reads one request: head and body.
pub fn read_request(stream: &mut impl Read) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if bytes.len() > 64 * 1024 || stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).ok()?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}
