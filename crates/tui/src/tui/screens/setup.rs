//! The first run: three fields that make an SSO session.

use crate::domain::sessions::session::is_session_name;
use crate::domain::{Region, SsoSession, StartUrl};
use crate::tui::input::text_input::TextInput;

/// The fields in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    StartUrl,
    Region,
    Name,
}

impl Field {
    pub const ALL: [Self; 3] = [Self::StartUrl, Self::Region, Self::Name];

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::StartUrl => "Start URL",
            Self::Region => "SSO Region",
            Self::Name => "Session name",
        }
    }

    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Self::StartUrl => "https://d-1234567890.awsapps.com/start",
            Self::Region => "eu-central-1",
            Self::Name => "my-company",
        }
    }

    fn neighbour(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|f| *f == self).unwrap_or_default();
        Self::ALL
            .get((at + by) % Self::ALL.len())
            .copied()
            .unwrap_or(self)
    }
}

/// The form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    pub focus: Field,
    start_url: TextInput,
    region: TextInput,
    name: TextInput,
    /// Fields that a user has typed into are not filled in for them.
    own: Vec<Field>,
    taken: Vec<String>,
    /// What was wrong at the last try, at which field.
    pub problem: Option<(Field, String)>,
}

impl Setup {
    #[must_use]
    pub fn new(sessions: &[SsoSession]) -> Self {
        Self {
            focus: Field::StartUrl,
            start_url: TextInput::default(),
            region: TextInput::default(),
            name: TextInput::default(),
            own: Vec::new(),
            taken: sessions.iter().map(|s| s.name.clone()).collect(),
            problem: None,
        }
    }

    #[must_use]
    pub fn input(&self, field: Field) -> &TextInput {
        match field {
            Field::StartUrl => &self.start_url,
            Field::Region => &self.region,
            Field::Name => &self.name,
        }
    }

    fn input_mut(&mut self, field: Field) -> &mut TextInput {
        match field {
            Field::StartUrl => &mut self.start_url,
            Field::Region => &mut self.region,
            Field::Name => &mut self.name,
        }
    }

    /// Lets a user edit the field that has the focus.
    pub fn edit(&mut self, change: impl FnOnce(&mut TextInput) -> bool) -> bool {
        let field = self.focus;
        let before = self.input(field).clone();
        let taken = change(self.input_mut(field));
        if self.input(field).text() != before.text() {
            self.problem = None;
            self.own.retain(|f| *f != field);
            if !self.input(field).is_empty() {
                self.own.push(field);
            }
            if field == Field::StartUrl {
                self.fill_in();
            }
        }
        taken
    }

    /// What the start URL reveals about the others.
    fn fill_in(&mut self) {
        let Ok(url) = self.start_url.text().parse::<StartUrl>() else {
            return;
        };
        if !self.own.contains(&Field::Region)
            && let Some(region) = url.region()
        {
            self.region = TextInput::new(region.as_str());
        }
        if !self.own.contains(&Field::Name) {
            let name = url.suggested_session_name();
            let free = |n: &String| !self.taken.contains(n);
            let named = std::iter::once(name.clone())
                .chain((2..100).map(|i| format!("{name}-{i}")))
                .find(free);
            self.name = TextInput::new(&named.unwrap_or(name));
        }
    }

    pub fn next(&mut self) {
        self.focus = self.focus.neighbour(1);
    }

    pub fn previous(&mut self) {
        self.focus = self.focus.neighbour(Field::ALL.len() - 1);
    }

    /// The session, or the first field that isn't right yet. An empty field behind the focus is no
    /// mistake: the user has not come to it.
    ///
    /// # Errors
    /// The field and one sentence about it.
    pub fn session(&self) -> Result<SsoSession, (Field, String)> {
        let start_url: StartUrl = self
            .start_url
            .text()
            .parse()
            .map_err(|e| (Field::StartUrl, format!("{e}")))?;
        let region = self.region.text();
        if region.trim().is_empty() {
            return Err((
                Field::Region,
                "enter the Region of your IAM Identity Center instance".to_owned(),
            ));
        }
        let region: Region = region.parse().map_err(|e| (Field::Region, format!("{e}")))?;
        let name = self.name.text();
        if !is_session_name(&name) {
            let sentence = "use up to 64 letters, digits, `-`, `_` and `.`";
            return Err((Field::Name, sentence.to_owned()));
        }
        if self.taken.contains(&name) {
            return Err((Field::Name, format!("SSO session `{name}` already exists")));
        }
        Ok(SsoSession::new(name, start_url, region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    fn typed(url: &str) -> Setup {
        let mut setup = Setup::new(&[]);
        setup.edit(|input| {
            input.insert(url);
            true
        });
        setup
    }

    #[test]
    fn the_url_tells_the_rest() {
        let setup = typed("https://ssoins-1234.portal.eu-west-1.app.aws");
        assert_eq!(setup.input(Field::Region).text(), "eu-west-1");
        assert_eq!(setup.session().unwrap().name, "ssoins-1234");
    }

    #[test]
    fn the_first_wrong_field_is_named() {
        assert_eq!(
            typed("http://x.awsapps.com").session().unwrap_err().0,
            Field::StartUrl
        );
        let mut setup = typed("tanuki.awsapps.com/start");
        assert_eq!(setup.session().unwrap_err().0, Field::Region);
        setup.next();
        setup.edit(|input| {
            input.insert("eu-central-1");
            true
        });
        let session = setup.session().unwrap();
        assert_eq!(
            (session.name.as_str(), session.start_url.as_str()),
            ("tanuki", "https://tanuki.awsapps.com/start")
        );
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let first = typed("tanuki.awsapps.com/start").input(Field::Name).text();
        let session = fixtures::session_at(&first, "https://a.example.com/start", "eu-west-1");
        let mut setup = Setup::new(&[session]);
        setup.edit(|input| {
            input.insert("tanuki.awsapps.com/start");
            true
        });
        assert_eq!(setup.input(Field::Name).text(), "tanuki-2");
    }
}
