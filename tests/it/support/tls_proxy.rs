//! A company's proxy on loopback: notes where clients want to go, and refuses, or leads to the sandbox through TLS that
//! it re-signs.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::support::http;
use crate::support::wait::LIMIT;

/// The hosts of the sandbox's Region, as every SDK resolves them.
pub const OIDC: &str = "oidc.ap-northeast-1.amazonaws.com";

pub const PORTAL: &str = "portal.sso.ap-northeast-1.amazonaws.com";

/// What a proxy does with `CONNECT`.
#[derive(Clone)]
pub enum Tunnel {
    Refused,
    /// Answers everything with this.
    Answers(&'static str),
    /// Takes what is asked and never answers.
    Silent,
    /// Opens TLS with this server configuration and passes requests on to the sandbox.
    Opened(Arc<rustls::ServerConfig>, String),
}

/// A proxy for at most a few hundred connections, gone when dropped.
pub struct Proxy {
    pub address: String,
    pub asked: Arc<Mutex<Vec<String>>>,
    pub over: Arc<AtomicBool>,
}

impl Proxy {
    pub fn start(tunnel: Tunnel) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (asked, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (notes, ends) = (Arc::clone(&asked), Arc::clone(&over));
        std::thread::spawn(move || {
            for stream in listener.incoming().take(400) {
                if ends.load(Ordering::Relaxed) {
                    break;
                }
                let (Ok(stream), tunnel, notes) = (stream, tunnel.clone(), Arc::clone(&notes)) else {
                    continue;
                };
                std::thread::spawn(move || serve(stream, &tunnel, &notes));
            }
        });
        Self { address, asked, over }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The hosts that were asked for, each once, in order.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts = self.asked.lock().unwrap().clone();
        hosts.sort();
        hosts.dedup();
        hosts
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(&self.address);
    }
}

fn serve(mut stream: TcpStream, tunnel: &Tunnel, notes: &Mutex<Vec<String>>) {
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let Some((head, _)) = http::read_request(&mut stream) else {
        return;
    };
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    notes
        .lock()
        .unwrap()
        .push(target.trim_end_matches(":443").to_owned());
    match tunnel {
        Tunnel::Opened(config, sandbox) if method == "CONNECT" => {
            let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
            let session = rustls::ServerConnection::new(Arc::clone(config)).unwrap();
            pass_on(rustls::StreamOwned::new(session, stream), sandbox);
        }
        Tunnel::Answers(answer) => {
            let _ = stream.write_all(answer.as_bytes());
        }
        Tunnel::Silent => {
            let _ = stream.read(&mut [0]);
        }
        _ => {
            let _ = stream
                .write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    }
}

/// One request of a TLS connection, answered by the sandbox under its own name.
fn pass_on(mut tls: impl Read + Write, sandbox: &str) {
    let Some((head, body)) = http::read_request(&mut tls) else {
        return;
    };
    let host = sandbox.trim_start_matches("http://");
    let mut lines = head.trim_end().split("\r\n");
    let mut request = format!(
        "{}\r\nhost: {host}\r\nconnection: close\r\n",
        lines.next().unwrap()
    );
    for line in lines.filter(|line| !line.to_ascii_lowercase().starts_with("host:")) {
        request.push_str(line);
        request.push_str("\r\n");
    }
    let mut upstream = TcpStream::connect(host).unwrap();
    upstream.write_all(format!("{request}\r\n").as_bytes()).unwrap();
    upstream.write_all(&body).unwrap();
    let mut answer = Vec::new();
    let _ = upstream.read_to_end(&mut answer);
    let _ = tls.write_all(&with_pages_of_aws(&answer, sandbox));
    let _ = tls.flush();
}

/// The sandbox's pages on AWS's host: a page of this machine would be refused beside a service that isn't on it.
fn with_pages_of_aws(answer: &[u8], sandbox: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let body = body.replace(sandbox, "https://device.sso.ap-northeast-1.amazonaws.com");
    let head: Vec<_> = head
        .lines()
        .filter(|line| !line.to_ascii_lowercase().starts_with("content-length"))
        .collect();
    format!(
        "{}\r\ncontent-length: {}\r\n\r\n{body}",
        head.join("\r\n"),
        body.len()
    )
    .into_bytes()
}

/// A company's own authority: its certificate as PEM, and a server that has one of it for AWS's hosts.
pub fn company() -> (String, Arc<rustls::ServerConfig>) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, "Tanuki Corporation");
    let authority = parameters.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(parameters, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let server = rcgen::CertificateParams::new(vec![OIDC.to_owned(), PORTAL.to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![server.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
    let encoded = base64::engine::general_purpose::STANDARD.encode(authority.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n");
    (pem, Arc::new(config))
}
