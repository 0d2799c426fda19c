//! Profiles in `~/.aws/config`: which there are, how they are written, and what is never lost.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use genkan::sandbox::Fault;
use serde_json::Value;

use crate::support::env::{ACCOUNT, House, ended};
use crate::support::junk::{Junk, json};
use crate::tui::pty::Screen;

const NAME: &str = "payments-dev-administratoraccess";
const BEGIN: &str = "# genkan profiles begin\n";
const END: &str = "# genkan profiles end\n";

fn signed_in() -> House {
    let house = House::new();
    house.sign_in();
    house
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn list(house: &House, arguments: &[&str]) -> Vec<Value> {
    let mut all = vec!["profiles", "--format", "json"];
    all.extend(arguments);
    serde_json::from_str(&house.output(&all)).unwrap()
}

fn states(house: &House, arguments: &[&str]) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    list(house, arguments)
        .iter()
        .map(|p| (text(&p["profile"]), text(&p["state"])))
        .collect()
}

/// A block in the file that holds one more profile, which nothing speaks for.
fn add_to_block(house: &House, lines: &str) {
    let text = house.read(".aws/config");
    house.write(".aws/config", &text.replace(END, &format!("\n{lines}{END}")));
}

fn gone(name: &str, account: &str) -> String {
    format!("[profile {name}]\nsso_session = demo\nsso_account_id = {account}\nsso_role_name = Gone\n")
}

#[test]
fn they_are_shown_and_nothing_is_written() {
    let house = signed_in();
    let before = house.read(".aws/config");
    let all = list(&house, &[]);
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
    let table = house.output(&["profiles", "--query", "payments dev adm"]);
    assert_eq!(
        table,
        format!(
            "PROFILE                           STATE      ID            PERMISSION SET       ACCOUNT\n\
             {NAME}  new        {ACCOUNT}  AdministratorAccess  payments-dev\n"
        )
    );
    let diff = house.output(&[
        "profiles",
        "--diff",
        "--name",
        "{session}.{account_id}/{permission_set}",
    ]);
    assert!(
        diff.contains(&format!("\n+[profile demo.{ACCOUNT}/administratoraccess]\n")),
        "{diff}"
    );
    assert_eq!(house.read(".aws/config"), before);
    assert_eq!(
        std::fs::read_dir(house.path(".aws")).unwrap().count(),
        2,
        "config and sso"
    );
}

#[test]
fn a_diff_is_what_would_be_written() {
    let house = signed_in();
    for before in [
        house.sso_session("demo"),
        format!(
            "\u{feff}# 玄関\r\n[profile mine]\r\nREGION = x\r\n{}\r\n\r\n",
            house.sso_session("demo")
        ),
        format!("{}[profile {NAME}]\n  odd\nregion = y", house.sso_session("demo")),
    ] {
        house.write(".aws/config", &before);
        let diff = house.output(&["profiles", "--diff"]);
        house.write("patched", &before);
        let mut patch = Command::new("patch")
            .args(["--binary", "--quiet", "patched"])
            .current_dir(house.home.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut patch.stdin.take().unwrap(), diff.as_bytes()).unwrap();
        assert!(patch.wait().unwrap().success());
        house.output(&["profiles", "--write"]);
        let written = house.read(".aws/config");
        assert_eq!(house.read("patched"), written);
        assert!(written.starts_with(&before));
        assert_eq!(house.output(&["profiles", "--diff"]), "");
    }
}

