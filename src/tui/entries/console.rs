//! Pages of the console to choose: a service, then a Region of the session's partition.

use crate::domain::console_pages;
use crate::domain::region::known;
use crate::domain::work_region::work_region;
use crate::domain::{Region, Target};
use crate::tui::menu::{Choice, Entry, MenuOf};
use crate::tui::model::Model;
use crate::tui::pending_action::{ConsoleAt, PendingAction};

pub(super) fn services(target: &Target) -> Vec<Entry> {
    console_pages::names()
        .map(|(name, aliases)| {
            let is_global = console_pages::page(name).is_ok_and(|page| page.global);
            let choice = if is_global {
                Choice::Act(open(target, name, None))
            } else {
                Choice::Open(MenuOf::Regions(target.clone(), name.to_owned()))
            };
            let also = aliases.join(" ");
            Entry::new(name, choice)
                .detail(if is_global { "all Regions" } else { "" })
                .keys(also.clone())
                .also(also)
        })
        .collect()
}

/// The Region that one works in stands first.
pub(super) fn regions(model: &Model, target: &Target, service: &str) -> Vec<Entry> {
    let Some(place) = &model.place else {
        return Vec::new();
    };
    let partition = place.session.region.partition();
    let usual = work_region(model.region_settings(&model.rules_of(target)), &place.session).ok();
    let usual = usual.map(|found| found.region);
    let others = known()
        .filter(|(of, _)| *of == partition)
        .filter_map(|(_, code)| code.parse::<Region>().ok())
        .filter(|region| Some(region) != usual.as_ref());
    let entry = |region: Region, detail: &str| {
        let action = open(target, service, Some(region.clone()));
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

fn open(target: &Target, service: &str, region: Option<Region>) -> PendingAction {
    let service = Some(service.to_owned());
    PendingAction::Console(target.clone(), ConsoleAt { service, region })
}
