//! `genkan doctor`: findings with what to do, the worst as the exit code.

use std::fmt::Write as _;

use serde::Serialize;

use crate::app::{App, Finding, Severity, Topic};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::paint::Paint;
use crate::cli::progress;
use crate::cli::values::OutputFormat;
use crate::domain::text::{pad_text, wrap_text};
use crate::domain::values::count::format_count;
use crate::platform::tty;

/// Wider lines are hard to read.
const WIDEST: usize = 100;
/// Sign, word and the blanks around them.
const INDENT: usize = 13;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan doctor\n  \
        genkan doctor --offline\n  \
        genkan doctor --format json | jq '.[] | select(.severity == \"problem\")'\n\n\
        Exit codes: 0 no problems (warnings allowed) · 1 at least one problem.\n\n\
        JSON: an array of {severity, topic, check, sentence, advice: [text]}; severity is ok, note, \
        warning or problem; topic is files, profiles, sign-in, environment, network, desktop or \
        versions.")]
pub(in crate::cli) struct Options {
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    format: OutputFormat,
    /// Make no network calls
    #[arg(long)]
    offline: bool,
}

pub(in crate::cli) async fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    let examine = Box::pin(app.doctor.examine(options.offline));
    let findings = tokio::select! {
        findings = progress::show_during("checking files, profiles, network and versions", examine) => findings,
        _ = tokio::signal::ctrl_c() => return Ok(Ended::Cancelled),
    };
    match options.format {
        OutputFormat::Json => {
            output.json(&findings.iter().map(FindingOutput::from).collect::<Vec<_>>())?;
        }
        OutputFormat::Text => {
            let columns = tty::terminal_columns().unwrap_or(80).clamp(40, WIDEST);
            let paint = Paint::new(app.context.settings(), output.stdout_is_terminal());
            output.data(&text_of(&findings, columns, paint))?;
        }
    }
    if findings.iter().any(|f| f.severity == Severity::Problem) {
        Ok(Ended::Problems)
    } else {
        Ok(Ended::Done)
    }
}

fn text_of(findings: &[Finding], columns: usize, paint: Paint) -> String {
    let mut out = String::new();
    let mut topics: Vec<Topic> = findings.iter().map(|f| f.topic).collect();
    topics.sort_unstable();
    topics.dedup();
    for topic in topics {
        let _ = writeln!(out, "{}", paint.title(topic.as_str()));
        for finding in findings.iter().filter(|f| f.topic == topic) {
            write_finding(&mut out, finding, columns, paint);
        }
    }
    let _ = writeln!(out, "{}", summarize_findings(findings, paint));
    out
}

fn write_finding(out: &mut String, finding: &Finding, columns: usize, paint: Paint) {
    let word = pad_text(finding.severity.as_str(), 7);
    let mark = match finding.severity {
        Severity::Ok => paint.good(&format!("✓ {word}")),
        Severity::Note => paint.dim(&format!("· {word}")),
        Severity::Warning => paint.warning(&format!("! {word}")),
        Severity::Problem => paint.error(&format!("✗ {word}")),
    };
    let mut mark = format!("  {mark}  ");
    for line in wrap_text(&finding.sentence, columns.saturating_sub(INDENT)) {
        let _ = writeln!(out, "{mark}{line}");
        mark = " ".repeat(INDENT);
    }
    for step in &finding.advice {
        let mut arrow = format!("{}{} ", " ".repeat(INDENT), paint.accent("→"));
        for line in wrap_text(step, columns.saturating_sub(INDENT + 2)) {
            let _ = writeln!(out, "{arrow}{line}");
            arrow = " ".repeat(INDENT + 2);
        }
    }
}

fn summarize_findings(findings: &[Finding], paint: Paint) -> String {
    let of = |severity| findings.iter().filter(|f| f.severity == severity).count();
    match (of(Severity::Problem), of(Severity::Warning)) {
        (0, 0) => paint.good("no problems found"),
        (0, warnings) => paint.warning(&format_count(warnings, "warning")),
        (problems, 0) => paint.error(&format_count(problems, "problem")),
        (problems, warnings) => format!(
            "{}, {}",
            paint.error(&format_count(problems, "problem")),
            paint.warning(&format_count(warnings, "warning"))
        ),
    }
}

/// The shape is documented in the README and kept by a snapshot.
#[derive(Serialize)]
struct FindingOutput<'a> {
    severity: &'static str,
    topic: &'static str,
    check: &'a str,
    sentence: &'a str,
    advice: &'a [String],
}

impl<'a> From<&'a Finding> for FindingOutput<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            severity: finding.severity.as_str(),
            topic: finding.topic.as_str(),
            check: finding.check,
            sentence: &finding.sentence,
            advice: &finding.advice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Environment, Settings};

    #[test]
    fn findings_are_wrapped_under_their_words() {
        let finding = |severity, sentence: &str, advice: &[&str]| Finding {
            severity,
            topic: Topic::Files,
            check: "x",
            sentence: sentence.to_owned(),
            advice: advice.iter().map(|&a| a.to_owned()).collect(),
        };
        let findings = [
            finding(Severity::Ok, "one", &[]),
            finding(
                Severity::Problem,
                "a sentence that is longer than a line",
                &["do this and do that as well"],
            ),
        ];
        let settings =
            Settings::resolve(Environment::from_pairs([("HOME", "/nonexistent")])).expect("a home");
        assert_eq!(
            text_of(&findings, 40, Paint::new(&settings, false)),
            "files\n  ✓ ok       one\n  ✗ problem  a sentence that is longer\n             than a line\n             \
             → do this and do that as\n               well\n1 problem\n"
        );
        let coloured = text_of(&findings, 40, Paint::new(&settings, true));
        assert!(coloured.contains("\u{1b}[31m✗ problem\u{1b}[0m"), "{coloured:?}");
    }
}
