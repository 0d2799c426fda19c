//! What rules are compared with: a target or an account, and its names in the form in which patterns read them.

use std::cell::OnceCell;

use super::pattern::Name;
use crate::{Account, AccountId, PermissionSetName, Target};

/// What rules are compared with: a target, or an account of which no permission set is chosen.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The SSO session's name.
    pub session: &'a str,
    pub account_id: &'a AccountId,
    pub account_name: &'a str,
    /// `None` where it is not known; patterns for it don't match then.
    pub email: Option<&'a str>,
    /// `None` for the account as a whole; patterns for it don't match then.
    pub permission_set: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// A target of an account that is known.
    #[must_use]
    pub fn new(
        session: &'a str,
        account: &'a Account,
        permission_set: Option<&'a PermissionSetName>,
    ) -> Self {
        Self {
            session,
            account_id: &account.id,
            account_name: &account.name,
            email: Some(&account.email),
            permission_set: permission_set.map(PermissionSetName::name),
        }
    }

    /// A target, and its account's email address where that is known.
    #[must_use]
    pub fn of_target(target: &'a Target, email: Option<&'a str>) -> Self {
        Self {
            session: &target.session,
            account_id: &target.account_id,
            account_name: &target.account_name,
            email,
            permission_set: Some(target.permission_set.name()),
        }
    }
}

/// The names of a subject, in the form in which patterns read them; each is made by the first pattern for it.
pub(super) struct Names<'a> {
    pub(super) subject: Subject<'a>,
    account: OnceCell<Name<'a>>,
    permission_set: OnceCell<Option<Name<'a>>>,
    email: OnceCell<Option<Name<'a>>>,
    session: OnceCell<Name<'a>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(subject: Subject<'a>) -> Self {
        Self {
            subject,
            account: OnceCell::new(),
            permission_set: OnceCell::new(),
            email: OnceCell::new(),
            session: OnceCell::new(),
        }
    }

    pub(super) fn account(&self) -> &Name<'a> {
        self.account.get_or_init(|| Name::new(self.subject.account_name))
    }

    pub(super) fn permission_set(&self) -> Option<&Name<'a>> {
        let make = || self.subject.permission_set.map(Name::new);
        self.permission_set.get_or_init(make).as_ref()
    }

    pub(super) fn email(&self) -> Option<&Name<'a>> {
        let make = || self.subject.email.map(Name::new);
        self.email.get_or_init(make).as_ref()
    }

    pub(super) fn session(&self) -> &Name<'a> {
        self.session.get_or_init(|| Name::new(self.subject.session))
    }
}
