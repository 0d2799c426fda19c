//! What the tests of `genkan profiles` share: a home folder that is signed in, and the plan as JSON.

use serde_json::Value;

use crate::support::env::TestEnv;

pub const NAME: &str = "payments-dev-administratoraccess";

pub const BEGIN: &str = "# genkan profiles begin\n";

pub const END: &str = "# genkan profiles end\n";

pub fn signed_in() -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    env
}

pub fn list(env: &TestEnv, arguments: &[&str]) -> Vec<Value> {
    let mut all = vec!["profiles", "--format", "json"];
    all.extend(arguments);
    serde_json::from_str(&env.output(&all)).unwrap()
}

pub fn states(env: &TestEnv, arguments: &[&str]) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    list(env, arguments)
        .iter()
        .map(|p| (text(&p["profile"]), text(&p["state"])))
        .collect()
}

/// A block in the file that holds one more profile, which nothing speaks for.
pub fn add_to_block(env: &TestEnv, lines: &str) {
    let text = env.read(".aws/config");
    env.write(".aws/config", &text.replace(END, &format!("\n{lines}{END}")));
}

pub fn gone(name: &str, account: &str) -> String {
    format!("[profile {name}]\nsso_session = demo\nsso_account_id = {account}\nsso_role_name = Gone\n")
}
