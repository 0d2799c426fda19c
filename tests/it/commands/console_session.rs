//! How long a console session lasts, and with which credentials it is asked for.

use std::time::Duration;

use genkan::sandbox::{Fault, Operation};

use crate::support::env::{ACCOUNT, TARGET, TestEnv, write_program};
use crate::support::http;
use crate::support::screen::Screen;
use crate::support::wait::until;

/// Opens the login link as a browser does; how many minutes the console session has left.
fn minutes_of(env: &TestEnv) -> i64 {
    let link: url::Url = env
        .output(&["console", TARGET, "--print"])
        .trim()
        .parse()
        .unwrap();
    let url = env.sandbox.url();
    let login = http::get(&url, &format!("{}?{}", link.path(), link.query().unwrap()));
    let cookie = login
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let page = http::request(
        &url,
        "GET",
        login.header("location").unwrap(),
        &[("cookie", &cookie)],
        b"",
    )
    .unwrap();
    let text = page.text();
    let row = text.split("<dt>Minutes left</dt><dd>").nth(1).unwrap();
    row.split('<').next().unwrap().parse().unwrap()
}

#[test]
fn console_session_lasts_twelve_hours_or_as_long_as_the_credentials() {
    let env = TestEnv::new();
    env.sign_in();
    assert!((718..=720).contains(&minutes_of(&env)));
    // As for chained credentials: a 400 for the duration.
    env.sandbox
        .control()
        .inject(Operation::GetSigninToken, &Fault::BadRequest, 1);
    assert!((58..=60).contains(&minutes_of(&env)));
}

#[test]
fn console_does_not_use_credentials_that_expire_soon() {
    let env = TestEnv::new();
    env.sign_in();
    let control = env.sandbox.control();
    let given = || env.sandbox.counts().get_role_credentials;
    control.set_role_credentials_lifetime(Duration::from_mins(40));
    env.output(&["export", TARGET, "--format", "json"]);
    control.set_role_credentials_lifetime(Duration::from_hours(1));
    let before = given();
    control.inject(Operation::GetSigninToken, &Fault::BadRequest, 1);
    assert!((58..=60).contains(&minutes_of(&env)), "new ones");
    assert_eq!(given(), before + 1);
    minutes_of(&env);
    assert_eq!(given(), before + 1, "those are cached and will do");
    // Revoked in between: the console's sign-in refuses them, and new ones are asked for.
    control.expire_role_credentials();
    assert!((718..=720).contains(&minutes_of(&env)));
    assert_eq!(given(), before + 2);
}

/// What a portal link leads to.
fn destination_of(link: &str) -> String {
    let (_, query) = link.trim().split_once('?').unwrap();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| name == "destination")
        .unwrap()
        .1
        .into_owned()
}

#[test]
fn pages_are_checked_against_partition_and_account() {
    let env = TestEnv::new();
    env.sign_in();
    let page = |account: &str| {
        format!(
            "https://{account}-k3v9x2ab.eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:"
        )
    };
    let plain = "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:";
    let portal = |arguments: &[&str]| {
        let fixed = ["console", "--print", "--via", "portal"];
        destination_of(&env.output(&[&fixed[..], arguments].concat()))
    };
    assert_eq!(portal(&[TARGET, "--destination", plain]), plain);
    assert_eq!(portal(&[TARGET, "--destination", &page(ACCOUNT)]), plain);
    // As a target it is the account, and the page.
    let shared = env.output(&["console", TARGET, "--share", "--destination", plain]);
    assert_eq!(portal(&[shared.trim()]), plain);
    let account = env.run(&["console", "--print", &page(ACCOUNT)]);
    assert!(account.stderr.contains("is ambiguous"), "{}", account.stderr);
    for (url, words) in [
        (
            page("904417713522"),
            "is a page of account 904417713522, not of payments-dev",
        ),
        (
            "https://cn-north-1.console.amazonaws.cn/s3/home".to_owned(),
            "is in partition aws-cn, but SSO session `demo` is in aws",
        ),
    ] {
        let refused = env.run(&["console", TARGET, "--print", "--destination", &url]);
        assert_eq!(refused.code, Some(1), "{url}: {}", refused.stderr);
        assert!(refused.stderr.contains(words), "{url}: {}", refused.stderr);
        assert_eq!(refused.stdout, "");
    }
    for url in [
        "https://console.aws.amazon.com/s3/home?region=cn-north-1",
        "https://evil.example/",
    ] {
        let refused = env.run(&["console", TARGET, "--print", "--destination", url]);
        assert_eq!(refused.code, Some(2), "{url}: {}", refused.stderr);
    }
    let region = env.run(&["console", TARGET, "--print", "--region", "us-gov-west-1"]);
    assert!(
        region.stderr.contains("partition aws-us-gov"),
        "{}",
        region.stderr
    );
}

