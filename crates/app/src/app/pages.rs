//! The one way to a browser: `domain::web::page` approves every page before it is shown or opened.
//!
//! A page is approved by what knows its purpose (a sign-in, a console link), under the rules of that
//! purpose; [`Pages::open_page`] opens what was approved in this process and nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;

use crate::app::browsers::error::BrowserError;
use crate::app::browsers::{Browsers, PageOf};
use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::aws::Aws;
use crate::domain::rules::TargetRules;
use crate::domain::sessions::start_url::is_loopback;
use crate::domain::text::clean_text;
use crate::domain::web::browser_choice::BrowserChoice;
use crate::domain::web::page::{PageRules, RefusedPage};
use crate::domain::{DeviceAuthorization, Region, SsoSession, Target};
use crate::platform::browser::{self, Opening};
use crate::settings::{env, private_variables, secret_variables};

/// Opens pages in the browser.
pub struct Pages {
    context: Arc<Context>,
    connection: Arc<Connection>,
    browsers: Arc<Browsers>,
    /// Addresses that may be opened, with the SSO session that they are of.
    approved: Mutex<HashMap<String, String>>,
}

impl Pages {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        browsers: &Arc<Browsers>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            browsers: Arc::clone(browsers),
            approved: Mutex::default(),
        }
    }

    /// The rules for pages where a sign-in is approved: their address comes from the network, or from another
    /// genkan's file.
    pub(in crate::app) async fn approval_pages(&self, session: &SsoSession) -> Result<PageRules, AppError> {
        let endpoint = self.connection.aws().await?.oidc_endpoint(session).await?;
        Ok(PageRules::of(&session.region)
            .with_start_url(&session.start_url)
            .with_loopback_of(&endpoint))
    }

    /// Approves the page of a device authorization, and that its code is the one shown beside it.
    pub(in crate::app) async fn approve_device_page(
        &self,
        session: &SsoSession,
        authorization: &DeviceAuthorization,
    ) -> Result<(), AppError> {
        let rules = self.approval_pages(session).await?;
        rules.check_code(&authorization.verification_uri, &authorization.user_code)?;
        rules.check_code(&authorization.verification_uri_complete, &authorization.user_code)?;
        self.approve(&authorization.verification_uri_complete, &session.name);
        Ok(())
    }

    /// Approves the page of the authorization code flow: genkan's own address on the service's endpoint.
    pub(in crate::app) fn approve_authorize_page(
        &self,
        session: &SsoSession,
        endpoint: &str,
        page: &str,
    ) -> Result<(), AppError> {
        PageRules::of(&session.region)
            .with_start_url(&session.start_url)
            .with_own_endpoint(endpoint)
            .check(page)?;
        self.approve(page, &session.name);
        Ok(())
    }

    /// Approves a link of the access portal.
    pub(in crate::app) fn approve_portal_page(
        &self,
        session: &SsoSession,
        page: &str,
    ) -> Result<(), AppError> {
        let start_url = &session.start_url;
        PageRules::of(&session.region)
            .with_start_url(start_url)
            .with_loopback_of(start_url.as_str())
            .check(page)?;
        self.approve(page, &session.name);
        Ok(())
    }

    /// Lets an address of a session pass to [`Pages::open_page`].
    pub(in crate::app) fn approve(&self, address: &str, session: &str) {
        if let Ok(mut approved) = self.approved.lock() {
            approved.insert(address.to_owned(), session.to_owned());
        }
    }

    /// Opens the approved page of a sign-in in the browser for that. It must hold no secret.
    ///
    /// # Errors
    /// Where the page was not approved, or no browser can be started.
    pub fn open_page(&self, address: &str) -> Result<Opening, AppError> {
        let approved = self.approved.lock();
        let session = approved.ok().and_then(|pages| pages.get(address).cloned());
        let preferences = &self.context.settings.preferences;
        let of_session = session.as_ref().and_then(|name| preferences.sessions.get(name));
        let preferred = of_session
            .and_then(|session| session.browser.as_ref())
            .or(preferences.sign_in_browser.as_ref())
            .or(preferences.browser.as_ref());
        self.open(address, preferred, PageOf::SignIn(session.as_deref()))
    }

    /// Opens an approved page of a target's console, in the browser that was chosen for it, where one was. It must hold
    /// no secret.
    pub(in crate::app) fn open_console_page(
        &self,
        address: &str,
        chosen: Option<&BrowserChoice>,
        target: &Target,
        rules: &TargetRules,
    ) -> Result<Opening, AppError> {
        let preferred = self.context.settings.preferences.browser.as_ref();
        let choice = chosen.or(rules.browser.as_ref()).or(preferred);
        self.open(address, choice, PageOf::Console(target, rules))
    }

    /// Where a console can be opened on this machine.
    #[must_use]
    pub fn browser_choices(&self) -> Vec<BrowserChoice> {
        self.browsers.choices()
    }

    /// What finds browsers.
    pub(in crate::app) fn browsers(&self) -> &Browsers {
        &self.browsers
    }

    fn open(
        &self,
        address: &str,
        choice: Option<&BrowserChoice>,
        page: PageOf<'_>,
    ) -> Result<Opening, AppError> {
        let approved = self.approved.lock();
        if !approved.is_ok_and(|pages| pages.contains_key(address)) {
            return Err(RefusedPage::NotApproved(clean_text(address)).into());
        }
        let environment = &self.context.settings.environment;
        let command = match (choice, environment.get(env::BROWSER)) {
            (Some(choice), _) => Some(self.browsers.command(choice, page, address)?),
            (None, Some(variable)) => {
                let choice = BrowserChoice::of_variable(variable).map_err(BrowserError::Variable)?;
                Some(self.browsers.command(&choice, page, address)?)
            }
            (None, None) => None,
        };
        // The demo's throw-away home is no place for a browser's profile.
        let home = environment.get(env::GENKAN_BROWSER_HOME);
        let remove = [secret_variables(), private_variables()].concat();
        browser::open_page(address, command.as_ref(), home, &remove)
            .map_err(AppError::system("can't open a browser"))
    }

    /// Why no browser is opened by itself here, or `None` where one is.
    #[must_use]
    pub fn no_browser_because(&self) -> Option<&'static str> {
        if self.context.settings.over_ssh() {
            Some("SSH session")
        } else if !self.context.settings.has_display() {
            Some("no display")
        } else {
            None
        }
    }

    /// The command that makes an address of this machine work on the user's own, where that is at the other end of
    /// an SSH connection.
    #[must_use]
    pub fn forward_line(&self, address: &str) -> Option<String> {
        let url = url::Url::parse(address).ok()?;
        let is_here = url.host().is_some_and(|host| is_loopback(&host));
        if !self.context.settings.over_ssh() || !is_here {
            return None;
        }
        let port = url.port_or_known_default()?;
        // Client, its port, this machine, its port.
        let connection = self.context.settings.environment.get(env::SSH_CONNECTION);
        let parts: Vec<&str> = connection.unwrap_or_default().split(' ').collect();
        let host = match parts.as_slice() {
            [_, _, host, "22"] => (*host).to_owned(),
            [_, _, host, port] => format!("-p {port} {host}"),
            _ => "HOST".to_owned(),
        };
        Some(format!("ssh -L {port}:127.0.0.1:{port} {}", clean_text(&host)))
    }

    /// Why the page of a sign-in is not opened by itself, or `None` where it is.
    #[must_use]
    pub fn no_sign_in_page_because(&self) -> Option<&'static str> {
        let environment = &self.context.settings.environment;
        if environment.get(env::GENKAN_AUTO_APPROVED).is_some() {
            Some("auto-approved by the sandbox")
        } else {
            self.no_browser_because()
        }
    }

    /// Waits a moment whether a browser that was started fails.
    ///
    /// # Errors
    /// Where it did: there is none that shows the page.
    #[must_use]
    pub fn page_came_up(opening: Opening) -> BoxFuture<'static, Result<(), AppError>> {
        Box::pin(async move {
            let done = opening.came_up().await;
            done.map_err(AppError::system("the browser did not start"))
        })
    }
}

/// The rules for the console's sign-in of a Region, wherever the user's settings put it.
pub(in crate::app) fn sign_in_pages(region: &Region, aws: &Aws, endpoint: &str) -> PageRules {
    let rules = PageRules::of(region);
    if aws.has_own_sign_in_endpoint() {
        rules.with_own_endpoint(endpoint)
    } else {
        rules
    }
}
