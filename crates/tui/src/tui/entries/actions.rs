//! What can be done with a target, and what can't and why.

use crate::domain::records::history::TargetKey;
use crate::domain::rules::EnterAction;
use crate::domain::values::duration::format_duration;
use crate::domain::values::time::seconds_until;
use crate::domain::web::console::{portal_link, shortcut_link};
use crate::domain::{PermissionSetName, Target};
use crate::tui::input::keymap::{Action, short_name};
use crate::tui::model::{Model, PickFor};
use crate::tui::screens::menu::{Choice, Entry, MenuOf};
use crate::tui::screens::pending_action::{ConsoleAt, PendingAction};

pub(super) fn action_entries(model: &Model, target: &Target) -> Vec<Entry> {
    let mut entries = vec![enter_entry(model, target)];
    entries.extend(shell_and_console(model, target));
    entries.extend(super::own::user_action_entries(
        model,
        std::slice::from_ref(target),
    ));
    entries.extend(copy_entries(model, target));
    entries.extend(other_entries(model, target));
    entries
}

/// The first entry: what Enter does on the list.
fn enter_entry(model: &Model, target: &Target) -> Entry {
    let format = model.options.export_format;
    let entry = match (model.options.pick_for, model.enter_of(target)) {
        (Some(pick_for), _) => Entry::new(pick_label(pick_for), Choice::Press(Action::Enter)),
        (None, _) if model.options.exports => Entry::new(
            format!("Quit and print {format} lines"),
            Choice::Act(PendingAction::Print(target.clone(), format)),
        ),
        (None, EnterAction::Shell) => open_shell(target),
        (None, EnterAction::Console) => open_console(target).refused(no_console(model, target)),
        (None, EnterAction::Export) => export_entry(target),
    };
    entry.keys(first_key(model, Action::Enter))
}

fn open_shell(target: &Target) -> Entry {
    Entry::new("Open a shell", Choice::Act(PendingAction::Enter(target.clone()))).also("subshell enter")
}

fn open_console(target: &Target) -> Entry {
    let console = PendingAction::Console(target.clone(), ConsoleAt::default());
    Entry::new("Console", Choice::Act(console)).also("browser")
}

fn export_entry(target: &Target) -> Entry {
    let of = MenuOf::Formats(target.clone());
    Entry::new("Export credentials…", Choice::Open(of)).also("print format")
}

fn pick_label(pick_for: PickFor) -> String {
    match pick_for {
        PickFor::Shell => "Open a subshell with it".to_owned(),
        PickFor::Export => "Export its credentials".to_owned(),
        PickFor::Exec => "Run the command with it".to_owned(),
        PickFor::Console => "Open its console".to_owned(),
        PickFor::Serve => "Serve its credentials".to_owned(),
    }
}

/// Why something can't be done while a command waits for a target.
pub(super) fn not_in_a_picker(model: &Model) -> Option<String> {
    let pick_for = model.options.pick_for?;
    Some(format!("not while picking for {}", pick_for.as_str()))
}

/// Why the access portal has no link to a target, where it has none.
pub(super) fn no_portal_page(model: &Model, target: &Target) -> Option<&'static str> {
    let is_chained = target.permission_set.is_chained();
    no_portal(model, target).or(is_chained.then_some("not for chained roles"))
}

/// Why there are no links to an access portal, where its source has none.
fn no_portal(model: &Model, target: &Target) -> Option<&'static str> {
    if is_of_iam_user(model, target) {
        return Some("an IAM user has no access portal");
    }
    is_of_profiles(model, target).then_some("profiles have no access portal")
}

/// Whether a target is of an IAM user.
fn is_of_iam_user(model: &Model, target: &Target) -> bool {
    model
        .place_of(&target.session)
        .is_some_and(|place| place.session.is_iam_user())
}

/// Whether a target is a role of profiles whose chains begin elsewhere.
fn is_of_profiles(model: &Model, target: &Target) -> bool {
    let place = model.place_of(&target.session);
    place.is_some_and(|place| place.session.source_credentials().is_some())
}

/// Why the console can't be opened for a target, where it can't: AWS opens none with the session of an IAM user.
pub(super) fn no_console(model: &Model, target: &Target) -> Option<&'static str> {
    let is_user = is_of_iam_user(model, target) && !target.permission_set.is_chained();
    is_user.then_some("not with an IAM user's session; open a role's")
}

fn shell_and_console(model: &Model, target: &Target) -> Vec<Entry> {
    let first = enter_entry(model, target).label;
    let at_service = MenuOf::Services(target.clone());
    let entries = [
        open_shell(target),
        open_console(target)
            .keys(first_key(model, Action::Console))
            .refused(no_console(model, target)),
        Entry::new("Console at a service…", Choice::Open(at_service))
            .also("region page last")
            .refused(no_console(model, target)),
        Entry::new(
            "Console, another way…",
            Choice::Open(MenuOf::ConsoleWays(target.clone())),
        )
        .also("federation portal sign out logout")
        .refused(no_console(model, target)),
        Entry::new(
            "Console in a browser…",
            Choice::Open(MenuOf::Browsers(target.clone())),
        )
        .also("profile container firefox chrome chromium")
        .refused(no_console(model, target)),
        export_entry(target).keys(first_key(model, Action::Export)),
    ];
    let others = entries.into_iter().filter(|entry| entry.label != first);
    others
        .map(|entry| match not_in_a_picker(model) {
            Some(why) => entry.refused(Some(why)),
            None => entry,
        })
        .collect()
}

