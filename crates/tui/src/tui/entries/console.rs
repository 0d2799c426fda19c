//! Pages of the console to choose: a service, then a Region of the session's partition; and ways to get there.

use super::actions::no_portal_page;
use crate::domain::regions::region::known_regions;
use crate::domain::regions::work_region::work_region;
use crate::domain::web::browser_choice::{BrowserChoice, BrowserPlace};
use crate::domain::web::console::Via;
use crate::domain::web::console_pages;
use crate::domain::web::console_pages::LAST;
use crate::domain::{Region, Target};
use crate::tui::model::{Model, Place};
use crate::tui::screens::menu::{Choice, Entry, MenuOf};
use crate::tui::screens::pending_action::{ConsoleAt, PendingAction};

pub(super) fn service_entries(target: &Target) -> Vec<Entry> {
    let last = Entry::new(LAST, Choice::Act(console_action(target, LAST, None)))
        .detail("the page that was opened last for this target")
        .also("previous again");
    let services = console_pages::list_pages().map(|(name, page)| {
        let choice = if page.is_global() {
            Choice::Act(console_action(target, name, None))
        } else {
            Choice::Open(MenuOf::Regions(target.clone(), name.to_owned()))
        };
        let all_regions = if page.is_global() { " · all Regions" } else { "" };
        Entry::new(name, choice)
            .detail(format!("{}{all_regions}", page.title()))
            .also(page.aliases().join(" "))
    });
    std::iter::once(last).chain(services).collect()
}

/// The ways into the console, each with the other sessions kept or ended.
pub(super) fn way_entries(model: &Model, target: &Target) -> Vec<Entry> {
    let way = |label: &str, via: Via, sign_out_first: bool| {
        let at = ConsoleAt {
            via: Some(via),
            sign_out_first,
            ..ConsoleAt::default()
        };
        Entry::new(label, Choice::Act(PendingAction::Console(target.clone(), at)))
    };
    let is_chained = target.permission_set.is_chained();
    // What an IAM user assumes is not chained for AWS.
    let is_first = |place: &Place| place.session.is_first_role(target);
    let lasts = if is_chained && !model.place_of(&target.session).is_some_and(is_first) {
        "one hour at most"
    } else {
        "a session of up to 12 hours"
    };
    vec![
        way("With role credentials", Via::Federation, false)
            .detail(lasts)
            .also("federation"),
        way("Through the access portal", Via::Portal, false)
            .detail(if is_chained {
                ""
            } else {
                "needs its sign-in in the browser"
            })
            .refused(no_portal_page(model, target))
            .also("link multi-session"),
        way("With role credentials, signing out first", Via::Federation, true)
            .detail("ends other console sessions")
            .also("federation logout"),
        way("Through the access portal, signing out first", Via::Portal, true)
            .detail(if is_chained {
                ""
            } else {
                "ends other console sessions"
            })
            .refused(no_portal_page(model, target))
            .also("link logout"),
    ]
}

/// The Region that one works in stands first.
pub(super) fn region_entries(model: &Model, target: &Target, service: &str) -> Vec<Entry> {
    let Some(place) = model.place_of(&target.session).or(model.place.as_ref()) else {
        return Vec::new();
    };
    let partition = place.session.region.partition();
    let usual = work_region(model.region_settings(&model.rules_of(target)), &place.session).ok();
    let usual = usual.map(|found| found.region);
    let others = known_regions()
        .filter(|(of, _)| *of == partition)
        .filter_map(|(_, code)| code.parse::<Region>().ok())
        .filter(|region| Some(region) != usual.as_ref());
    let entry = |region: Region, detail: &str| {
        let action = console_action(target, service, Some(region.clone()));
        Entry::new(region.as_str(), Choice::Act(action)).detail(detail)
    };
    let first = usual
        .clone()
        .map(|region| entry(region, "the Region that you work in"));
    first
        .into_iter()
        .chain(others.map(|region| entry(region, "")))
        .collect()
}

fn console_action(target: &Target, service: &str, region: Option<Region>) -> PendingAction {
    let at = ConsoleAt {
        service: Some(service.to_owned()),
        region,
        ..ConsoleAt::default()
    };
    PendingAction::Console(target.clone(), at)
}

/// Where the console can be opened on this machine. The choice is for this once.
pub(super) fn browser_entries(model: &Model, target: &Target) -> Vec<Entry> {
    let entry = |choice: &BrowserChoice| {
        let at = ConsoleAt {
            browser: Some(choice.clone()),
            ..ConsoleAt::default()
        };
        let action = PendingAction::Console(target.clone(), at);
        Entry::new(choice.to_string(), Choice::Act(action)).detail(describe_browser(choice))
    };
    let Some(choices) = &model.browsers else {
        return vec![Entry::new("Looking for browsers …", Choice::Nothing)];
    };
    let mut entries: Vec<Entry> = choices.iter().map(entry).collect();
    if entries.is_empty() {
        return vec![Entry::new(
            "No browser that genkan knows is installed",
            Choice::Nothing,
        )];
    }
    let rules = MenuOf::BrowserRules(target.clone());
    entries.push(
        Entry::new("Make one the usual…", Choice::Open(rules)).detail("copies the rule for config.toml"),
    );
    entries
}

/// The rules that make a browser the usual one of an account, to be copied: the user's own file is changed by the user.
pub(super) fn browser_rules(model: &Model, target: &Target) -> Vec<Entry> {
    let entry = |choice: &BrowserChoice| {
        let quoted = choice.to_string().replace('\\', "\\\\").replace('"', "\\\"");
        let text = format!(
            "[[rule]]\nmatch = {{ id = \"{}\" }}\nbrowser = \"{quoted}\"\n",
            target.account_id
        );
        let what = "rule for config.toml".to_owned();
        Entry::new(choice.to_string(), Choice::Copy { text, what }).detail(describe_browser(choice))
    };
    model.browsers.iter().flatten().map(entry).collect()
}

fn describe_browser(choice: &BrowserChoice) -> &'static str {
    match choice {
        BrowserChoice::Browser(_, BrowserPlace::Usual) => "in its default place",
        BrowserChoice::Browser(_, BrowserPlace::Profile(_)) => "a profile",
        BrowserChoice::Browser(_, BrowserPlace::Container(_)) => "a container for the account",
        BrowserChoice::Browser(_, BrowserPlace::PerAccount) => "a data folder for the account alone",
        BrowserChoice::Browser(_, BrowserPlace::PerSession) => "a data folder for the SSO session alone",
        BrowserChoice::Command(_) => "a command",
    }
}
