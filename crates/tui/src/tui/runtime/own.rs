//! Actions of the user's own: their commands for targets, in the background, and in windows of tmux.

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc::UnboundedSender;

use super::event::Event;
use super::problems::to_problem;
use crate::app::{App, Batch, BatchMode, ChildKind, ChildRequest, Listed};
use crate::domain::records::history::{Action, TargetKey};
use crate::domain::shells::command_template::{UnusableValue, Values};
use crate::domain::targets::profile::ProfileName;
use crate::domain::text::clean_text;
use crate::domain::{Region, Target};
use crate::platform::files::folder::current_folder;
use crate::platform::files::paths;
use crate::platform::processes::child::{exit_code, output_within};
use crate::platform::processes::program;
use crate::settings::{ActionCommand, Delivery, RunIn, Settings, UserAction, env, public_variables};
use crate::tui::effect::RequestId;
use crate::tui::msg::{ActionResult, Msg, Problem};
use crate::tui::screens::pending_action::{AT_ONCE, name_targets};

/// How long tmux may take to open a window.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What runs in a window of tmux: it stays open where the command failed. Its arguments are the folder, and the
/// command's words.
const WINDOW: &str = "cd -- \"$1\" 2>/dev/null; shift; \"$@\"; code=$?; case $code in 0|130) ;; *) \
     printf '\\ngenkan: exit code %s - press Enter to close this window ' \"$code\"; read -r _;; esac; exit \"$code\"";

/// Why no window of tmux can be opened here.
pub(super) fn no_tmux(settings: &Settings) -> Option<&'static str> {
    let environment = &settings.environment;
    if environment.get(env::TMUX).is_none() {
        return Some("not inside tmux");
    }
    let program = paths::find_program("tmux", environment.get(env::PATH));
    program.is_none().then_some("tmux is not on PATH")
}

