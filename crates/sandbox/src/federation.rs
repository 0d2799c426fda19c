//! Console federation: a sign-in token for role credentials, the login that redeems it, and a
//! small console page that shows where a user came out.

use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::shared::Shared;
use super::state::Console;
use crate::serving::escape::escape_html;
use crate::serving::http::{Fields, Reply, Request};
use crate::serving::page;

/// Milliseconds that a sign-in token works.
const TOKEN: i64 = 15 * 60_000;
const COOKIE: &str = "sandbox-console";

#[derive(Deserialize)]
struct Session {
    #[serde(rename = "sessionId")]
    id: String,
    #[serde(rename = "sessionKey")]
    key: String,
    #[serde(rename = "sessionToken")]
    token: String,
}

/// Whether a request to `/federation` is for a token: the API, and not the browser's login.
pub(super) fn asks_for_token(request: &Request) -> bool {
    match request.method {
        Method::POST => true,
        Method::GET => request.query.get("Action") == Some("getSigninToken"),
        _ => false,
    }
}

pub(super) fn get_signin_token(shared: &Shared, request: &Request) -> Reply {
    let form: Fields = request.form();
    let fields = if request.method == Method::POST {
        &form
    } else {
        &request.query
    };
    if fields.get("Action") != Some("getSigninToken") {
        return bad_request("Unsupported action");
    }
    let Some(session) = fields
        .get("Session")
        .and_then(|text| serde_json::from_str::<Session>(text).ok())
    else {
        return bad_request("Invalid Session parameter");
    };
    let now = shared.now();
    let mut state = shared.state();
    let known = state
        .issued
        .get(&session.id)
        .filter(|known| {
            known.secret_access_key == session.key
                && known.session_token == session.token
                && known.expires > now
        })
        .cloned();
    let Some(known) = known else {
        return bad_request("Invalid credentials parameter");
    };
    // A user's session opens no console: only a role's does.
    if !known.principal.is_role() {
        return bad_request("Invalid credentials parameter");
    }
    let duration = match fields.get("SessionDuration").map(str::parse::<i64>) {
        None => known.expires - now,
        // The console session of a chained role ends with its credentials.
        Some(_) if known.session.chained => return bad_request("Invalid SessionDuration parameter"),
        Some(Ok(seconds @ 900..=43_200)) => seconds * 1_000,
        Some(_) => return bad_request("Invalid SessionDuration parameter"),
    };
    let token = shared.secrets.secret(800);
    state.signin_tokens.insert(
        token.clone(),
        Console {
            account_id: known.principal.account_id().to_owned(),
            kind: known.principal.kind(),
            role: known.principal.name().to_owned(),
            expires: now + TOKEN,
            session: duration,
        },
    );
    Reply::json(StatusCode::OK, &json!({ "SigninToken": token }))
}

fn bad_request(message: &str) -> Reply {
    Reply::new(StatusCode::BAD_REQUEST, "text/html", escape_html(message))
}

/// The browser's part: redeems a token, sets a cookie, leads to the console.
pub(super) fn redeem_token(shared: &Shared, request: &Request) -> Reply {
    if request.query.get("Action") != Some("login") {
        return page::render_problem("the sign-in has no action");
    }
    let Some(destination) = request.query.get("Destination").filter(|d| is_console(d)) else {
        return page::render_problem("the destination is not an AWS console page");
    };
    let now = shared.now();
    let mut state = shared.state();
    let token = request.query.get("SigninToken").unwrap_or_default();
    let Some(console) = state
        .signin_tokens
        .get(token)
        .filter(|c| c.expires > now)
        .cloned()
    else {
        return page::render_problem("the sign-in token is unknown or has expired (15 minutes)");
    };
    let cookie = shared.secrets.text(43);
    state.consoles.insert(
        cookie.clone(),
        Console {
            expires: now.saturating_add(console.session),
            ..console
        },
    );
    drop(state);
    shared.counts().console_login += 1;
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("destination", destination)
        .finish();
    Reply::redirect(&format!("/console?{query}")).with(
        "set-cookie",
        &format!("{COOKIE}={cookie}; Path=/console; HttpOnly; SameSite=Lax"),
    )
}

/// Ends the console session of a browser and leads on, within this host only.
pub(super) fn sign_out(shared: &Shared, request: &Request) -> Reply {
    if request.query.get("Action") != Some("logout") {
        return page::render_problem("the request has no action");
    }
    let now = shared.now();
    if let Some(cookie) = request.cookie(COOKIE)
        && let Some(console) = shared.state().consoles.get_mut(cookie)
    {
        console.expires = now;
    }
    let next = request
        .query
        .get("redirect_uri")
        .and_then(|uri| Url::parse(uri).ok());
    let own = Url::parse(&shared.url()).ok();
    let here = |url: &Url| own.as_ref().is_some_and(|own| own.origin() == url.origin());
    match next.filter(here) {
        Some(next) => Reply::redirect(next.as_str()).with(
            "set-cookie",
            &format!("{COOKIE}=; Path=/console; Max-Age=0; HttpOnly; SameSite=Lax"),
        ),
        None => page::render_problem("you are signed out"),
    }
}

fn is_console(destination: &str) -> bool {
    Url::parse(destination).is_ok_and(|url| {
        url.scheme() == "https"
            && url.host_str().is_some_and(|host| {
                [
                    ".aws.amazon.com",
                    ".amazonaws.cn",
                    ".amazonaws-us-gov.com",
                    ".amazonaws-eusc.eu",
                    ".c2shome.ic.gov",
                    ".sc2shome.sgov.gov",
                    ".csphome.adc-e.uk",
                    ".csphome.hci.ic.gov",
                ]
                .iter()
                .any(|end| host.ends_with(end) || end.strip_prefix('.') == Some(host))
            })
    })
}

/// What the console would be.
pub(super) fn show_console(shared: &Shared, request: &Request) -> Reply {
    let now = shared.now();
    let found = request.cookie(COOKIE).and_then(|cookie| {
        shared
            .state()
            .consoles
            .get(cookie)
            .filter(|c| c.expires > now)
            .cloned()
    });
    let Some(console) = found else {
        return page::render_problem("not signed in to the console");
    };
    let destination = request.query.get("destination").unwrap_or_default();
    let url = Url::parse(destination).ok();
    let pair = |name: &str| {
        let pairs = url.as_ref()?.query_pairs();
        pairs
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let service = url
        .as_ref()
        .and_then(|u| u.path_segments()?.next().map(str::to_owned))
        .unwrap_or_default();
    let name = shared
        .options
        .organisation
        .account(&console.account_id)
        .map_or("", |account| account.name.as_str());
    let row = |label: &str, value: &str| format!("<dt>{label}</dt><dd>{}</dd>", escape_html(value));
    let rows = [
        row("Account", name),
        row("Account ID", &console.account_id),
        row(console.kind, &console.role),
        row("Region", &pair("region").unwrap_or_default()),
        row("Service", &service),
        row("Destination", destination),
        row("Minutes left", &((console.expires - now) / 60_000).to_string()),
    ]
    .concat();
    page::render_page(
        shared,
        &format!("{name} · AWS console"),
        &format!("<h1>AWS console</h1><p>The AWS Management Console would open here.</p><dl>{rows}</dl>"),
    )
}
