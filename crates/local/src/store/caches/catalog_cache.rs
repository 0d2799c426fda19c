//! Catalogs, so that the first frame needs no network. May be deleted at any time.
//!
//! A file holds what the last finished listing found; what one that is under way, or was killed,
//! has learned since is in a journal beside it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::catalog_file::{self, CatalogFile};
use super::changes_file;
use super::sync_journal::{JournalLines, SyncJournal};
use crate::domain::{Account, AccountId, Catalog, Changes, PermissionSetName, SignInId, SsoSession};
use crate::platform::files::paths::Paths;
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::FileKind;
use crate::store::disk::atomic::{remove_file, write_private};
use crate::store::disk::file_identity::FileIdentity;
use crate::store::disk::names::file_name;
use crate::store::disk::parsing::read_understood;
use crate::store::disk::reading::record_refusal;
use crate::store::error::{Loaded, Notice, StoreError};

/// The folder of catalog files, one a session. Start URL and Region are in the name, so that a
/// session that was pointed elsewhere does not show another portal's accounts.
#[derive(Clone, Debug)]
pub struct CatalogCache {
    folder: PathBuf,
    /// What was read last of each file: a listing asks several times, and who waits for one every second.
    read: Arc<Mutex<HashMap<PathBuf, (FileIdentity, Catalog)>>>,
}

/// What a listing begins with: what the same sign-in has learned before.
#[derive(Debug)]
pub struct BegunListing {
    pub catalog: Catalog,
    /// When a listing that did not finish asked for which account.
    pub listed: HashMap<AccountId, Timestamp>,
    /// The last listing of this sign-in did not finish.
    pub resumed: bool,
    pub journal: SyncJournal,
    /// What is worth knowing of the catalog file.
    pub notice: Option<Notice>,
}

/// What the names of the three files end with.
const CATALOG: &str = "catalog";
const JOURNAL: &str = "journal";
const CHANGES: &str = "changes.json";

