//! Profiles in `~/.aws/config`: which there are, how they are written, and what is never lost.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use genkan::sandbox::Fault;

use crate::support::env::{ACCOUNT, command_result};
use crate::support::input::run_with_input;
use crate::support::profiles::{BEGIN, END, NAME, add_to_block, gone, list, signed_in, states};
use crate::support::screen::Screen;
use crate::support::stub_server::{StubServer, json};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn profiles_without_write_changes_nothing() {
    let env = signed_in();
    let before = env.read(".aws/config");
    let all = list(&env, &[]);
    assert_eq!(all.len(), 100);
    let one = all.iter().find(|p| p["profile"] == NAME).unwrap();
    let shape = serde_json::json!({
        "profile": NAME,
        "session": "demo",
        "account_id": ACCOUNT,
        "account_name": "payments-dev",
        "permission_set": "AdministratorAccess",
        "region": "ap-northeast-1",
        "state": "new",
    });
    assert_eq!(one.to_string(), shape.to_string(), "keys in their order too");
    let names: Vec<&str> = all.iter().map(|p| p["profile"].as_str().unwrap()).collect();
    assert!(
        names.is_sorted() && names.contains(&"370401186250-breakglass"),
        "a CJK name has its id"
    );
    let table = env.output(&["profiles", "--query", "payments dev adm"]);
    assert_eq!(
        table,
        format!(
            "PROFILE                           STATE      ID            PERMISSION SET       ACCOUNT\n\
             {NAME}  new        {ACCOUNT}  AdministratorAccess  payments-dev\n"
        )
    );
    let diff = env.output(&[
        "profiles",
        "--diff",
        "--name",
        "{session}.{account_id}/{permission_set}",
    ]);
    assert!(
        diff.contains(&format!("\n+[profile demo.{ACCOUNT}/administratoraccess]\n")),
        "{diff}"
    );
    assert_eq!(env.read(".aws/config"), before);
    assert_eq!(
        std::fs::read_dir(env.path(".aws")).unwrap().count(),
        2,
        "config and sso"
    );
}

#[test]
fn diff_shows_what_would_be_written() {
    let env = signed_in();
    for before in [
        env.sso_session("demo"),
        format!(
            "\u{feff}# 玄関\r\n[profile mine]\r\nREGION = x\r\n{}\r\n\r\n",
            env.sso_session("demo")
        ),
        format!("{}[profile {NAME}]\n  odd\nregion = y", env.sso_session("demo")),
    ] {
        env.write(".aws/config", &before);
        let diff = env.output(&["profiles", "--diff"]);
        env.write("patched", &before);
        let mut patch = Command::new("patch");
        patch
            .args(["--binary", "--quiet", "patched"])
            .current_dir(env.home.path());
        let patched = run_with_input(&mut patch, &diff);
        assert_eq!(patched.code, Some(0), "{}", patched.stderr);
        env.output(&["profiles", "--write"]);
        let written = env.read(".aws/config");
        assert_eq!(env.read("patched"), written);
        assert!(written.starts_with(&before));
        assert_eq!(env.output(&["profiles", "--diff"]), "");
    }
}

#[test]
fn profiles_are_written_into_a_block_and_other_lines_stay() {
    let env = signed_in();
    let before = env.read(".aws/config");
    std::fs::set_permissions(env.path(".aws/config"), PermissionsExt::from_mode(0o640)).unwrap();
    let result = env.run(&["profiles", "--write"]);
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(0), ""),
        "{}",
        result.stderr
    );
    for words in ["100 profiles added, 0 changed", "~/.aws/config.genkan-backup"] {
        assert!(result.stderr.contains(words), "{}", result.stderr);
    }
    let written = env.read(".aws/config");
    let block = written.strip_prefix(&format!("{before}\n{BEGIN}")).unwrap();
    assert!(block.ends_with(END));
    assert!(
        block.contains(&format!(
            "\n[profile {NAME}]\nsso_session = demo\nsso_account_id = {ACCOUNT}\n\
             sso_role_name = AdministratorAccess\nregion = ap-northeast-1\n\n"
        )),
        "{block}"
    );
    assert_eq!(env.read(".aws/config.genkan-backup"), before);
    assert_eq!(mode(&env.path(".aws/config.genkan-backup")), 0o600);
    assert_eq!(mode(&env.path(".aws/config")), 0o640);
    let again = env.run(&["profiles", "--write"]);
    assert!(
        again.stderr.contains("~/.aws/config is up to date"),
        "{}",
        again.stderr
    );
    assert_eq!(env.read(".aws/config"), written);
    assert_eq!(
        env.read(".aws/config.genkan-backup"),
        before,
        "no changes written"
    );
    assert!(states(&env, &[]).iter().all(|(_, state)| state == "unchanged"));
    // The user sets a Region and adds a setting: both stay, until all are asked to have one Region.
    let ours = format!("sso_account_id = {ACCOUNT}\nsso_role_name = AdministratorAccess\nregion = ");
    let edited = written.replace(
        &format!("{ours}ap-northeast-1\n"),
        &format!("output = yaml\n{ours}eu-west-3\n# own\n"),
    );
    env.write(".aws/config", &edited);
    env.output(&["profiles", "--write", "--kind", "process"]);
    let text = env.read(".aws/config");
    let profile = text.split(&format!("[profile {NAME}]\n")).nth(1).unwrap();
    let genkan = env!("CARGO_BIN_EXE_genkan");
    assert!(
        profile.starts_with(&format!(
            "credential_process = {genkan} credential-process demo:{ACCOUNT}/AdministratorAccess\n\
             region = eu-west-3\noutput = yaml\n# own\n\n"
        )),
        "{profile}"
    );
    env.output(&["profiles", "--write", "--region", "us-west-2"]);
    assert!(!env.read(".aws/config").contains("eu-west-3"));
    assert!(list(&env, &[]).iter().all(|p| p["region"] == "us-west-2"));
}