#[test]
fn they_are_written_into_a_block_and_the_rest_stays() {
    let house = signed_in();
    let before = house.read(".aws/config");
    std::fs::set_permissions(house.path(".aws/config"), PermissionsExt::from_mode(0o640)).unwrap();
    let ended = house.run(&["profiles", "--write"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), ""),
        "{}",
        ended.stderr
    );
    for words in ["100 profiles added, 0 changed", "~/.aws/config.genkan-backup"] {
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
    let written = house.read(".aws/config");
    let block = written.strip_prefix(&format!("{before}\n{BEGIN}")).unwrap();
    assert!(block.ends_with(END));
    assert!(
        block.contains(&format!(
            "\n[profile {NAME}]\nsso_session = demo\nsso_account_id = {ACCOUNT}\n\
             sso_role_name = AdministratorAccess\nregion = ap-northeast-1\n\n"
        )),
        "{block}"
    );
    assert_eq!(house.read(".aws/config.genkan-backup"), before);
    assert_eq!(mode(&house.path(".aws/config.genkan-backup")), 0o600);
    assert_eq!(mode(&house.path(".aws/config")), 0o640);
    let again = house.run(&["profiles", "--write"]);
    assert!(
        again.stderr.contains("~/.aws/config says all of it already"),
        "{}",
        again.stderr
    );
    assert_eq!(house.read(".aws/config"), written);
    assert_eq!(
        house.read(".aws/config.genkan-backup"),
        before,
        "nothing was written"
    );
    assert!(states(&house, &[]).iter().all(|(_, state)| state == "unchanged"));
    // A person sets a Region and adds a setting: both stay, until all are asked to have one Region.
    let ours = format!("sso_account_id = {ACCOUNT}\nsso_role_name = AdministratorAccess\nregion = ");
    let edited = written.replace(
        &format!("{ours}ap-northeast-1\n"),
        &format!("output = yaml\n{ours}eu-west-3\n# own\n"),
    );
    house.write(".aws/config", &edited);
    house.output(&["profiles", "--write", "--kind", "process"]);
    let text = house.read(".aws/config");
    let profile = text.split(&format!("[profile {NAME}]\n")).nth(1).unwrap();
    let genkan = env!("CARGO_BIN_EXE_genkan");
    assert!(
        profile.starts_with(&format!(
            "credential_process = {genkan} credential-process demo:{ACCOUNT}/AdministratorAccess\n\
             region = eu-west-3\noutput = yaml\n# own\n\n"
        )),
        "{profile}"
    );
    house.output(&["profiles", "--write", "--region", "us-west-2"]);
    assert!(!house.read(".aws/config").contains("eu-west-3"));
    assert!(list(&house, &[]).iter().all(|p| p["region"] == "us-west-2"));
}

#[test]
fn a_profile_of_ones_own_keeps_its_name() {
    let house = signed_in();
    let config = format!(
        "{}\n[profile {NAME}]\nregion = mine\n[profile payments-dev-poweruseraccess]\nsso_session = demo\n\
         sso_account_id = {ACCOUNT}\nsso_role_name = PowerUserAccess\n",
        house.sso_session("demo")
    );
    house.write(".aws/config", &config);
    house.write(
        ".aws/credentials",
        "[checkout-dev-readonlyaccess]\naws_access_key_id = AKIAX\n",
    );
    let ended = house.run(&["profiles", "--write"]);
    assert_eq!(ended.code, Some(0));
    for note in [
        format!("`{NAME}` is a profile of your own; genkan's is `{NAME}-{ACCOUNT}`"),
        "`checkout-dev-readonlyaccess` is a profile of your own".to_owned(),
    ] {
        assert!(ended.stderr.contains(&note), "{}", ended.stderr);
    }
    let written = house.read(".aws/config");
    assert!(written.starts_with(&config));
    for header in [
        format!("[profile {NAME}]"),
        "[profile payments-dev-poweruseraccess]".to_owned(),
    ] {
        assert_eq!(written.matches(&header).count(), 1, "{header}");
    }
    let found = states(&house, &["--query", "payments dev"]);
    assert!(
        found.contains(&("payments-dev-poweruseraccess".into(), "yours".into())),
        "{found:?}"
    );
    // One that was ours and that the person now writes as well leaves the block.
    house.write(
        ".aws/config",
        &format!("{written}[profile {NAME}-{ACCOUNT}]\nregion = mine\n"),
    );
    house.output(&["profiles", "--write"]);
    let text = house.read(".aws/config");
    assert_eq!(text.matches(&format!("[profile {NAME}-{ACCOUNT}]")).count(), 1);
    assert!(text.contains(&format!("[profile {NAME}-{ACCOUNT}-demo]")));
}

#[test]
fn only_what_is_surely_gone_is_pruned() {
    let house = signed_in();
    house.output(&["profiles", "--write"]);
    let full = house.read(".aws/config");
    add_to_block(
        &house,
        &(gone("a-gone", ACCOUNT) + &gone("b-gone", "999999999999") + "[profile zz-foreign]\nregion = x\n"),
    );
    let with_stale = house.read(".aws/config");
    let kept = house.run(&["profiles", "--write"]);
    assert!(
        kept.stderr
            .contains("no longer assigned or named otherwise now: 2 profiles"),
        "{}",
        kept.stderr
    );
    for name in ["a-gone", "b-gone", "zz-foreign"] {
        assert!(house.read(".aws/config").contains(&format!("[profile {name}]")));
    }
    let stale = states(&house, &[]);
    assert!(stale.contains(&("a-gone".into(), "stale".into())), "{stale:?}");
    // An account that can't be listed is not gone, and neither is what this search doesn't find.
    house.sandbox.control().fail_account(ACCOUNT, Fault::Forbidden);
    house.output(&["profiles", "--write", "--prune", "--query", "ci-runners"]);
    let text = house.read(".aws/config");
    assert!(text.contains("[profile a-gone]") && !text.contains("[profile b-gone]"));
    assert_eq!(text.matches("[profile ").count(), 102, "the rest stays");
    house.sandbox.control().heal_account(ACCOUNT);
    house.write(".aws/config", &with_stale);
    let pruned = house.run(&["profiles", "--write", "--prune"]);
    assert!(pruned.stderr.contains("2 taken out"), "{}", pruned.stderr);
    assert_eq!(
        house.read(".aws/config"),
        full.replace(END, &format!("\n[profile zz-foreign]\nregion = x\n{END}"))
    );
    // Other names for the same: the old ones are stale, and go when asked.
    house.output(&[
        "profiles",
        "--write",
        "--prune",
        "--name",
        "{permission_set}.{account_id}",
    ]);
    let text = house.read(".aws/config");
    assert!(text.contains(&format!("[profile administratoraccess.{ACCOUNT}]")) && !text.contains(NAME));
    assert_eq!(text.matches("[profile ").count(), 101);
}

