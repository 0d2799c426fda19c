//! `genkan credential-process`: for SDKs. Never opens a browser, never prompts, and says what went
//! wrong in one line, because SDKs put it into messages of their own.
//!
//! SDKs may call it before every request: a cached answer comes before any runtime, TLS or SDK starts.

use std::convert::Infallible;
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::app::{App, LockScope, Notice};
use crate::cli::commands::steps::pick::join_way;
use crate::cli::exit::{Ended, Failure};
use crate::cli::launch::build_runtime;
use crate::cli::output::Output;
use crate::cli::progress::Watch;
use crate::cli::suspension::run_suspendable;
use crate::cli::values;
use crate::domain::shells::export;
use crate::domain::{RoleCredentials, Target};
use crate::settings::Settings;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example, for a profile in ~/.aws/config:\n  \
        credential_process = genkan credential-process 123456789012/ReadOnlyAccess")]
pub(in crate::cli) struct Options {
    /// ACCOUNT/PERMISSION_SET
    #[arg(required_unless_present = "from_profile", add = values::complete_targets())]
    target: Option<String>,
    /// TARGET is an IAM role, by its ARN or as ACCOUNT/ROLE: assume it with the credentials of this target
    #[arg(long, value_name = "TARGET", requires = "target", add = values::complete_targets())]
    via: Option<String>,
    /// Use the target of a profile in ~/.aws/config
    #[arg(long = "profile", value_name = "NAME", conflicts_with = "target", add = values::complete_profiles())]
    from_profile: Option<String>,
}

impl Options {
    /// What a command line means that names a target and says nothing else.
    pub(in crate::cli) fn of_target(target: &str) -> Self {
        Self {
            target: Some(target.to_owned()),
            via: None,
            from_profile: None,
        }
    }
}

pub(in crate::cli) fn run(options: &Options, settings: Settings, output: &Output) -> Result<Ended, Failure> {
    let mut notices = settings.notices.clone();
    // Never dropped: the process ends here, and dropping all services takes as long as reading a file.
    let app = ManuallyDrop::new(App::new(settings));
    let text = options.target.as_deref();
    let text = text.map(|text| join_way(text, options.via.as_deref()));
    let cached = text.as_deref().and_then(|text| app.cached_answer(text));
    let answer = match cached {
        Some(cached) => Ok(cached),
        None => ask_aws(options, text.as_deref(), &app, output),
    };
    notices.extend(app.context.take_notices().iter().map(ToString::to_string));
    match answer {
        Ok((target, credentials)) => {
            for notice in notices {
                output.notice(&notice);
            }
            output.data(&export::credential_process(&target, &credentials))?;
            app.history.record_hand_out_to_sdk(&target, "credential-process");
            Ok(Ended::Done)
        }
        Err(failure) => Err(failure.in_one_line(notices)),
    }
}

/// Gets credentials that aren't cached. A function of its own, because its futures take pages of the stack that a cached
/// answer needn't touch.
#[inline(never)]
fn ask_aws(
    options: &Options,
    text: Option<&str>,
    app: &App,
    output: &Output,
) -> Result<(Target, RoleCredentials), Failure> {
    let runtime = build_runtime()?;
    let waits_for = Arc::new(Mutex::new(None));
    let note = Arc::clone(&waits_for);
    app.context.listen(Some(Arc::new(move |notice| {
        if let Notice::Waiting(scope) = notice {
            *note.lock().unwrap_or_else(PoisonError::into_inner) = Some(scope);
        }
    })));
    let say = |scope: LockScope| output.notice(scope.waiting_message());
    let work = in_time(LIMIT, &waits_for, say, get_credentials(options, text, app));
    let answer = runtime.block_on(async {
        let _watch = Watch::over(app.context.requests());
        run_suspendable(app, Box::pin(work)).await
    });
    // A look-up of a name that goes on is not waited for.
    runtime.shutdown_background();
    answer.flatten()
}

/// The AWS SDK for Go gives up after a minute, and others never do.
const LIMIT: Duration = Duration::from_secs(50);
/// What is shorter needs no explanation on stderr, which SDKs may show.
const UNREMARKABLE: Duration = Duration::from_secs(5);

/// Ends work that takes longer than a limit, with the reason as far as it is known. Says once, after a while,
/// what it waits for.
async fn in_time<T>(
    limit: Duration,
    waits_for: &Mutex<Option<LockScope>>,
    say: impl FnOnce(LockScope),
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let known = || *waits_for.lock().unwrap_or_else(PoisonError::into_inner);
    let explain = async {
        tokio::time::sleep(UNREMARKABLE).await;
        loop {
            if let Some(scope) = known() {
                say(scope);
                return std::future::pending::<Infallible>().await;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let done = tokio::select! {
        done = tokio::time::timeout(limit, work) => done,
        never = explain => match never {},
    };
    if let Ok(done) = done {
        return done;
    }
    let seconds = limit.as_secs();
    Err(match known() {
        Some(scope) => Failure::new(
            format!(
                "no credentials within {seconds} s: another genkan is {}",
                scope.activity()
            ),
            &["find a genkan process that is stopped or hangs: `pgrep -a genkan`"],
        ),
        None => Failure::new(
            format!("no credentials within {seconds} s: Identity Center did not respond"),
            &["check the network: `genkan doctor`"],
        ),
    })
}

async fn get_credentials(
    options: &Options,
    text: Option<&str>,
    app: &App,
) -> Result<(Target, RoleCredentials), Failure> {
    let target = match &options.from_profile {
        Some(name) => app.profile_targets.target_of_profile(name).await?,
        None => app.targets.resolve_target(text.unwrap_or_default()).await?,
    };
    let credentials = app.credentials.role_credentials(&target).await?;
    Ok((target, credentials))
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_comes_within_the_limit_and_says_why_there_is_none() {
        for (step, why) in [
            (
                None,
                "no credentials within 50 s: Identity Center did not respond",
            ),
            (
                Some(LockScope::Refresh),
                "no credentials within 50 s: another genkan is refreshing the sign-in",
            ),
        ] {
            let begun = Instant::now();
            let said = Mutex::new(Vec::new());
            let say = |step| said.lock().expect("whole").push((step, begun.elapsed()));
            let failure = in_time::<()>(LIMIT, &Mutex::new(step), say, std::future::pending())
                .await
                .expect_err("never ends");
            assert_eq!((failure.sentence.as_str(), failure.hints.len()), (why, 1));
            assert_eq!(begun.elapsed(), LIMIT);
            let expected: Vec<_> = step.map(|step| (step, UNREMARKABLE)).into_iter().collect();
            assert_eq!(*said.lock().expect("whole"), expected);
        }
        let quick = in_time(LIMIT, &Mutex::default(), |_| {}, async { Ok(1) }).await;
        assert_eq!(quick.ok(), Some(1));
    }
}