impl CatalogCache {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.cache.join("catalog"),
            read: Arc::default(),
        }
    }

    fn file(&self, session: &SsoSession, extension: &str) -> PathBuf {
        let exact = [
            session.name.as_str(),
            &session.start_url.portal(),
            session.region.as_str(),
        ];
        self.folder.join(file_name(&session.name, &exact, extension))
    }

    /// The catalog as it is known: what the last finished listing found, and what one that did not
    /// finish has learned since. Where those are of two sign-ins, which may be two users', only the later one
    /// counts.
    #[must_use]
    pub fn load(&self, session: &SsoSession) -> Loaded<Catalog> {
        let Loaded { value, notice } = self.load_finished(session);
        let lines = JournalLines::read(&self.file(session, JOURNAL));
        let Some(sign_in) = lines.sign_in().cloned() else {
            return Loaded { value, notice };
        };
        let (mut catalog, other) = match value {
            Some(finished) if finished.sign_in.as_ref() == Some(&sign_in) => (finished, None),
            other => (Catalog::default(), other),
        };
        lines.replay(&mut catalog);
        catalog.sign_in = Some(sign_in);
        let is_known = !catalog.is_empty() || catalog.synced_at.is_some();
        Loaded {
            value: is_known.then_some(catalog).or(other),
            notice,
        }
    }

    /// Begins a listing, or goes on with one of the same sign-in that did not finish. What another sign-in
    /// has left unfinished is dropped.
    #[must_use]
    pub fn begin_listing(&self, session: &SsoSession, sign_in: &SignInId) -> BegunListing {
        let Loaded { value, notice } = self.load_finished(session);
        let mut catalog = value
            .filter(|catalog| catalog.sign_in.as_ref() == Some(sign_in))
            .unwrap_or_default();
        catalog.sign_in = Some(sign_in.clone());
        let lines = JournalLines::read(&self.file(session, JOURNAL));
        let resumed = lines.sign_in() == Some(sign_in);
        let listed = if resumed {
            lines.replay(&mut catalog)
        } else {
            HashMap::new()
        };
        BegunListing {
            catalog,
            listed,
            resumed,
            journal: SyncJournal::open(self.file(session, JOURNAL), sign_in),
            notice,
        }
    }

    /// What listings found different since it was last looked at.
    #[must_use]
    pub fn load_changes(&self, session: &SsoSession) -> Loaded<Changes> {
        changes_file::load_changes(&self.file(session, CHANGES))
    }

    /// Saves what listings found different; nothing is no file.
    pub fn save_changes(&self, session: &SsoSession, changes: &Changes) -> Result<(), StoreError> {
        changes_file::save_changes(&self.file(session, CHANGES), changes)
    }

    /// Whether a listing has begun and not finished.
    #[must_use]
    pub fn is_unfinished(&self, session: &SsoSession) -> bool {
        self.file(session, JOURNAL).exists()
    }

    /// The catalog as the last finished listing left it.
    #[must_use]
    pub fn load_finished(&self, session: &SsoSession) -> Loaded<Catalog> {
        let path = self.file(session, CATALOG);
        let identity = FileIdentity::of(&path);
        if let (Some(identity), Ok(read)) = (identity, self.read.lock())
            && let Some((same, catalog)) = read.get(&path)
            && *same == identity
        {
            return Loaded {
                value: Some(catalog.clone()),
                notice: None,
            };
        }
        let loaded = match read_understood(&path, FileKind::Own, catalog_file::decode_catalog) {
            Ok(loaded) => loaded.map(|catalog| catalog),
            Err(error) => return Loaded::unreadable(&error),
        };
        if let (Some(identity), Some(catalog), Ok(mut read)) = (identity, &loaded.value, self.read.lock()) {
            read.insert(path, (identity, catalog.clone()));
        }
        loaded
    }

    /// What the last finished listing found, to look up single accounts. None where there is no such file, or it has to be
    /// read as a whole to say what is wrong with it.
    #[must_use]
    pub fn open_finished(&self, session: &SsoSession) -> Option<CatalogFile> {
        let path = self.file(session, CATALOG);
        let opened = record_refusal(&path, safe_open::open_file(&path, FileKind::Own));
        CatalogFile::open(opened.ok().flatten()?)
    }

    /// An account as finished listings of some sessions have found it. Of each only this one is read.
    #[must_use]
    pub fn find_account(&self, sessions: &[SsoSession], id: &AccountId) -> Option<Account> {
        let mut files = sessions.iter().filter_map(|session| self.open_finished(session));
        files.find_map(|file| Some(file.account(id)?.account))
    }

    /// Whether a finished listing has found this permission set in some account. Reads the line that
    /// names them all, and none of the accounts.
    #[must_use]
    pub fn has_permission_set(&self, session: &SsoSession, set: &PermissionSetName) -> bool {
        let file = self.open_finished(session);
        file.is_some_and(|file| file.permission_sets().contains(set))
    }

    /// Saves what a listing found at its end. Its journal is needed no longer.
    pub fn finish(
        &self,
        session: &SsoSession,
        catalog: &Catalog,
        journal: SyncJournal,
    ) -> Result<(), StoreError> {
        self.save(session, catalog)?;
        journal.end();
        Ok(())
    }

    fn save(&self, session: &SsoSession, catalog: &Catalog) -> Result<(), StoreError> {
        let path = self.file(session, CATALOG);
        let bytes = catalog_file::encode_catalog(catalog).map_err(|e| StoreError::write(&path, e.into()))?;
        write_private(&path, bytes.as_bytes())
    }

    /// Forgets a session's catalog.
    pub fn remove(&self, session: &SsoSession) -> Result<(), StoreError> {
        self.save_changes(session, &Changes::default())?;
        remove_file(&self.file(session, JOURNAL))?;
        remove_file(&self.file(session, CATALOG))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Account;
    use crate::domain::fixtures;

    fn cache(home: &std::path::Path) -> CatalogCache {
        CatalogCache::new(&Paths::in_home(home))
    }

    fn session() -> SsoSession {
        fixtures::session_at("会社/../x", "https://org.awsapps.com/start", "us-east-1")
    }

    fn account(number: u32) -> Account {
        Account {
            id: format!("{number:012}").parse().expect("an id"),
            name: format!("account-{number}").into(),
            email: "".into(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn a_listing_that_was_cut_off_is_known_and_gone_on_with() {
        let home = tempfile::tempdir().expect("a folder");
        let (cache, session) = (cache(home.path()), session());
        let (a, b, c) = (account(1), account(2), account(3));
        let sets = |name| vec![PermissionSetName::new(name)];
        assert!(!cache.is_unfinished(&session));
        let sign_in = SignInId::new("first");
        let begin = || cache.begin_listing(&session, &sign_in);
        let mut journal = begin().journal;
        journal.accounts(&[a.clone(), b.clone(), c.clone()]);
        journal.listed(&a.id, &sets("Admin"), at(100));
        journal.failed(&c.id, &"throttled".into());
        drop(journal);
        // Killed in the middle of a line.
        let path = cache.file(&session, JOURNAL);
        let mut bytes = std::fs::read(&path).expect("a journal");
        bytes.extend(b"{\"listed\":{\"id\":\"000000000002\",\"permis");
        std::fs::write(&path, bytes).expect("writes");
        let mut journal = begin().journal;
        journal.listed(&b.id, &sets("View"), at(200));
        let known = cache.load(&session).value.expect("a catalog");
        assert_eq!(
            (known.synced_at, known.entries().len(), known.len()),
            (None, 3, 2)
        );
        assert_eq!(known.failed().count(), 1);
        let third = begin();
        assert_eq!(
            third.listed,
            HashMap::from([(a.id.clone(), at(100)), (b.id.clone(), at(200))])
        );
        assert!(third.resumed && third.catalog == known);
        assert_eq!(cache.load_finished(&session), Loaded::absent());
        let mut whole = known;
        whole.finish(&[a.id.clone(), b.id.clone()].into(), at(300));
        cache.finish(&session, &whole, journal).expect("saves");
        assert!(!cache.is_unfinished(&session));
        assert_eq!(cache.load(&session).value, Some(whole));
    }

    /// Two users of one session, each with an account of their own, and one account that both have.
    #[test]
    fn listings_of_two_sign_ins_are_never_mixed() {
        let home = tempfile::tempdir().expect("a folder");
        let (cache, session) = (cache(home.path()), session());
        let (theirs, ours, both) = (account(1), account(2), account(3));
        let sets = |name| vec![PermissionSetName::new(name)];
        let begin = |sign_in: &str| cache.begin_listing(&session, &SignInId::new(sign_in));
        let known = || {
            let catalog = cache.load(&session).value.expect("a catalog");
            let targets = catalog.assignments();
            let names: Vec<String> = targets
                .map(|a| format!("{}/{}", a.account.name, a.permission_set))
                .collect();
            (catalog.sign_in, names)
        };
        let mut first = begin("first");
        first.journal.accounts(&[theirs.clone(), both.clone()]);
        first.catalog.add_accounts(vec![theirs.clone(), both.clone()]);
        for account in [&theirs, &both] {
            first
                .catalog
                .set_permission_sets(&account.id, sets("Admin"), at(1));
        }
        first
            .catalog
            .finish(&[theirs.id.clone(), both.id.clone()].into(), at(2));
        cache
            .finish(&session, &first.catalog, first.journal)
            .expect("saves");
        let of_first = known();
        assert_eq!(of_first.0, Some(SignInId::new("first")));
        // The second user's listing is killed twice, and the first one comes back.
        let mut second = begin("second");
        assert!(!second.resumed && second.catalog.is_empty() && second.listed.is_empty());
        assert_eq!(known(), of_first, "nothing is known of the second one yet");
        second.journal.accounts(&[ours.clone(), both.clone()]);
        second.journal.listed(&both.id, &sets("View"), at(3));
        let of_second = (Some(SignInId::new("second")), vec!["account-3/View".to_owned()]);
        assert_eq!(known(), of_second);
        let again = begin("second");
        assert!(again.resumed && again.catalog.entry(&theirs.id).is_none());
        assert_eq!(again.listed, HashMap::from([(both.id, at(3))]));
        let back = begin("first");
        assert!(!back.resumed && back.listed.is_empty() && back.catalog.entry(&ours.id).is_none());
        assert_eq!(known(), of_first);
    }

    #[test]
    fn a_round_trip_and_a_broken_file() {
        let home = tempfile::tempdir().expect("a folder");
        let (cache, session) = (cache(home.path()), session());
        let mut catalog = Catalog::default();
        let id: crate::domain::AccountId = "000000000001".parse().expect("an id");
        catalog.add_accounts(vec![Account {
            id: id.clone(),
            name: "決済".into(),
            email: "a@b".into(),
        }]);
        catalog.set_permission_sets(&id, vec![PermissionSetName::new("Admin")], Timestamp::UNIX_EPOCH);
        catalog.set_problem(&id, "throttled");
        catalog.sign_in = Some(SignInId::new("first"));
        assert_eq!(cache.load(&session), Loaded::absent());
        cache.save(&session, &catalog).expect("saves");
        assert_eq!(cache.load(&session).value, Some(catalog));
        let moved = SsoSession {
            start_url: "https://other.awsapps.com/start".parse().expect("a URL"),
            ..session.clone()
        };
        assert_eq!(cache.load(&moved), Loaded::absent());
        let path = cache.file(&session, CATALOG);
        write_private(&path, br#"{"version":1,"accounts":[{}]}"#).expect("writes");
        assert_eq!(
            cache.load(&session),
            Loaded::absent(),
            "another's, and not broken"
        );
        assert!(path.exists());
        write_private(&path, b"{\"version\":").expect("writes");
        assert!(cache.load(&session).notice.is_some());
        assert_eq!(cache.load(&session), Loaded::absent());
    }
}