/// An action's command for one target.
struct Command {
    words: Vec<String>,
    region: Region,
    /// Variables of a script that are not among those of every command.
    set: Vec<(&'static str, String)>,
}

/// The batch of an action on the terminal.
pub(super) fn action_batch(app: &App, targets: Vec<Target>, action: &UserAction) -> Result<Batch, Problem> {
    let commands = action_commands(app, &targets, action)?;
    Ok(Batch {
        children: commands
            .into_iter()
            .map(|command| child_request(command, action))
            .collect(),
        targets,
        mode: BatchMode::Foreground,
        fail_fast: false,
    })
}

/// Starts an action that needs no terminal of the portal's, and says so; once it has ended, how.
pub(super) async fn start_action(
    app: Arc<App>,
    id: RequestId,
    targets: Vec<Target>,
    action: Arc<UserAction>,
    send: UnboundedSender<Event>,
) {
    let begun = match begin_action(&app, &targets, &action).await {
        Ok(commands) if action.run == RunIn::Tmux => open_windows(&app, &targets, commands, &action)
            .await
            .map(|()| None),
        other => other.map(Some),
    };
    let place = match action.run {
        RunIn::Tmux => "opened in a window of tmux",
        _ => "runs in the background",
    };
    let words = format!("{} {place}: {}", action.name, name_targets(&targets));
    let (result, commands) = match begun {
        Ok(commands) => (Ok(words), commands),
        Err(problem) => (Err(problem), None),
    };
    let _ = send.send(Event::Msg(Msg::Acted { id, result }));
    let Some(commands) = commands else { return };
    let runs = targets.into_iter().zip(commands).map(|(target, command)| {
        let (app, request) = (Arc::clone(&app), child_request(command, &action));
        async move {
            let ended = run_in_background(&app, &target, &request).await;
            ActionResult { target, ended }
        }
    });
    let results: Vec<ActionResult> = futures_util::stream::iter(runs).buffered(AT_ONCE).collect().await;
    let name = action.name.clone();
    let _ = send.send(Event::Msg(Msg::ActionEnded { name, results }));
}

/// The commands of an action. That credentials can be had is known before anything begins: a sign-in may be needed.
async fn begin_action(app: &App, targets: &[Target], action: &UserAction) -> Result<Vec<Command>, Problem> {
    let commands = action_commands(app, targets, action)?;
    if let Some(first) = targets.first() {
        app.credentials
            .role_credentials(first)
            .await
            .map_err(to_problem)?;
    }
    Ok(commands)
}

fn child_request(command: Command, action: &UserAction) -> ChildRequest {
    ChildRequest {
        kind: ChildKind::Command(command.words.into_iter().map(OsString::from).collect()),
        delivery: action.credentials,
        keep_environment: false,
        set: command.set,
    }
}

/// The command of each target; nothing runs where one can't.
fn action_commands(app: &App, targets: &[Target], action: &UserAction) -> Result<Vec<Command>, Problem> {
    let mut profiles: HashMap<String, HashMap<TargetKey, ProfileName>> = HashMap::new();
    let mut commands = Vec::with_capacity(targets.len());
    for target in targets {
        let session = app.sessions.session(Some(&target.session)).map_err(to_problem)?;
        let region = app
            .regions
            .work_region(&session, target)
            .map_err(to_problem)?
            .region;
        if action.command.needs_profile() && !profiles.contains_key(&target.session) {
            let catalog = app.catalogs.cached_catalog(&session).unwrap_or_default();
            let names = app.profiles.profile_names(Listed { session, catalog });
            profiles.insert(target.session.clone(), names.map_err(to_problem)?);
        }
        let named = profiles
            .get(&target.session)
            .and_then(|names| names.get(&TargetKey::from(target)));
        let profile = named
            .filter(|named| named.is_written)
            .map(|named| named.name.as_str());
        commands.push(action_command(target, region, profile, action)?);
    }
    Ok(commands)
}

fn action_command(
    target: &Target,
    region: Region,
    profile: Option<&str>,
    action: &UserAction,
) -> Result<Command, Problem> {
    let missing = |sentence: String| Problem {
        sentence,
        hints: vec!["save the target as a profile, or run `genkan profiles --write`".to_owned()],
        sign_in: None,
    };
    let (words, set) = match &action.command {
        ActionCommand::Words(template) => {
            let values = Values {
                target,
                region: &region,
                profile,
            };
            let words = template.words(&values).map_err(|error| {
                let sentence = format!("{}: {error}", action.name);
                match error {
                    UnusableValue::NoProfile { .. } => missing(sentence),
                    UnusableValue::Option { .. } => Problem {
                        sentence,
                        hints: vec![
                            "put it behind an option in the template, as in `--name={account_name}`"
                                .to_owned(),
                        ],
                        sign_in: None,
                    },
                }
            })?;
            (words, Vec::new())
        }
        ActionCommand::Script(script) => {
            let mut set = Vec::new();
            if action.command.needs_profile() {
                let profile = profile.ok_or_else(|| {
                    missing(format!(
                        "{}: {target} has no profile in the config file",
                        action.name
                    ))
                })?;
                set.push((env::GENKAN_PROFILE, profile.to_owned()));
            }
            (["/bin/sh", "-c", script].map(str::to_owned).to_vec(), set)
        }
    };
    Ok(Command { words, region, set })
}

/// Runs a command beside the portal: its exit code, and the last line that it wrote.
async fn run_in_background(
    app: &App,
    target: &Target,
    request: &ChildRequest,
) -> Result<(u8, String), Problem> {
    let credentials = app
        .credentials
        .role_credentials_in_turn(target)
        .await
        .map_err(to_problem)?;
    let child = app
        .shells
        .child(target, credentials, request)
        .await
        .map_err(to_problem)?;
    let program = child.spec.program.to_string_lossy().into_owned();
    let _ = app.history.record_use(target, Action::Exec).await;
    app.history.record_hand_out(target, "exec", &program);
    let ended = child.run_in_background().await;
    let ended = ended.map_err(cannot_run(&format!("can't run `{program}`")))?;
    Ok((exit_code(ended.status), clean_text(&ended.last_line)))
}

/// Opens a window for each target, in which `genkan exec` runs the command: credentials are never tmux's.
async fn open_windows(
    app: &App,
    targets: &[Target],
    commands: Vec<Command>,
    action: &UserAction,
) -> Result<(), Problem> {
    let settings = app.context.settings();
    let environment = &settings.environment;
    // What restricts this environment restricts the window, too.
    let agent = settings.agent_variable();
    let genkan = program::lasting_path(environment.get(env::PATH))
        .map_err(cannot_run("can't determine the path of this program"))?;
    let folder = current_folder().unwrap_or_else(|| "/".into());
    for (target, command) in targets.iter().zip(commands) {
        let mut words = vec![
            "new-window".to_owned(),
            "-n".to_owned(),
            window_name(&format!("{} {}", action.name, target.account_name)),
            "/bin/sh".to_owned(),
            "-c".to_owned(),
            WINDOW.to_owned(),
            "genkan".to_owned(),
            folder.display().to_string(),
            "/usr/bin/env".to_owned(),
        ];
        let set = public_variables(environment).chain(command.set);
        words.extend(set.map(|(name, value)| format!("{name}={value}")));
        words.extend(agent.iter().map(|name| format!("{name}=1")));
        words.extend([genkan.display().to_string(), "exec".to_owned()]);
        words.extend(["--region".to_owned(), command.region.to_string()]);
        let delivery = action.credentials.map(|delivery| match delivery {
            Delivery::Server => "server",
            Delivery::Env => "env",
        });
        words.extend(
            delivery
                .into_iter()
                .flat_map(|name| ["--credentials".to_owned(), name.to_owned()]),
        );
        words.extend([TargetKey::from(target).to_string(), "--".to_owned()]);
        words.extend(command.words);
        let words: Vec<String> = words.iter().map(|word| tmux_word(word)).collect();
        let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        let opened = output_within("tmux", &arguments, TIMEOUT).await;
        let opened = opened.map_err(cannot_run("can't run `tmux`"))?;
        if !opened.is_some_and(|output| output.status.success()) {
            return Err(Problem {
                sentence: "tmux opened no window".to_owned(),
                hints: vec!["check that its session is still there: `tmux list-sessions`".to_owned()],
                sign_in: None,
            });
        }
    }
    Ok(())
}

/// What the system refused.
fn cannot_run(what: &str) -> impl FnOnce(std::io::Error) -> Problem {
    move |error| Problem {
        sentence: format!("{what}: {error}"),
        hints: Vec::new(),
        sign_in: None,
    }
}

/// A name in which tmux expands nothing: `#(…)` would be a command.
fn window_name(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_. ".contains(c);
    name.chars().map(|c| if plain(c) { c } else { '_' }).collect()
}

/// A word as tmux takes it: a semicolon at its end would begin another command of tmux's.
fn tmux_word(word: &str) -> String {
    match word.strip_suffix(';') {
        Some(front) => format!("{front}\\;"),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_words_are_nothing_else_to_tmux() {
        assert_eq!(window_name("k9s #(id) 決済-prod"), "k9s __id_ 決済-prod");
        assert_eq!(tmux_word("x;"), "x\\;");
        assert_eq!(tmux_word("a;b"), "a;b");
    }
}