/// Answers that must not cost a user all profiles: lists that are missing, and one that is empty.
#[test]
fn the_last_profile_of_a_session_is_not_removed_without_a_yes() {
    let house = signed_in();
    house.output(&["profiles", "--write"]);
    let full = house.read(".aws/config");
    for body in [
        "{}",
        r#"{"accountList":null}"#,
        r#"{"message":"ok"}"#,
        r#"{"accountList":[{}]}"#,
    ] {
        let junk = Junk::serve(vec![("/", json(body))]);
        let mut command = house.command(&["profiles", "--write", "--prune", "--yes"]);
        command.env("AWS_ENDPOINT_URL_SSO", &junk.url);
        let refused = ended(command.output().unwrap());
        assert_ne!(refused.code, Some(0), "{body}: {}", refused.stderr);
        assert!(
            refused.stderr.contains("is missing"),
            "{body}: {}",
            refused.stderr
        );
        assert_eq!(house.read(".aws/config"), full, "{body}");
        assert_eq!(
            house.output(&["list", "--format", "plain"]).lines().count(),
            100,
            "{body}"
        );
    }
    // An account without permission sets, or none at all, may be true: then a user is asked.
    for body in [
        r#"{"accountList":[]}"#,
        r#"{"accountList":[{"accountId":"999999999999"}],"roleList":[]}"#,
    ] {
        let junk = Junk::serve(vec![("/", json(body))]);
        let prune = |more: &[&str]| {
            let mut command = house.command(&[&["profiles", "--write", "--prune"], more].concat());
            command.env("AWS_ENDPOINT_URL_SSO", &junk.url);
            command
        };
        let refused = ended(prune(&[]).output().unwrap());
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
        assert_eq!(house.read(".aws/config"), full, "{body}");
        for (typed, code, remain) in [("n", 130, true), ("", 130, true), ("yes", 0, false)] {
            let line = format!(
                "AWS_ENDPOINT_URL_SSO={} exec \"$GENKAN\" profiles --write --prune",
                junk.url
            );
            let mut screen = Screen::script(&house, &line);
            screen.wait("[y/N]");
            screen.type_keys(&format!("{typed}\r"));
            assert_eq!(screen.exit(), code, "{typed}");
            assert_eq!(house.read(".aws/config").contains("[profile "), remain, "{typed}");
        }
        house.write(".aws/config", &full);
        assert_eq!(ended(prune(&["--yes"]).output().unwrap()).code, Some(0));
        assert!(!house.read(".aws/config").contains("[profile "));
        house.write(".aws/config", &full);
        house.output(&["list", "--refresh"]);
    }
}

