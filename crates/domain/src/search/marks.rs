//! Which letters of a row a query matched.

use super::query::Field;

/// Graphemes of one row that a query matched: offsets into each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub account_name: Vec<usize>,
    pub account_id: Vec<usize>,
    pub permission_set: Vec<usize>,
    pub email: Vec<usize>,
    pub alias: Vec<usize>,
    pub session: Vec<usize>,
    /// In the tags as one text, with blanks between them.
    pub tags: Vec<usize>,
    /// The row is there because of its email address: without it no one would see why.
    pub needs_email: bool,
    /// The same of its tags.
    pub needs_tags: bool,
}

impl Marks {
    /// The marks of a field that is shown in a row.
    pub(super) fn of_field(&mut self, field: Field) -> &mut Vec<usize> {
        match field {
            Field::AccountName => &mut self.account_name,
            // Shown as one text, which begins with the role.
            Field::PermissionSet | Field::Way => &mut self.permission_set,
            Field::AccountId => &mut self.account_id,
            Field::Email => &mut self.email,
            Field::Alias => &mut self.alias,
            Field::Session => &mut self.session,
            Field::Tag => &mut self.tags,
        }
    }

    /// Notes which field gave a word its score.
    pub(super) fn note_best(&mut self, field: Field) {
        self.needs_email |= field == Field::Email;
        self.needs_tags |= field == Field::Tag;
    }

    /// Each mark once, in order.
    pub(super) fn put_in_order(&mut self) {
        let Self {
            account_name,
            account_id,
            permission_set,
            email,
            alias,
            session,
            tags,
            ..
        } = self;
        for list in [
            account_name,
            account_id,
            permission_set,
            email,
            alias,
            session,
            tags,
        ] {
            list.sort_unstable();
            list.dedup();
        }
    }
}