#[test]
fn the_last_page_of_each_target_is_remembered_unless_history_is_off() {
    let env = TestEnv::new();
    env.sign_in();
    let open = |arguments: &[&str]| {
        let fixed = ["console", TARGET, "--print", "--via", "portal"];
        destination_of(&env.output(&[&fixed[..], arguments].concat()))
    };
    let home = open(&["--service", "last"]);
    assert!(home.contains("/console/home"), "{home}");
    let s3 = open(&["--service", "s3", "--region", "eu-west-1"]);
    assert_eq!(open(&["--service", "last"]), s3);
    assert!(open(&[]).contains("/console/home"), "only where it is asked for");
    let path = ".local/state/genkan/console-pages.json";
    assert!(env.read(path).contains("/s3/home"));
    // By preference.
    env.write(".config/genkan/config.toml", "console_service = \"last\"\n");
    assert_eq!(open(&[]), s3);
    // What is in the file is checked as what is pasted.
    let text = env
        .read(path)
        .replace("eu-west-1.console.aws.amazon.com", "evil.example");
    env.write(path, &text);
    assert!(open(&[]).contains("/console/home"));
    open(&["--service", "sqs"]);
    env.output(&["history", "--clear"]);
    assert!(!env.read(path).contains("sqs"));
    env.write(".config/genkan/config.toml", "history = false\n");
    open(&["--service", "sns"]);
    assert!(!env.read(path).contains("sns"));
}

#[test]
fn a_shared_link_holds_no_secret_and_needs_no_sign_in() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    let before = env.sandbox.counts().get_role_credentials;
    let share = |how: &str| env.output(&["console", TARGET, how, "--service", "s3", "--region", "eu-west-1"]);
    let same = share("--share");
    assert!(
        same.contains(&format!(
            "/#/console?account_id={ACCOUNT}&role_name=AdministratorAccess&destination="
        )),
        "{same}"
    );
    let own = share("--share=own-role");
    assert!(
        own.contains(&format!("/#/console?account_id={ACCOUNT}&destination=")),
        "{own}"
    );
    assert_eq!(
        destination_of(&own),
        "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1"
    );
    assert_eq!(env.sandbox.counts().get_role_credentials, before);
}

#[test]
fn option_before_rule_before_preference_decides_the_way() {
    let env = TestEnv::new();
    env.sign_in();
    let is_portal = |arguments: &[&str]| {
        let link = env.output(&[&["console", TARGET, "--print"][..], arguments].concat());
        link.contains("/#/console?")
    };
    assert!(!is_portal(&[]));
    env.write(".config/genkan/config.toml", "console_via = \"portal\"\n");
    assert!(is_portal(&[]));
    env.write(
        ".config/genkan/config.toml",
        "console_via = \"portal\"\n[[rule]]\nmatch = { account = \"payments-*\" }\nconsole_via = \"federation\"\n",
    );
    assert!(!is_portal(&[]));
    assert!(is_portal(&["--via", "portal"]));
}

