//! From page to page of a listing, for as long as that leads on.
//!
//! A server that means no good, or a proxy that always gives the same answer, lists without an end: it
//! would hold a user and fill the memory. What leads back to a page that was there already, or to more
//! than any organisation has, is an error.

use std::collections::HashSet;

use super::hosts::portal_host;
use crate::aws::AwsError;
use crate::domain::SsoSession;

/// Pages of one listing: 500 of 100 are 50 000 accounts.
const MOST_PAGES: usize = 500;
/// Entries of one listing, however few pages they came in.
const MOST_ENTRIES: usize = 50_000;
/// A token goes back in an address, and no server takes a longer one.
const LONGEST_TOKEN: usize = 8 * 1024;

/// The pages of one listing that were seen.
#[derive(Debug)]
pub struct Pages {
    host: String,
    seen: HashSet<String>,
    entries: usize,
}

impl Pages {
    /// A listing of a session's access portal that begins.
    #[must_use]
    pub fn of(session: &SsoSession) -> Self {
        Self {
            host: portal_host(session),
            seen: HashSet::new(),
            entries: 0,
        }
    }

    /// The token of the page behind one that held so many entries; `None` behind the last.
    ///
    /// # Errors
    /// Where the listing has no end.
    pub fn next_page(&mut self, next: Option<String>, entries: usize) -> Result<Option<String>, AwsError> {
        self.entries += entries;
        if self.entries > MOST_ENTRIES {
            return Err(self.endless());
        }
        let Some(next) = next else { return Ok(None) };
        let leads_on =
            next.len() <= LONGEST_TOKEN && self.seen.len() + 1 < MOST_PAGES && self.seen.insert(next.clone());
        if leads_on {
            Ok(Some(next))
        } else {
            Err(self.endless())
        }
    }

    fn endless(&self) -> AwsError {
        AwsError::PaginationLoop {
            host: self.host.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    fn pages() -> Pages {
        Pages::of(&fixtures::session_at(
            "org",
            "https://org.awsapps.com/start",
            "eu-west-1",
        ))
    }

    #[test]
    fn an_honest_listing_comes_to_its_end() {
        let mut pages = pages();
        for page in 1..MOST_PAGES {
            let next = Some(page.to_string());
            assert_eq!(pages.next_page(next.clone(), 100), Ok(next));
        }
        assert_eq!(pages.next_page(None, 100), Ok(None));
    }

    #[test]
    fn one_without_an_end_is_an_error() {
        let endless = Err(AwsError::PaginationLoop {
            host: "the AWS access portal in eu-west-1".into(),
        });
        let mut around = pages();
        for next in ["a", "b"] {
            assert!(around.next_page(Some(next.into()), 0).is_ok());
        }
        assert_eq!(around.next_page(Some("a".into()), 0), endless);
        let mut further = pages();
        let asked = (1..).take_while(|page: &usize| further.next_page(Some(page.to_string()), 0).is_ok());
        assert_eq!(asked.count(), MOST_PAGES - 1);
        assert_eq!(pages().next_page(None, MOST_ENTRIES + 1), endless);
        assert_eq!(pages().next_page(Some("a".repeat(LONGEST_TOKEN + 1)), 0), endless);
    }
}
