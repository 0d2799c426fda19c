//! A browser that opens nothing and records what it was asked to open.

use tempfile::TempDir;

use crate::support::env::{TestEnv, write_program};
use crate::support::http;
use crate::support::text::between;
use crate::support::wait::until;

/// A browser that opens nothing and records what it was asked to open.
pub struct RecordingBrowser(TempDir);

impl RecordingBrowser {
    /// Makes it the browser of the test environment. Its program is outside of the test home, whose path has
    /// blanks: BROWSER is a command line.
    pub fn install(env: &mut TestEnv) -> Self {
        let folder = tempfile::Builder::new().prefix("browser").tempdir().unwrap();
        let script = folder.path().join("open");
        let text = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$1\" >> '{}/opened'\n",
            folder.path().display()
        );
        write_program(&script, &text);
        env.environment
            .insert("BROWSER".into(), script.to_str().unwrap().into());
        Self(folder)
    }

    /// What it was asked to open, in order.
    pub fn addresses(&self) -> Vec<String> {
        let opened = std::fs::read_to_string(self.0.path().join("opened")).unwrap_or_default();
        opened.lines().map(str::to_owned).collect()
    }

    /// The same, once there are this many.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<String> {
        until("a page in the browser", || self.addresses().len() >= count);
        self.addresses()
    }

    /// The user code of the last page, once there are this many.
    #[track_caller]
    pub fn code(&self, count: usize) -> String {
        let last = self.wait_for(count).pop().unwrap();
        last.split_once("user_code=").unwrap().1.to_owned()
    }
}

/// Approves a sign-in the way a browser does.
pub fn approve_in_browser(address: &str) {
    let url = url::Url::parse(address).unwrap();
    let base = format!("http://{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let page = http::get(&base, &format!("{}?{}", url.path(), url.query().unwrap())).text();
    let code = between(&page, "name=user_code value=\"", "\"");
    let seal = between(&page, "name=seal value=\"", "\"");
    let done = http::post_form(
        &base,
        "/device",
        &[("user_code", &code), ("seal", &seal), ("decision", "allow")],
    );
    assert!(done.text().contains("You are signed in"));
}
