//! GetUser and ListMFADevices.

use crate::serving::query::{Checks, Outcome, Xml};
use crate::shared::Shared;

use super::caller::Call;
use super::pages::Page;

pub(super) fn get_user(shared: &Shared, call: &Call<'_>) -> Outcome {
    let name = call.user_name(shared, Checks::new(call.form))?;
    let state = shared.state();
    let xml = state.users.named(call.account_id(), &name).map(|user| {
        let principal = user.principal();
        let inside = Xml::default()
            .text("Path", &user.path)
            .text("UserName", &user.name)
            .text("UserId", &principal.user_id())
            .text("Arn", &principal.arn(&shared.partition()))
            .time("CreateDate", user.created);
        Xml::default().nested("User", &inside)
    });
    Ok(xml)
}

pub(super) fn mfa_devices(shared: &Shared, call: &Call<'_>) -> Outcome {
    let mut checks = Checks::new(call.form);
    let page = Page::read(shared, &mut checks, "MFA devices")?;
    let name = call.user_name(shared, checks)?;
    let state = shared.state();
    let user = state.users.named(call.account_id(), &name);
    let devices = user.and_then(|user| Some((user, user.device.as_ref()?)));
    let members = devices.map(|(user, device)| {
        Xml::default()
            .text("UserName", &user.name)
            .text("SerialNumber", &device.serial)
            .time("EnableDate", user.created)
    });
    Ok(Some(page.write(
        shared,
        "MFADevices",
        members.into_iter().collect(),
    )))
}
