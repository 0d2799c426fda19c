//! IAM, as far as someone looks after their own access keys: keys, the user, MFA devices.
//! Source: the `iam` service model (query protocol), the IAM user guide, and answers that were seen in the field.

mod access_keys;
mod caller;
mod describe;
mod pages;

use super::shared::Shared;
use crate::serving::http::{Reply, Request};
use crate::serving::query;
use crate::serving::query::{Outcome, Service};
use caller::Call;

type Handler = fn(&Shared, &Call<'_>) -> Outcome;

fn answer_action(shared: &Shared, request: &Request, action: &str, handler: Handler) -> Reply {
    let form = request.form();
    let outcome = Call::read(shared, request, &form, action).and_then(|call| handler(shared, &call));
    query::reply_to_action(Service::Iam, request, action, outcome)
}

pub(super) fn create_access_key(shared: &Shared, request: &Request) -> Reply {
    answer_action(shared, request, "CreateAccessKey", access_keys::create_access_key)
}

pub(super) fn list_access_keys(shared: &Shared, request: &Request) -> Reply {
    answer_action(shared, request, "ListAccessKeys", access_keys::list_access_keys)
}

pub(super) fn update_access_key(shared: &Shared, request: &Request) -> Reply {
    answer_action(shared, request, "UpdateAccessKey", access_keys::update_access_key)
}

pub(super) fn delete_access_key(shared: &Shared, request: &Request) -> Reply {
    answer_action(shared, request, "DeleteAccessKey", access_keys::delete_access_key)
}

pub(super) fn get_access_key_last_used(shared: &Shared, request: &Request) -> Reply {
    answer_action(shared, request, "GetAccessKeyLastUsed", access_keys::last_used)
}

pub(super) fn get_user(shared: &Shared, request: &Request) -> Reply {
    answer_action(shared, request, "GetUser", describe::get_user)
}

pub(super) fn list_mfa_devices(shared: &Shared, request: &Request) -> Reply {
    answer_action(shared, request, "ListMFADevices", describe::mfa_devices)
}