#[test]
fn signing_out_first_ends_the_other_session_and_leads_on() {
    let env = TestEnv::new();
    env.sign_in();
    let url = env.sandbox.url();
    let go = |address: &str, cookie: &str| {
        let link: url::Url = address.trim().parse().unwrap();
        let path = format!("{}?{}", link.path(), link.query().unwrap());
        http::request(&url, "GET", &path, &[("cookie", cookie)], b"").unwrap()
    };
    let cookie_of = |answer: &http::Answer| {
        let set = answer.header("set-cookie").unwrap();
        set.split(';').next().unwrap().to_owned()
    };
    let first = go(&env.output(&["console", TARGET, "--print"]), "");
    let cookie = cookie_of(&first);
    let page = first.header("location").unwrap().to_owned();
    let at = |cookie: &str| go(&format!("{url}{page}"), cookie).text();
    assert!(at(&cookie).contains("payments-dev"));
    let link = env.output(&["console", TARGET, "--print", "--sign-out-first"]);
    let out = go(&link, &cookie);
    assert!(at(&cookie).contains("not signed in"), "the old session has ended");
    let login = go(out.header("location").unwrap(), "");
    assert!(
        at(&cookie_of(&login)).contains("payments-dev"),
        "the new one has begun"
    );
    // By rule, and not where that is unwanted.
    env.write(
        ".config/genkan/config.toml",
        "[[rule]]\nmatch = { account = \"payments-*\" }\nconsole_sign_out = true\n",
    );
    let is_out = |arguments: &[&str]| {
        let link = env.output(&[&["console", TARGET, "--print"][..], arguments].concat());
        link.contains("/oauth?Action=logout")
    };
    assert!(is_out(&[]) && !is_out(&["--sign-out-first=false"]));
}

#[test]
fn without_a_browser_a_url_that_signs_in_is_shown_to_the_user_only() {
    let mut env = TestEnv::new();
    env.sign_in();
    env.environment.insert("SSH_TTY".into(), "/dev/pts/1".into());
    let asked = env.run(&["console", TARGET, "--via", "federation"]);
    assert_eq!(asked.code, Some(1));
    assert!(
        asked.stderr.contains("standard error is not a terminal"),
        "{}",
        asked.stderr
    );
    assert!(!asked.stderr.contains("SigninToken") && asked.stdout.is_empty());
    let portal = env.run(&["console", TARGET, "--via", "portal"]);
    assert_eq!(portal.code, Some(0), "{}", portal.stderr);
    assert!(portal.stderr.contains("/#/console?"), "{}", portal.stderr);
}

#[test]
fn over_ssh_a_url_that_signs_in_is_shown_with_its_15_minutes_and_copied() {
    let mut env = TestEnv::new();
    env.sign_in();
    let connection = "192.0.2.1 50000 192.0.2.7 2222";
    env.environment.insert("SSH_CONNECTION".into(), connection.into());
    let mut screen = Screen::genkan(&env, &["console", TARGET, "--via", "federation"]);
    screen.wait("within 15 minutes; anyone who has it can sign in as");
    screen.wait_raw("\u{1b}]52;c;", 0);
    assert_eq!(screen.exit(), 0);
    let raw = screen.raw();
    assert!(raw.contains("/federation?Action=login"), "{raw}");
    let port = url::Url::parse(&env.sandbox.url()).unwrap().port().unwrap();
    let line = format!("ssh -L {port}:127.0.0.1:{port} -p 2222 192.0.2.7");
    assert!(raw.contains(&line), "the sandbox is on this machine: {raw}");
    // Nothing that works on the other machine only.
    let token = "SigninToken=";
    let loopback = raw.matches("http://127.0.0.1:").count();
    assert_eq!(loopback, raw.matches(token).count(), "{raw}");
}

