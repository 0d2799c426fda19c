//! The pages of the device flow: enter the code, see who asks and for what, allow or deny, done.

use crate::controls::knobs;
use crate::serving::escape::escape_html;
use crate::serving::http::{Reply, Request};
use crate::serving::page;
use crate::shared::Shared;
use crate::state::{Decision, normal_user_code};

pub(crate) fn show_home(shared: &Shared) -> Reply {
    page::render_page(
        shared,
        "Sandbox",
        &format!(
            "<h1>This is a sandbox</h1>\
             <p>It simulates AWS for <b>{}</b>: IAM Identity Center, STS, IAM users. All data is fictitious and stays on this machine.</p>\
             <p><a class=button href=/device>Enter a device code</a></p><div class=choice>{}</div>",
            escape_html(&shared.options.organisation.name),
            render_buttons()
        ),
    )
}

fn render_buttons() -> String {
    let button = |knob: &knobs::Knob| {
        format!(
            "<form method=post action={}><button>{}</button></form>",
            knob.path, knob.label
        )
    };
    knobs::KNOBS.iter().map(button).collect()
}

/// The page for a code; with a code in the address, the page that asks for consent.
pub(crate) fn show_code_page(shared: &Shared, request: &Request) -> Reply {
    shared.counts().device_page += 1;
    match request.query.get("user_code") {
        None | Some("") => render_form(shared, "", None),
        Some(typed) => render_consent(shared, typed),
    }
}

fn render_form(shared: &Shared, typed: &str, problem: Option<&str>) -> Reply {
    let problem = problem.map_or_else(String::new, |text| {
        format!("<p class=problem role=alert>{}</p>", escape_html(text))
    });
    page::render_page(
        shared,
        "Enter code",
        &format!(
            "<h1>Enter the code</h1>\
             <p>Enter the eight-letter code shown in your terminal.</p>{problem}\
             <form method=get action=/device>\
             <label for=code>Code</label>\
             <input id=code name=user_code value=\"{}\" autocomplete=off autocapitalize=characters spellcheck=false \
             maxlength=16 required autofocus placeholder=XXXX-XXXX>\
             <button class=primary>Continue</button></form>",
            escape_html(typed)
        ),
    )
}

fn render_consent(shared: &Shared, typed: &str) -> Reply {
    let now = shared.now();
    let mut state = shared.state();
    let code = normal_user_code(typed);
    let Some(device) = state
        .device_by_user_code(typed)
        .filter(|device| device.expires > now)
    else {
        drop(state);
        return render_form(
            shared,
            &code,
            Some("This code is unknown or has expired. Check it, or start again in your terminal."),
        );
    };
    match device.decision {
        Decision::Pending => {}
        Decision::Denied => {
            drop(state);
            return show_denied(shared);
        }
        Decision::Allowed | Decision::Redeemed => {
            drop(state);
            return show_allowed(shared);
        }
    }
    let client_id = device.client_id.clone();
    let (name, scopes) = state
        .clients
        .get(&client_id)
        .map(|client| (client.name.clone(), client.scopes.clone()))
        .unwrap_or_default();
    drop(state);
    page::render_page(
        shared,
        "Allow access?",
        &format!(
            "<h1>Allow access?</h1>\
             <p>Check that this code matches the one in your terminal:</p>\
             <p class=code>{code}</p>\
             <p><b>{}</b> requests permission to</p>{}\
             <form method=post action=/device>\
             <input type=hidden name=user_code value=\"{code}\">\
             <input type=hidden name=seal value=\"{}\">\
             <div class=choice><button class=primary name=decision value=allow>Allow</button>\
             <button name=decision value=deny>Deny</button></div></form>\
             <p class=small>If you didn't start this sign-in, or someone sent you the code, deny it.</p>",
            escape_html(&name),
            page::describe_scopes(&scopes),
            shared.secrets.seal(&format!("device {code}")),
            code = escape_html(&code),
        ),
    )
}

/// Takes the decision. The seal shows that the form came from the page above.
pub(crate) fn take_decision(shared: &Shared, request: &Request) -> Reply {
    let fields = request.form();
    let code = normal_user_code(fields.get("user_code").unwrap_or_default());
    if fields.get("seal") != Some(shared.secrets.seal(&format!("device {code}")).as_str()) {
        return page::render_problem("the form was not submitted from this page");
    }
    let decision = if fields.get("decision") == Some("allow") {
        Decision::Allowed
    } else {
        Decision::Denied
    };
    let done = shared.state().decide(&code, decision, shared.now());
    match (done, decision) {
        (true, Decision::Allowed) => show_allowed(shared),
        (true, _) => show_denied(shared),
        (false, _) => render_form(
            shared,
            "",
            Some("This code has already been used or has expired."),
        ),
    }
}

fn show_allowed(shared: &Shared) -> Reply {
    page::render_page(
        shared,
        "Signed in",
        "<h1>You are signed in</h1><p class=good>Request approved.</p>\
         <p>You can close this page and return to your terminal.</p>",
    )
}

fn show_denied(shared: &Shared) -> Reply {
    page::render_page(
        shared,
        "Denied",
        "<h1>Request denied</h1><p>No access was granted. You can close this page.</p>",
    )
}
