//! The sessions that are shown: one, or all that are signed in as one list.
//!
//! One of them is in front: the header, the sign-in and the details are about it. Where all are shown that is the
//! session of the row under the cursor.

use crate::domain::records::history::TargetKey;
use crate::domain::{Catalog, ShownSessions, SsoSession};
use crate::tui::browse::Row;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::input::text_input::TextInput;
use crate::tui::model::{Model, Overlay, Place, Screen, Sync};
use jiff::Timestamp;

impl Model {
    /// Whether the targets of all sessions are one list.
    #[must_use]
    pub fn shows_all_sessions(&self) -> bool {
        !self.others.is_empty()
    }

    pub fn places_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        self.place.iter_mut().chain(&mut self.others)
    }

    /// Those whose targets are in the list.
    pub fn listed_places(&self) -> impl Iterator<Item = &Place> {
        let all = self.shows_all_sessions();
        self.places()
            .filter(move |place| place.signed_in_at.is_some() || !all)
    }

    pub fn place_of_mut(&mut self, session: &str) -> Option<&mut Place> {
        self.places_mut().find(|place| place.session.name == session)
    }

    /// The session that a listing runs for.
    pub fn place_of_listing(&mut self, request: RequestId) -> Option<&mut Place> {
        let runs = |place: &&mut Place| matches!(&place.sync, Sync::Running { id, .. } if *id == request);
        self.places_mut().find(runs)
    }

    /// The session whose progress is shown: one that is being listed, else the one in front.
    #[must_use]
    pub fn place_in_progress(&self) -> Option<&Place> {
        let runs = |place: &&Place| matches!(place.sync, Sync::Running { .. });
        self.listed_places().find(runs).or(self.place.as_ref())
    }

    /// Whether credentials of a session can be fetched.
    #[must_use]
    pub fn is_signed_in_to(&self, session: &str) -> bool {
        match self.place_of(session) {
            Some(place) => place.sign_in.at(self.now).is_signed_in(),
            None => self.is_signed_in(),
        }
    }

    /// Since when a target is new, where it is.
    #[must_use]
    pub fn new_since(&self, target: &TargetKey) -> Option<Timestamp> {
        self.place_of(&target.session)?.new_since(target)
    }

    /// Makes this session the one in front, if it is shown.
    pub fn bring_to_front(&mut self, session: &str) {
        let named = |place: &Place| place.session.name == session;
        if let (Some(at), Some(front)) = (self.others.iter().position(named), &mut self.place)
            && let Some(other) = self.others.get_mut(at)
        {
            std::mem::swap(front, other);
        }
    }

    /// Makes the session of the row under the cursor the one in front, while the list is.
    pub fn follow_cursor(&mut self) {
        let is_list = matches!(self.screen, Screen::Browse);
        let is_behind = self.overlay.is_some() && !matches!(self.overlay, Some(Overlay::Details { .. }));
        if !self.shows_all_sessions() || !is_list || is_behind {
            return;
        }
        if let Some(session) = self.browse.current().map(|row: &Row| row.session().to_owned()) {
            self.bring_to_front(&session);
        }
    }

    /// Makes the rows again from the catalogs.
    pub fn rebuild(&mut self) {
        let all = self.shows_all_sessions();
        let shown = || self.place.iter().chain(&self.others);
        let listed: Vec<(&str, &Catalog)> = self
            .sessions
            .iter()
            .filter_map(|session| shown().find(|place| place.session.name == session.name))
            .filter(|place| place.signed_in_at.is_some() || !all)
            .map(|place| (place.session.name.as_str(), &place.catalog))
            .collect();
        self.browse.rebuild(&listed, &self.history, &self.options.rules);
    }

    /// Whether a search is to go on, or something is to be made for the first letter of one, while there is nothing else to
    /// do. A listing changes the rows several times a second: while one runs, nothing is made before a letter is typed.
    #[must_use]
    pub fn has_unprepared(&self) -> bool {
        let is_listed = |place: &Place| matches!(place.sync, Sync::Running { .. });
        self.browse.is_unsettled() || !self.places().any(is_listed) && self.browse.has_unprepared()
    }

    /// Changes to a session: what disk knows of it comes first.
    pub fn show_session(&mut self, session: SsoSession) -> Vec<Effect> {
        let before = std::mem::take(&mut self.view.sessions);
        let mut effects = self.show(vec![session]);
        if before == ShownSessions::All {
            effects.push(Effect::SaveView { view: self.view });
        }
        effects
    }

    /// Changes to one list of all sessions.
    pub fn show_all_sessions(&mut self) -> Vec<Effect> {
        self.view.sessions = ShownSessions::All;
        let front = self.place.as_ref().map(|place| place.session.name.clone());
        let mut sessions = self.sessions.clone();
        sessions.sort_by_key(|session| Some(&session.name) != front.as_ref());
        self.show(sessions)
    }

    /// The same at the start, where that is how the portal was left.
    pub fn begin_with_all_sessions(&mut self) -> Vec<Effect> {
        let effects = self.show_all_sessions();
        let query = TextInput::new(&self.options.query);
        self.browse.edit_query(|empty| *empty = query);
        effects
    }

    /// Shows sessions, the first of them in front.
    fn show(&mut self, sessions: Vec<SsoSession>) -> Vec<Effect> {
        let mut effects = self.stop_listings();
        let mut places = sessions.iter().cloned().map(Place::new);
        self.place = places.next();
        self.others = places.collect();
        self.screen = Screen::Browse;
        self.browse.start_over();
        self.marked.clear();
        self.rebuild();
        effects.extend(sessions.into_iter().map(|session| Effect::Load { session }));
        effects
    }

    /// Stops the listings that run.
    fn stop_listings(&mut self) -> Vec<Effect> {
        let names: Vec<String> = self.places().map(|place| place.session.name.clone()).collect();
        names.iter().filter_map(|name| self.stop_listing(name)).collect()
    }

    /// Stops the listing of a session, if one runs.
    pub fn stop_listing(&mut self, session: &str) -> Option<Effect> {
        match self.place_of_mut(session).map(|p| std::mem::take(&mut p.sync)) {
            Some(Sync::Running { id, .. }) => Some(Effect::Cancel { id }),
            _ => None,
        }
    }
}
