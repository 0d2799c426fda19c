//! A user's access keys: two at most, made, listed, switched off, deleted.

use hyper::StatusCode;

use crate::serving::query::{Checks, Outcome, Pattern, Refusal, Xml};
use crate::shared::Shared;
use crate::users::{AccessKey, MOST_KEYS, User};

use super::caller::{Call, no_such_entity};
use super::pages::Page;

const KEY_ID: Pattern = Pattern {
    written: "[\\w]+",
    marks: "",
};

pub(super) fn create_access_key(shared: &Shared, call: &Call<'_>) -> Outcome {
    let name = call.user_name(shared, Checks::new(call.form))?;
    let now = shared.now();
    let mut state = shared.state();
    let known_from = now.saturating_add(state.lifetimes.key_propagation);
    let Some(user) = state.users.named_mut(call.account_id(), &name) else {
        return Ok(None);
    };
    if user.keys.len() >= MOST_KEYS {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "LimitExceeded",
            format!("Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}"),
        ));
    }
    let (id, secret) = shared.secrets.new_access_key(&user.account_id);
    let key = AccessKey {
        id,
        secret,
        active: true,
        created: now,
        known_from,
        last_used: None,
    };
    let inside = describe_access_key(user, &key)
        .text("SecretAccessKey", &key.secret)
        .time("CreateDate", key.created);
    user.keys.push(key);
    Ok(Some(Xml::default().nested("AccessKey", &inside)))
}

pub(super) fn list_access_keys(shared: &Shared, call: &Call<'_>) -> Outcome {
    let mut checks = Checks::new(call.form);
    let page = Page::read(shared, &mut checks, "access keys")?;
    let name = call.user_name(shared, checks)?;
    let state = shared.state();
    let user = state.users.named(call.account_id(), &name);
    let keys = user.into_iter().flat_map(|user| {
        user.keys
            .iter()
            .map(move |key| describe_access_key(user, key).time("CreateDate", key.created))
    });
    Ok(Some(page.write(shared, "AccessKeyMetadata", keys.collect())))
}

fn describe_access_key(user: &User, key: &AccessKey) -> Xml {
    Xml::default()
        .text("UserName", &user.name)
        .text("AccessKeyId", &key.id)
        .text("Status", if key.active { "Active" } else { "Inactive" })
}

/// The ID that a request names.
fn key_id<'a>(checks: &mut Checks<'a>) -> &'a str {
    checks.required("AccessKeyId");
    checks.text("AccessKeyId", 16, 128, &KEY_ID).unwrap_or_default()
}

pub(super) fn update_access_key(shared: &Shared, call: &Call<'_>) -> Outcome {
    let mut checks = Checks::new(call.form);
    let id = key_id(&mut checks);
    checks.required("Status");
    let status = call.form.get("Status").unwrap_or_default();
    let active = status == "Active";
    if !active && status != "Inactive" && call.form.get("Status").is_some() {
        checks.fail(
            Some(status),
            "Status",
            "satisfy enum value set: [Active, Inactive]",
        );
    }
    let name = call.user_name(shared, checks)?;
    let mut state = shared.state();
    let user = state.users.named_mut(call.account_id(), &name);
    let key = user.and_then(|user| user.keys.iter_mut().find(|key| key.id == id));
    let key = key.ok_or_else(|| no_key(id))?;
    key.active = active;
    Ok(None)
}

pub(super) fn delete_access_key(shared: &Shared, call: &Call<'_>) -> Outcome {
    let mut checks = Checks::new(call.form);
    let id = key_id(&mut checks);
    let name = call.user_name(shared, checks)?;
    let mut state = shared.state();
    let keys = state
        .users
        .named_mut(call.account_id(), &name)
        .map(|user| &mut user.keys);
    let keys = keys
        .filter(|keys| keys.iter().any(|key| key.id == id))
        .ok_or_else(|| no_key(id))?;
    keys.retain(|key| key.id != id);
    Ok(None)
}

fn no_key(id: &str) -> Refusal {
    no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

pub(super) fn last_used(shared: &Shared, call: &Call<'_>) -> Outcome {
    let mut checks = Checks::new(call.form);
    let id = key_id(&mut checks);
    checks.finish()?;
    let found = {
        let state = shared.state();
        let known = state.users.with_key(id);
        known
            .filter(|(user, _)| user.account_id == call.account_id())
            .map(|(user, key)| (user.name.clone(), key.last_used.clone()))
    };
    // Who may not know learns nothing of whether the key exists.
    let name = found.as_ref().map_or(id, |(name, _)| name);
    call.allow(shared, name)?;
    let (name, last) = found.ok_or_else(|| no_key(id))?;
    let inside = match &last {
        Some(last) => Xml::default()
            .time("LastUsedDate", last.at)
            .text("ServiceName", &last.service)
            .text("Region", &last.region),
        None => Xml::default().text("ServiceName", "N/A").text("Region", "N/A"),
    };
    Ok(Some(
        Xml::default()
            .text("UserName", &name)
            .nested("AccessKeyLastUsed", &inside),
    ))
}
