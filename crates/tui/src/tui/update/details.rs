//! The details of the row under the cursor: their key, and what has to be looked up for them.

use crate::tui::effect::Effect;
use crate::tui::model::{Model, Overlay, Sync};
use crate::tui::screens::front;
use crate::tui::screens::front::DetailsPlace;

/// Opens or closes them where they are on this screen, and remembers it.
pub(super) fn toggle_details(model: &mut Model) -> Vec<Effect> {
    match front::details_place(model, model.size) {
        DetailsPlace::Beside => model.view.details_beside ^= true,
        DetailsPlace::Below => model.view.details_below ^= true,
        DetailsPlace::Over => {
            if model.browse.current().is_some() {
                model.overlay = Some(Overlay::Details { scroll: 0 });
            }
            return Vec::new();
        }
    }
    vec![Effect::SaveView { view: model.view }]
}

/// Looks up profiles once for each catalog, when someone sees them.
pub(super) fn name_profiles(model: &mut Model) -> Option<Effect> {
    let is_over = matches!(model.overlay, Some(Overlay::Details { .. }));
    if !is_over && front::browse_areas(model, model.size).details.is_none() {
        return None;
    }
    let place = model.place.as_mut()?;
    let is_settled = place.known && !matches!(place.sync, Sync::Running { .. });
    if !is_settled || place.profiles_asked || place.catalog.is_empty() {
        return None;
    }
    place.profiles_asked = true;
    Some(Effect::NameProfiles {
        session: place.session.clone(),
        catalog: place.catalog.clone(),
    })
}
