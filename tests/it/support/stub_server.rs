//! A server that answers each path with fixed bytes.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::support::wait::LIMIT;

/// Answers by the beginning of the path, byte for byte.
pub struct StubServer {
    pub url: String,
    served: Arc<AtomicUsize>,
    pub seen: Arc<Mutex<Vec<String>>>,
}

impl StubServer {
    pub fn serve(answers: Vec<(&'static str, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stub = Self {
            url,
            served: Arc::default(),
            seen: Arc::default(),
        };
        let (served, seen, answers) = (
            Arc::clone(&stub.served),
            Arc::clone(&stub.seen),
            Arc::new(answers),
        );
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                served.fetch_add(1, Ordering::SeqCst);
                let (answers, seen) = (Arc::clone(&answers), Arc::clone(&seen));
                std::thread::spawn(move || {
                    let _ = answer(stream, &answers, &seen);
                });
            }
        });
        stub
    }

    pub fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }
}

fn answer(
    mut stream: TcpStream,
    answers: &[(&'static str, Vec<u8>)],
    seen: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(LIMIT))?;
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => request.extend_from_slice(&buffer[..count]),
        }
    }
    let line = String::from_utf8_lossy(&request)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    seen.lock().unwrap().push(line);
    if let Some((_, bytes)) = answers.iter().find(|(start, _)| path.starts_with(start)) {
        stream.write_all(bytes)?;
    }
    stream.shutdown(std::net::Shutdown::Write)
}

/// Whether a request has come to its end, as its length says.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    body.len() >= length.unwrap_or_default()
}

pub fn reply(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub fn json(body: &str) -> Vec<u8> {
    reply("200 OK", "content-type: application/json\r\n", body)
}