#[test]
fn existing_profile_of_the_user_keeps_its_name() {
    let env = signed_in();
    let config = format!(
        "{}\n[profile {NAME}]\nregion = mine\n[profile payments-dev-poweruseraccess]\nsso_session = demo\n\
         sso_account_id = {ACCOUNT}\nsso_role_name = PowerUserAccess\n",
        env.sso_session("demo")
    );
    env.write(".aws/config", &config);
    env.write(
        ".aws/credentials",
        "[checkout-dev-readonlyaccess]\naws_access_key_id = AKIAX\n",
    );
    let result = env.run(&["profiles", "--write"]);
    assert_eq!(result.code, Some(0));
    for note in [
        format!("`{NAME}` is one of your own profiles; genkan's is named `{NAME}-{ACCOUNT}`"),
        "`checkout-dev-readonlyaccess` is one of your own profiles".to_owned(),
    ] {
        assert!(result.stderr.contains(&note), "{}", result.stderr);
    }
    let written = env.read(".aws/config");
    assert!(written.starts_with(&config));
    for header in [
        format!("[profile {NAME}]"),
        "[profile payments-dev-poweruseraccess]".to_owned(),
    ] {
        assert_eq!(written.matches(&header).count(), 1, "{header}");
    }
    let found = states(&env, &["--query", "payments dev"]);
    assert!(
        found.contains(&("payments-dev-poweruseraccess".into(), "yours".into())),
        "{found:?}"
    );
    // One that was ours and that the user now writes as well leaves the block.
    env.write(
        ".aws/config",
        &format!("{written}[profile {NAME}-{ACCOUNT}]\nregion = mine\n"),
    );
    env.output(&["profiles", "--write"]);
    let text = env.read(".aws/config");
    assert_eq!(text.matches(&format!("[profile {NAME}-{ACCOUNT}]")).count(), 1);
    assert!(text.contains(&format!("[profile {NAME}-{ACCOUNT}-demo]")));
}

#[test]
fn prune_removes_only_what_is_certainly_gone() {
    let env = signed_in();
    env.output(&["profiles", "--write"]);
    let full = env.read(".aws/config");
    add_to_block(
        &env,
        &(gone("a-gone", ACCOUNT) + &gone("b-gone", "999999999999") + "[profile zz-foreign]\nregion = x\n"),
    );
    let with_stale = env.read(".aws/config");
    let kept = env.run(&["profiles", "--write"]);
    assert!(
        kept.stderr
            .contains("has 2 profiles no longer assigned or renamed"),
        "{}",
        kept.stderr
    );
    for name in ["a-gone", "b-gone", "zz-foreign"] {
        assert!(env.read(".aws/config").contains(&format!("[profile {name}]")));
    }
    let stale = states(&env, &[]);
    assert!(stale.contains(&("a-gone".into(), "stale".into())), "{stale:?}");
    // An account that can't be listed is not gone, and neither is what this search doesn't find.
    env.sandbox.control().fail_account(ACCOUNT, Fault::Forbidden);
    env.output(&["profiles", "--write", "--prune", "--query", "ci-runners"]);
    let text = env.read(".aws/config");
    assert!(text.contains("[profile a-gone]") && !text.contains("[profile b-gone]"));
    assert_eq!(text.matches("[profile ").count(), 102, "the rest stays");
    env.sandbox.control().heal_account(ACCOUNT);
    env.write(".aws/config", &with_stale);
    let pruned = env.run(&["profiles", "--write", "--prune"]);
    assert!(pruned.stderr.contains("2 removed"), "{}", pruned.stderr);
    assert_eq!(
        env.read(".aws/config"),
        full.replace(END, &format!("\n[profile zz-foreign]\nregion = x\n{END}"))
    );
    // Other names for the same: the old ones are stale, and go when asked.
    env.output(&[
        "profiles",
        "--write",
        "--prune",
        "--name",
        "{permission_set}.{account_id}",
    ]);
    let text = env.read(".aws/config");
    assert!(text.contains(&format!("[profile administratoraccess.{ACCOUNT}]")) && !text.contains(NAME));
    assert_eq!(text.matches("[profile ").count(), 101);
}