fn copy_entries(model: &Model, target: &Target) -> Vec<Entry> {
    let copy = |label: &str, what: &str, text: String| {
        let what = what.to_owned();
        Entry::new(label, Choice::Copy { text, what })
    };
    let place = model.place_of(&target.session);
    let mut entries = vec![
        copy("Copy target", "target", target_text(model, target)).keys(first_key(model, Action::Copy)),
        copy("Copy account ID", "account ID", target.account_id.to_string()),
        copy(
            "Copy account name",
            "account name",
            target.account_name.to_string(),
        ),
    ];
    if let Some(place) = place {
        let link = shortcut_link(&place.session.start_url, target, None);
        let refused = no_portal_page(model, target);
        entries.push(
            copy("Copy console link", "console link", link)
                .also("url share")
                .refused(refused),
        );
        let link = portal_link(&place.session.start_url, &target.account_id, None, None);
        let label = "Copy console link for any role";
        let refused = no_portal(model, target);
        entries.push(
            copy(label, "console link", link)
                .also("url share colleague")
                .refused(refused),
        );
    }
    if let Some(place) = place {
        let arn = place.session.arn_of(target);
        let is_user = place.session.is_iam_user() && !target.permission_set.is_chained();
        entries.push(if is_user {
            copy("Copy user ARN", "user ARN", arn).also("iam")
        } else {
            copy("Copy role ARN", "role ARN", arn).also("iam")
        });
    }
    let name = PendingAction::CopyProfileName(target.clone());
    entries.push(Entry::new("Copy profile name", Choice::Act(name)));
    let secrets = PendingAction::Copy(target.clone(), model.options.export_format);
    entries.push(
        Entry::new("Copy credentials…", Choice::Confirm(secrets))
            .keys("asks first")
            .also("secret keys creds")
            .refused(not_in_a_picker(model)),
    );
    entries
}

fn other_entries(model: &Model, target: &Target) -> Vec<Entry> {
    let favourite = if model.history.is_favourite(&TargetKey::from(target)) {
        "Remove from favourites"
    } else {
        "Add to favourites"
    };
    let has_others = other_sets(model, target).next().is_some();
    let of = MenuOf::PermissionSets(target.clone());
    let note = if model.notes.contains_key(&TargetKey::from(target)) {
        "Edit the note…"
    } else {
        "Add a note…"
    };
    let profile = PendingAction::SaveProfiles(vec![target.clone()]);
    vec![
        Entry::new("Save as profile", Choice::Act(profile))
            .keys(first_key(model, Action::SaveProfile))
            .also("~/.aws/config"),
        Entry::new(
            "Write to the credentials file…",
            Choice::CredentialsProfile(target.clone()),
        )
        .also("~/.aws/credentials")
        .refused(not_in_a_picker(model)),
        Entry::new(note, Choice::Note(target.clone())),
        Entry::new(favourite, Choice::Favourite(target.clone())).keys(first_key(model, Action::Favourite)),
        Entry::new("Show or hide details", Choice::Press(Action::Details))
            .keys(first_key(model, Action::Details)),
        Entry::new("Other permission sets of this account…", Choice::Open(of))
            .also("roles")
            .refused((!has_others).then_some("none assigned")),
    ]
}

/// The other permission sets of a target's account, each with its own actions.
pub(super) fn permission_sets(model: &Model, target: &Target) -> Vec<Entry> {
    other_sets(model, target)
        .map(|permission_set| {
            let target = Target {
                permission_set: permission_set.clone(),
                ..target.clone()
            };
            Entry::new(permission_set.shown(), Choice::Open(MenuOf::Actions(target)))
        })
        .collect()
}

/// The permission sets of an account, each with its own actions.
pub(super) fn account_sets(model: &Model, targets: &[Target]) -> Vec<Entry> {
    let entry = |target: &Target| {
        let left = model.expiry(&TargetKey::from(target));
        let left = left.map(|until| format!("{} left", format_duration(seconds_until(until, model.now))));
        let note = model.note_to(target).unwrap_or_default();
        Entry::new(
            target.permission_set.shown(),
            Choice::Open(MenuOf::Actions(target.clone())),
        )
        .detail(note)
        .keys(left.unwrap_or_default())
    };
    targets.iter().map(entry).collect()
}

fn other_sets<'m>(model: &'m Model, target: &'m Target) -> impl Iterator<Item = &'m PermissionSetName> {
    let place = model.place_of(&target.session);
    let entry = place.and_then(|place| place.catalog.entry(&target.account_id));
    entry
        .into_iter()
        .flat_map(|entry| entry.permission_sets.iter())
        .filter(|name| **name != target.permission_set)
}

/// A target as every command takes it: by the account's ID where another account has the same name, with its session
/// where several are shown.
#[must_use]
pub fn target_text(model: &Model, target: &Target) -> String {
    let place = model.place_of(&target.session);
    let entries = place.into_iter().flat_map(|place| place.catalog.entries());
    let same_name = entries.filter(|e| e.account.name == target.account_name).count();
    let text = if same_name > 1 {
        format!("{}/{}", target.account_id, target.permission_set)
    } else {
        target.to_string()
    };
    if model.shows_all_sessions() {
        format!("{}:{text}", target.session)
    } else {
        text
    }
}

/// The first key of an action, as short as the footer has it.
pub(super) fn first_key(model: &Model, action: Action) -> String {
    let bindings = model.keymap.bindings().iter();
    let mut keys = bindings.filter(|b| b.action == action).flat_map(|b| &b.keys);
    keys.next().map(|key| short_name(*key)).unwrap_or_default()
}
