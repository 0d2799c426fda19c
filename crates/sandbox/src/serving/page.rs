//! The frame of every web page, escaping, and the pages that several flows share.
//! Plain HTML that needs no script; everything that is not ours is escaped where it is written.

use hyper::StatusCode;

use super::escape::escape_html;
use super::http::Reply;
use crate::shared::Shared;

/// No scripts, nothing from elsewhere, no frames. Forms may lead to loopback, where `/authorize`
/// redirects to.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self' http://127.0.0.1:* http://[::1]:*; \
                      base-uri 'none'; frame-ancestors 'none'";

pub(crate) fn serve_style() -> Reply {
    Reply::new(
        StatusCode::OK,
        "text/css; charset=utf-8",
        include_str!("../../assets/style.css"),
    )
    .with("cache-control", "max-age=3600")
}

/// A page with a title and a body of HTML.
pub(crate) fn render_page(shared: &Shared, title: &str, body: &str) -> Reply {
    let organisation = &shared.options.organisation;
    let html = include_str!("../../assets/page.html")
        .replace("{title}", &escape_html(title))
        .replace("{organisation}", &escape_html(&organisation.name))
        .replace("{user}", &escape_html(&organisation.user.display_name))
        .replace("{username}", &escape_html(&organisation.user.username))
        .replace("{body}", body);
    reply_with_html(StatusCode::OK, html)
}

/// A page that says what is wrong with a request.
pub(crate) fn render_problem(reason: &str) -> Reply {
    let html = include_str!("../../assets/problem.html").replace("{reason}", &escape_html(reason));
    reply_with_html(StatusCode::BAD_REQUEST, html)
}

fn reply_with_html(status: StatusCode, html: String) -> Reply {
    Reply::new(status, "text/html; charset=utf-8", html)
        .with("content-security-policy", POLICY)
        .with("referrer-policy", "no-referrer")
        .with("x-content-type-options", "nosniff")
        .with("cache-control", "no-store")
}

/// What a client asks for, in words.
pub(crate) fn describe_scopes(scopes: &[String]) -> String {
    let words: Vec<String> = if scopes.is_empty() || scopes.iter().any(|s| s == "sso:account:access") {
        vec![
            "view your AWS accounts and permission sets".to_owned(),
            "get credentials on your behalf".to_owned(),
        ]
    } else {
        scopes
            .iter()
            .map(|scope| format!("use <code>{}</code>", escape_html(scope)))
            .collect()
    };
    format!("<ul><li>{}</li></ul>", words.join("</li><li>"))
}

/// The consent page of the authorization-code flow.
pub(crate) fn consent_to_authorize(
    shared: &Shared,
    client: &str,
    asked: &[String],
    query: &str,
    seal: &str,
) -> Reply {
    render_page(
        shared,
        "Allow access?",
        &format!(
            "<h1>Allow access?</h1><p><b>{}</b>, a program on this machine, requests permission to</p>{}\
             <form method=post action=\"/authorize?{}\"><input type=hidden name=seal value=\"{}\">\
             <div class=choice><button class=primary name=decision value=allow>Allow</button>\
             <button name=decision value=deny>Deny</button></div></form>\
             <p class=small>If you didn't start this sign-in, deny it.</p>",
            escape_html(client),
            describe_scopes(asked),
            escape_html(query),
            escape_html(seal),
        ),
    )
}
