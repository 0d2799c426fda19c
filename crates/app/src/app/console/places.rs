//! Which page a console opens at: what was asked for, a rule's, the preferred one; checked against the target.

use std::sync::Arc;

use crate::app::console::error::ConsoleError;
use crate::app::console::last_pages::LastPages;
use crate::app::console::request::{ConsoleRequest, PageChoice};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::rules::Rules;
use crate::app::work_region::Regions;
use crate::domain::rules::TargetRules;
use crate::domain::web::console;
use crate::domain::web::console_pages;
use crate::domain::web::console_pages::ConsolePage;
use crate::domain::web::console_url::ConsoleUrl;
use crate::domain::{Region, SsoSession, Target};

/// Where a console opens.
pub(super) struct Place {
    pub(super) region: Region,
    pub(super) destination: String,
    /// Whether the user chose the page just now.
    chosen: bool,
}

/// Decides which page a console opens at.
pub(in crate::app) struct ConsolePlaces {
    context: Arc<Context>,
    regions: Arc<Regions>,
    rules: Arc<Rules>,
    last_pages: Arc<LastPages>,
}

impl ConsolePlaces {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        regions: &Arc<Regions>,
        rules: &Arc<Rules>,
        last_pages: &Arc<LastPages>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            regions: Arc::clone(regions),
            rules: Arc::clone(rules),
            last_pages: Arc::clone(last_pages),
        }
    }

    /// What the user's rules give a target.
    pub(super) fn rules_of(&self, target: &Target) -> TargetRules {
        self.rules.of_target(target)
    }

    /// The page to open and its Region, both of the session's partition.
    pub(super) fn place(
        &self,
        target: &Target,
        session: &SsoSession,
        request: &ConsoleRequest,
    ) -> Result<Place, AppError> {
        let region = match &request.region {
            Some(region) => region.clone(),
            None => self.regions.work_region(session, target)?.region,
        };
        let pasted = |url: &ConsoleUrl| Place {
            region: url.region().unwrap_or(&region).clone(),
            destination: url.as_str().to_owned(),
            chosen: request.destination.is_some(),
        };
        if let Some(url) = &request.destination {
            check_page(url, session, target)?;
            return Ok(pasted(url));
        }
        let choice = request
            .page
            .clone()
            .or_else(|| choice_of(self.rules.of_target(target).console_service.as_deref()?))
            .or_else(|| preferred_page(&self.context));
        let page = match choice {
            Some(PageChoice::Page(page)) => Some(page),
            Some(PageChoice::Last) => {
                let last = self.last_pages.last_page(target);
                match last.filter(|url| check_page(url, session, target).is_ok()) {
                    Some(url) => return Ok(pasted(&url)),
                    None => None,
                }
            }
            None => None,
        };
        Ok(Place {
            destination: console::console_address(&region, page.as_ref()),
            region,
            chosen: matches!(request.page, Some(PageChoice::Page(_))),
        })
    }

    /// Remembers a page that the user chose.
    pub(super) async fn remember(&self, target: &Target, place: &Place) {
        if place.chosen {
            self.last_pages.remember_page(target, &place.destination).await;
        }
    }
}

/// A page by the name that a rule gives. It was read from the table of services.
fn choice_of(service: &str) -> Option<PageChoice> {
    if service == console_pages::LAST {
        return Some(PageChoice::Last);
    }
    console_pages::find_page(service).ok().map(PageChoice::Page)
}

/// The page that the preferences open a console with. One that is not known is said.
pub(in crate::app) fn preferred_page(context: &Context) -> Option<PageChoice> {
    let preferred = context.settings.preferences.console_service.as_deref()?;
    if preferred == console_pages::LAST {
        return Some(PageChoice::Last);
    }
    let page: Result<ConsolePage, _> = console_pages::find_page(preferred);
    page.inspect_err(|error| {
        context
            .notices
            .add_warning(&format!("ignored setting `console_service`: {error}"));
    })
    .ok()
    .map(PageChoice::Page)
}

/// Refuses a page of another partition than the session's, or of another account than the target's.
fn check_page(page: &ConsoleUrl, session: &SsoSession, target: &Target) -> Result<(), ConsoleError> {
    let expected = session.region.partition();
    if page.partition() != expected {
        return Err(ConsoleError::OtherPartition {
            page: page.as_str().to_owned(),
            partition: page.partition(),
            session: session.name.clone(),
            expected,
        });
    }
    match page.account() {
        Some(account) if *account != target.account_id => Err(ConsoleError::OtherAccount {
            page: page.as_str().to_owned(),
            account: account.clone(),
            target: target.to_string(),
        }),
        _ => Ok(()),
    }
}