/// Answers that must not cost a user all profiles: lists that are missing, and one that is empty.
#[test]
fn last_profile_of_a_session_is_removed_only_after_confirmation() {
    let env = signed_in();
    env.output(&["profiles", "--write"]);
    let full = env.read(".aws/config");
    for body in [
        "{}",
        r#"{"accountList":null}"#,
        r#"{"message":"ok"}"#,
        r#"{"accountList":[{}]}"#,
    ] {
        let server = StubServer::serve(vec![("/", json(body))]);
        let mut command = env.command(&["profiles", "--write", "--prune", "--yes"]);
        command.env("AWS_ENDPOINT_URL_SSO", &server.url);
        let refused = command_result(command.output().unwrap());
        assert_ne!(refused.code, Some(0), "{body}: {}", refused.stderr);
        assert!(
            refused.stderr.contains("is missing"),
            "{body}: {}",
            refused.stderr
        );
        assert_eq!(env.read(".aws/config"), full, "{body}");
        assert_eq!(
            env.output(&["list", "--format", "plain"]).lines().count(),
            100,
            "{body}"
        );
    }
    // An account without permission sets, or none at all, may be true: then a user is asked.
    for body in [
        r#"{"accountList":[]}"#,
        r#"{"accountList":[{"accountId":"999999999999"}],"roleList":[]}"#,
    ] {
        let server = StubServer::serve(vec![("/", json(body))]);
        let prune = |more: &[&str]| {
            let mut command = env.command(&[&["profiles", "--write", "--prune"], more].concat());
            command.env("AWS_ENDPOINT_URL_SSO", &server.url);
            command
        };
        let refused = command_result(prune(&[]).output().unwrap());
        assert_eq!(
            (refused.code, refused.stdout.as_str()),
            (Some(1), ""),
            "{}",
            refused.stderr
        );
        assert!(
            refused
                .stderr
                .contains("--prune would remove all 100 profiles of SSO session `demo`")
                && refused.stderr.contains("add --yes"),
            "{}",
            refused.stderr
        );
        assert_eq!(env.read(".aws/config"), full, "{body}");
        for (typed, code, remain) in [("n", 130, true), ("", 130, true), ("yes", 0, false)] {
            let line = format!(
                "AWS_ENDPOINT_URL_SSO={} exec \"$GENKAN\" profiles --write --prune",
                server.url
            );
            let mut screen = Screen::script(&env, &line);
            screen.wait("[y/N]");
            screen.type_keys(&format!("{typed}\r"));
            assert_eq!(screen.exit(), code, "{typed}");
            assert_eq!(env.read(".aws/config").contains("[profile "), remain, "{typed}");
        }
        env.write(".aws/config", &full);
        assert_eq!(command_result(prune(&["--yes"]).output().unwrap()).code, Some(0));
        assert!(!env.read(".aws/config").contains("[profile "));
        env.write(".aws/config", &full);
        env.output(&["list", "--refresh"]);
    }
}

#[test]
fn damaged_block_is_reported_and_unchanged() {
    let env = signed_in();
    let broken = format!("{}{BEGIN}[profile a]\nregion = x\n", env.sso_session("demo"));
    env.write(".aws/config", &broken);
    for arguments in [
        &["profiles"][..],
        &["profiles", "--diff"],
        &["profiles", "--write"],
    ] {
        let result = env.run(arguments);
        assert_eq!((result.code, result.stdout.as_str()), (Some(1), ""));
        assert!(
            result
                .stderr
                .contains("was not changed: line 5 starts genkan's profiles, but"),
            "{}",
            result.stderr
        );
        assert!(
            result.stderr.contains("hint: fix it in an editor"),
            "{}",
            result.stderr
        );
    }
    assert_eq!(env.read(".aws/config"), broken);
    assert!(!env.path(".aws/config.genkan-backup").exists());
}

#[test]
fn profile_name_template_is_checked_and_used() {
    let env = signed_in();
    let result = env.run(&["profiles", "--name", "{acount}"]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(2), ""));
    assert!(
        result.stderr.contains("unknown placeholder `{acount}`"),
        "{}",
        result.stderr
    );
    env.write(
        ".config/genkan/config.toml",
        "profile_name = \"x/{account_id}+{region}\"\nregion = \"eu-west-1\"\n",
    );
    let found = states(&env, &["--query", "sandbox-ayumi"]);
    assert_eq!(found[0].0, "x/004211863309+eu-west-1");
}
