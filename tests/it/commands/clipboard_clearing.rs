//! Credentials on the clipboard: taken off after a while, unless something else was copied meanwhile.

use genkan::platform::clipboard::digest_text;

use crate::support::env::TestEnv;
use crate::support::input::run_with_input;

/// A clipboard in a file, with the tool that reads and writes it.
fn with_xclip() -> TestEnv {
    let mut env = TestEnv::new();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *-o) cat '{0}' ;; *) cat > '{0}' ;; esac\n",
        env.path("clipboard").display()
    );
    env.write_program("bin/xclip", &script);
    let path = format!("{}:{}", env.path("bin").display(), env.environment["PATH"]);
    env.environment.insert("PATH".into(), path);
    env
}

fn clear(env: &TestEnv, tool: &str, text: &str) -> Option<i32> {
    let mut command = env.command(&["clear-clipboard", tool, "--after", "0"]);
    run_with_input(&mut command, &digest_text(text)).code
}

#[test]
fn clipboard_is_cleared_only_while_it_holds_the_credentials() {
    let env = with_xclip();
    env.write("clipboard", "export AWS_SESSION_TOKEN='x'\n");
    assert_eq!(clear(&env, "xclip", "export AWS_SESSION_TOKEN='x'\n"), Some(0));
    assert_eq!(env.read("clipboard"), "");
    env.write("clipboard", "something else");
    assert_eq!(clear(&env, "xclip", "export AWS_SESSION_TOKEN='x'\n"), Some(0));
    assert_eq!(env.read("clipboard"), "something else");
    assert_eq!(clear(&env, "clip.exe", "x"), Some(1), "it can't be read");
}