/// Programs by their names that note down their arguments, one a line, in files of their names.
fn note_arguments(env: &mut TestEnv, names: &[&str]) {
    let folder = env.path("programs");
    for name in names {
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}/{name}.arguments'\n",
            folder.display()
        );
        write_program(&folder.join(name), &script);
    }
    let before = env.environment["PATH"].clone();
    env.environment
        .insert("PATH".into(), format!("{}:{before}", folder.display()));
    env.environment.insert("DISPLAY".into(), ":99".into());
}

/// Waits for the arguments of a program; they are written at once.
#[track_caller]
fn arguments_of(env: &TestEnv, name: &str) -> Vec<String> {
    let path = env.path(&format!("programs/{name}.arguments"));
    until("the browser", || {
        std::fs::read_to_string(&path).is_ok_and(|text| text.contains("http"))
    });
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn templates_and_containers_say_which_account_a_page_is_of() {
    let mut env = TestEnv::new();
    env.sign_in();
    note_arguments(&mut env, &["firefox", "own"]);
    env.write(
        ".config/genkan/config.toml",
        "browser = \"own 'for {account_name}' --id={account_id} {session}\"\n",
    );
    let portal = |arguments: &[&str]| {
        let result = env.run(&[&["console", TARGET, "--via", "portal"][..], arguments].concat());
        assert_eq!(result.code, Some(0), "{}", result.stderr);
    };
    portal(&[]);
    let words = arguments_of(&env, "own");
    assert_eq!(
        words[..3],
        ["for payments-dev", &format!("--id={ACCOUNT}"), "demo"]
    );
    assert!(
        words[3].contains("/#/console?"),
        "the address comes last: {words:?}"
    );
    // A sign-in page has no account.
    let refused = env.run(&["login", "--force"]);
    assert!(
        refused.stderr.contains("a sign-in page has no account"),
        "{}",
        refused.stderr
    );
    // A container of the account's alias and colour, with each of the extensions.
    env.write(
        ".config/genkan/config.toml",
        "[[rule]]\nmatch = { account = \"payments-*\" }\nalias = \"pay & co\"\ncolor = \"teal\"\nbrowser = \"firefox:Work+container\"\n",
    );
    let ini = "[Profile0]\nName=Work\nIsRelative=1\nPath=b.work\n";
    env.write(".mozilla/firefox/profiles.ini", ini);
    for (id, scheme) in [
        (
            "{b5e0e8de-ebfe-4306-9528-bcc18241a490}",
            "ext+granted-containers:",
        ),
        ("{f069aec0-43c5-4bbf-b6b4-df95c4326b98}", "ext+container:"),
    ] {
        let addons = format!(r#"{{"addons": [{{"id": "{id}", "active": true}}]}}"#);
        env.write(".mozilla/firefox/b.work/extensions.json", &addons);
        portal(&[]);
        let words = arguments_of(&env, "firefox");
        assert_eq!(words[0], "--profile");
        assert!(words[1].ends_with(".mozilla/firefox/b.work"), "{words:?}");
        let query = words[2].strip_prefix(scheme).unwrap();
        let pairs: std::collections::BTreeMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).collect();
        assert_eq!(pairs["name"], "pay & co");
        assert_eq!(pairs["color"], "turquoise");
        assert!(pairs["url"].contains("/#/console?"), "{pairs:?}");
    }
}

#[test]
fn sign_in_pages_have_a_browser_of_their_own() {
    let mut env = TestEnv::new();
    note_arguments(&mut env, &["usual", "for-all", "for-demo"]);
    let opened = |settings: &str, name: &str| {
        env.write(".config/genkan/config.toml", settings);
        let _ = env.run(&["logout"]);
        env.run(&["login"]);
        let words = arguments_of(&env, name);
        assert!(words.last().unwrap().contains("user_code="), "{words:?}");
    };
    opened("browser = \"usual\"\n", "usual");
    opened("browser = \"usual\"\nsign_in_browser = \"for-all\"\n", "for-all");
    opened(
        "browser = \"usual\"\nsign_in_browser = \"for-all\"\n[sessions.demo]\nbrowser = \"for-demo\"\n",
        "for-demo",
    );
}
