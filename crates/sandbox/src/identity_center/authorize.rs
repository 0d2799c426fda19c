//! `/authorize`: the page of the authorization code flow with PKCE (RFC 7636), and its redirect to loopback.
//! Source: the `sso-oidc` service model, and answers that were seen in the field.

use url::Url;

use crate::serving::http::{Fields, Reply, Request};
use crate::serving::page;
use crate::shared::Shared;
use crate::state::AuthorizationCode;

/// Milliseconds that an authorization code lives.
const CODE: i64 = 5 * 60_000;

/// A well-formed `/authorize` request.
struct Authorization {
    client_id: String,
    client_name: String,
    scopes: Vec<String>,
    redirect_uri: String,
    state: String,
    challenge: String,
}

impl Authorization {
    /// Reads a query. What is wrong with client or redirect is told to the user and never sent
    /// to the redirect, for it may belong to someone else.
    fn read(shared: &Shared, fields: &Fields) -> Result<Self, &'static str> {
        let get = |name| fields.get(name).filter(|value| !value.is_empty());
        let client_id = get("client_id").ok_or("client_id is missing")?;
        let state = shared.state();
        let client = state
            .clients
            .get(client_id)
            .filter(|client| client.expires > shared.now())
            .ok_or("the client registration is unknown or has expired")?;
        let redirect_uri = get("redirect_uri").ok_or("redirect_uri is missing")?;
        if !client
            .redirect_uris
            .iter()
            .any(|known| same_but_port(known, redirect_uri))
        {
            return Err("redirect_uri is not registered for this client");
        }
        if get("response_type") != Some("code") || get("code_challenge_method") != Some("S256") {
            return Err("only the authorization code flow with an S256 challenge is supported");
        }
        Ok(Self {
            client_id: client_id.to_owned(),
            client_name: client.name.clone(),
            scopes: get("scopes")
                .or_else(|| get("scope"))
                .unwrap_or_default()
                .split(' ')
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
                .collect(),
            redirect_uri: redirect_uri.to_owned(),
            state: get("state").ok_or("state is missing")?.to_owned(),
            challenge: get("code_challenge")
                .ok_or("code_challenge is missing")?
                .to_owned(),
        })
    }

    fn allow(&self, shared: &Shared) -> Reply {
        let code = shared.secrets.secret(64);
        let known = AuthorizationCode {
            client_id: self.client_id.clone(),
            redirect_uri: self.redirect_uri.clone(),
            challenge: self.challenge.clone(),
            expires: shared.now().saturating_add(CODE),
            used: false,
        };
        shared.state().codes.insert(code.clone(), known);
        self.redirect(&[("code", &code)])
    }

    fn deny(&self) -> Reply {
        self.redirect(&[
            ("error", "access_denied"),
            ("error_description", "The request was denied."),
        ])
    }

    fn redirect(&self, pairs: &[(&str, &str)]) -> Reply {
        match Url::parse(&self.redirect_uri) {
            Ok(mut url) => {
                url.query_pairs_mut()
                    .extend_pairs(pairs)
                    .append_pair("state", &self.state);
                Reply::redirect(url.as_str())
            }
            Err(_) => page::render_problem("redirect_uri is invalid"),
        }
    }
}

/// Loopback redirects are compared without their port (RFC 8252 section 7.3).
fn same_but_port(known: &str, asked: &str) -> bool {
    let bare = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_port(None).ok()?;
        Some(url)
    };
    bare(known).is_some_and(|known| bare(asked).as_ref() == Some(&known))
}

pub(crate) fn authorize_client(shared: &Shared, request: &Request) -> Reply {
    shared.counts().authorize_page += 1;
    match Authorization::read(shared, &request.query) {
        Err(reason) => page::render_problem(reason),
        Ok(asked) if shared.options.auto_approve => asked.allow(shared),
        Ok(asked) => page::consent_to_authorize(
            shared,
            &asked.client_name,
            &asked.scopes,
            &request.raw_query,
            &shared.secrets.seal(&format!("authorize {}", request.raw_query)),
        ),
    }
}

/// The form of the consent page: its query is the request again, sealed against forged forms.
pub(crate) fn authorize_decided(shared: &Shared, request: &Request) -> Reply {
    let form = request.form();
    let seal = shared.secrets.seal(&format!("authorize {}", request.raw_query));
    if form.get("seal") != Some(seal.as_str()) {
        return page::render_problem("the form was not submitted from this page");
    }
    match Authorization::read(shared, &request.query) {
        Err(reason) => page::render_problem(reason),
        Ok(asked) if form.get("decision") == Some("allow") => asked.allow(shared),
        Ok(asked) => asked.deny(),
    }
}