#[test]
fn a_damaged_block_is_told_and_left() {
    let house = signed_in();
    let broken = format!("{}{BEGIN}[profile a]\nregion = x\n", house.sso_session("demo"));
    house.write(".aws/config", &broken);
    for arguments in [
        &["profiles"][..],
        &["profiles", "--diff"],
        &["profiles", "--write"],
    ] {
        let ended = house.run(arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
        assert!(
            ended
                .stderr
                .contains("was left alone: line 5 begins genkan's profiles and no"),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stderr.contains("hint: mend it in an editor"),
            "{}",
            ended.stderr
        );
    }
    assert_eq!(house.read(".aws/config"), broken);
    assert!(!house.path(".aws/config.genkan-backup").exists());
}

#[test]
fn a_link_and_another_place_are_followed() {
    let mut house = signed_in();
    let config = house.read(".aws/config");
    house.write("dotfiles/aws", &config);
    std::fs::remove_file(house.path(".aws/config")).unwrap();
    std::os::unix::fs::symlink(house.path("dotfiles/aws"), house.path(".aws/config")).unwrap();
    house.output(&["profiles", "--write"]);
    assert!(house.path(".aws/config").is_symlink());
    assert!(house.read("dotfiles/aws").contains(NAME));
    house.write("else where/c", &config);
    let place = house.path("else where/c").to_str().unwrap().to_owned();
    house.environment.insert("AWS_CONFIG_FILE".into(), place);
    house.output(&["profiles", "--write"]);
    assert!(house.read("else where/c").contains(NAME));
}

#[test]
fn many_writers_at_once_are_as_one() {
    let house = signed_in();
    house.output(&["list"]);
    let before = house.read(".aws/config");
    let queries = ["payments", "checkout", "data", "ci", "readonly", "admin"];
    let children: Vec<_> = queries
        .iter()
        .map(|query| {
            let mut command = house.command(&["profiles", "--write", "--query", query]);
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let ended = ended(child.wait_with_output().unwrap());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    let together = house.read(".aws/config");
    house.write(".aws/config", &before);
    for query in queries {
        house.output(&["profiles", "--write", "--query", query]);
    }
    assert_eq!(house.read(".aws/config"), together);
}

#[test]
fn names_are_checked_and_preferred() {
    let house = signed_in();
    let ended = house.run(&["profiles", "--name", "{acount}"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(
        ended.stderr.contains("there is no placeholder `{acount}`"),
        "{}",
        ended.stderr
    );
    house.write(
        ".config/genkan/config.toml",
        "profile_name = \"x/{account_id}+{region}\"\nregion = \"eu-west-1\"\n",
    );
    let found = states(&house, &["--query", "sandbox-ayumi"]);
    assert_eq!(found[0].0, "x/004211863309+eu-west-1");
}

#[test]
fn sessions_share_a_file_and_one_may_be_signed_out() {
    let house = signed_in();
    let other = house
        .sso_session("demo")
        .replace("demo", "other")
        .replace("genkan-sandbox", "elsewhere");
    let start_url = house.sandbox.start_url();
    let config = format!(
        "{}{other}[profile old]\nsso_start_url = {start_url}/\nsso_region = ap-northeast-1\n",
        house.sso_session("demo")
    );
    house.write(".aws/config", &config);
    let ended = house.run(&["profiles", "--write"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("note: other is left out: sign-in is required"),
        "{}",
        ended.stderr
    );
    assert!(
        !ended.stderr.contains("old"),
        "the same portal by another name: {}",
        ended.stderr
    );
    // A session that was removed has no profiles; one that isn't signed in keeps them.
    add_to_block(
        &house,
        &(gone("a", ACCOUNT).replace("demo", "other") + &gone("b", ACCOUNT).replace("demo", "removed")),
    );
    house.output(&["profiles", "--write", "--prune", "--session", "demo"]);
    assert!(house.read(".aws/config").contains("[profile b]"));
    house.output(&["profiles", "--write", "--prune", "--yes"]);
    let text = house.read(".aws/config");
    assert!(text.contains("[profile a]") && !text.contains("[profile b]"));
    let only = house.run(&["profiles", "--session", "other"]);
    assert_eq!(
        (only.code, only.stdout.as_str()),
        (Some(3), ""),
        "{}",
        only.stderr
    );
}

#[test]
fn a_start_url_in_a_profile_gives_profiles_of_its_form() {
    let house = House::new();
    let start_url = house.sandbox.start_url();
    let config = format!(
        "[profile old]\nsso_start_url = {start_url}\nsso_region = ap-northeast-1\nsso_account_id = {ACCOUNT}\n\
         sso_role_name = AdministratorAccess\n"
    );
    house.write(".aws/config", &config);
    house.sign_in();
    house.output(&["profiles", "--write"]);
    let text = house.read(".aws/config");
    assert!(
        text.contains(&format!(
            "[profile {NAME}]\nsso_start_url = {start_url}\nsso_region = ap-northeast-1\nsso_account_id = {ACCOUNT}\n"
        )),
        "{text}"
    );
    assert!(!text.contains("sso_session"));
    assert_eq!(
        list(&house, &[])[0]["session"],
        "old",
        "the session is not renamed by our profiles"
    );
}

/// What was written is of no use to tools that refuse the file, which was so before.
#[test]
fn a_file_that_botocore_refuses_is_named_after_the_write() {
    for broken in ["\u{feff}", "[profile x]\nregion = a\n[profile x]\nregion = b\n"] {
        let house = House::new();
        house.sign_in();
        let config = house.read(".aws/config");
        house.write(".aws/config", &format!("{broken}{config}"));
        let ended = house.run(&["profiles", "--write"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(
            ended
                .stderr
                .contains("the AWS CLI and boto3 can't read this file"),
            "{}",
            ended.stderr
        );
    }
}
