//! Pages of IAM's lists: `MaxItems` and `Marker`.

use crate::serving::query::{Checks, Refusal, Xml};
use crate::shared::Shared;

/// Which part of a list a request asks for.
pub(super) struct Page {
    start: usize,
    size: usize,
    purpose: String,
}

impl Page {
    /// Markers are sealed: they open the list that they came from, and nothing else.
    pub(super) fn read(shared: &Shared, checks: &mut Checks<'_>, purpose: &str) -> Result<Self, Refusal> {
        let size = checks.number("MaxItems", 1, 1_000).unwrap_or(100);
        let start = match checks.value("Marker") {
            None => 0,
            Some(marker) => marker
                .split_once('.')
                .and_then(|(start, seal)| Some((start.parse::<usize>().ok()?, seal)))
                .filter(|(start, seal)| shared.secrets.seal(&format!("{purpose} from {start}")) == *seal)
                .map(|(start, _)| start)
                .ok_or_else(|| Refusal::validation("Invalid Marker."))?,
        };
        Ok(Self {
            start,
            size: usize::try_from(size).unwrap_or(1),
            purpose: purpose.to_owned(),
        })
    }

    /// The list with what a client needs to go on.
    pub(super) fn write(&self, shared: &Shared, name: &str, members: Vec<Xml>) -> Xml {
        let end = self.start.saturating_add(self.size).min(members.len());
        let is_truncated = end < members.len();
        let some = members.into_iter().take(end).skip(self.start);
        let xml = Xml::default()
            .list(name, some)
            .text("IsTruncated", if is_truncated { "true" } else { "false" });
        let seal = || shared.secrets.seal(&format!("{} from {end}", self.purpose));
        let marker = is_truncated.then(|| format!("{end}.{}", seal()));
        xml.optional("Marker", marker.as_deref())
    }
}
