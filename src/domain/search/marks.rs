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
}

impl Marks {
    /// The marks of a field that is shown in a row.
    pub(super) fn of_field(&mut self, field: Field) -> Option<&mut Vec<usize>> {
        match field {
            Field::AccountName => Some(&mut self.account_name),
            // Shown as one text, which begins with the role.
            Field::PermissionSet | Field::Way => Some(&mut self.permission_set),
            Field::AccountId => Some(&mut self.account_id),
            Field::Email => Some(&mut self.email),
            Field::Alias => Some(&mut self.alias),
            Field::Session | Field::Tag => None,
        }
    }

    /// Each mark once, in order.
    pub(super) fn put_in_order(&mut self) {
        let Self {
            account_name,
            account_id,
            permission_set,
            email,
            alias,
        } = self;
        for list in [account_name, account_id, permission_set, email, alias] {
            list.sort_unstable();
            list.dedup();
        }
    }
}
