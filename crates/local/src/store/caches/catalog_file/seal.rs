//! Where the parts of a catalog file are, and the checksums that say whether they are whole.
//!
//! ```text
//! {"version":4,…}                      the first line
//! ID⇥name⇥email⇥sets⇥time⇥problem⇥sum  the accounts, ordered by ID
//! AAAABBBBCCCC…                        the numbers of these lines, in the order in which accounts are shown
//! HHHHHPPPPPHHHHHPPPPP…                checksums of names, in order, each with the place of a line
//! end NNNNNRRRRROOOOOKKKKKSSSSSSSSSSSTTTTTTTTTTT
//! ```
//!
//! The last line has the number of accounts, the places of the three parts above it, the checksum of the first line and that
//! of everything before it.

use std::ops::Range;

use super::digits::{self, ALL};
use super::line;

/// Digits of the number of a line, of a place in the file, and of a name's checksum.
const NUMBER: usize = 4;
pub(super) const PLACE: usize = 5;
pub(super) const NAME: usize = 5;
/// A name's checksum and the place of its line.
pub(super) const SLOT: usize = NAME + PLACE;
const END: &str = "end ";
/// The bytes of the last line.
pub(super) const LAST: usize = END.len() + 4 * PLACE + 2 * ALL + 1;

/// The bytes of a catalog file: of its first line and the lines of accounts as they are shown, which lack a checksum. For
/// tests, too, that write what no genkan writes.
#[must_use]
pub fn seal_lines(header: &str, lines: &[String]) -> String {
    let mut by_id: Vec<usize> = (0..lines.len()).collect();
    by_id.sort_by_key(|at| lines.get(*at).and_then(|line| line.get(..line::ID)));
    let mut file = format!("{header}\n");
    let rows = file.len();
    let mut numbers = vec![0; lines.len()];
    let mut slots = Vec::with_capacity(lines.len());
    for (number, shown) in by_id.iter().enumerate() {
        let Some(fields) = lines.get(*shown) else { continue };
        if let Some(its) = numbers.get_mut(*shown) {
            *its = number;
        }
        let name = fields.split('\t').nth(1).unwrap_or_default();
        slots.push((name_sum(name), file.len()));
        line::push_line(&mut file, fields);
    }
    slots.sort_unstable();
    let order = file.len();
    for number in &numbers {
        digits::push_digits(&mut file, *number as u64, NUMBER);
    }
    file.push('\n');
    let names = file.len();
    for (sum, place) in slots {
        digits::push_digits(&mut file, sum, NAME);
        digits::push_digits(&mut file, place as u64, PLACE);
    }
    file.push('\n');
    file.push_str(END);
    for place in [lines.len(), rows, order, names] {
        digits::push_digits(&mut file, place as u64, PLACE);
    }
    digits::push_digits(&mut file, digits::compute_checksum(header.as_bytes()), ALL);
    let sum = digits::compute_checksum(file.as_bytes());
    digits::push_digits(&mut file, sum, ALL);
    file.push('\n');
    file
}

/// The checksum of a name, as long as the file has it.
pub(super) fn name_sum(name: &str) -> u64 {
    digits::compute_checksum(name.as_bytes()) % (1 << 30)
}

/// Where the parts of a file are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sealed {
    pub(super) accounts: usize,
    rows: usize,
    order: usize,
    pub(super) names: usize,
    header_sum: u64,
    whole_sum: u64,
}

impl Sealed {
    /// By the last line of a file of a length. None where the parts don't follow each other.
    pub(super) fn parse(last: &[u8], length: usize) -> Option<Self> {
        let digits = last.strip_prefix(END.as_bytes())?.strip_suffix(b"\n")?;
        let (places, sums) = digits.split_at_checked(4 * PLACE)?;
        let (header_sum, whole_sum) = sums.split_at_checked(ALL)?;
        let mut places = places.chunks(PLACE).map(digits::parse_index);
        let mut next = || places.next().flatten();
        let sealed = Self {
            accounts: next()?,
            rows: next()?,
            order: next()?,
            names: next()?,
            header_sum: digits::parse_number(header_sum)?,
            whole_sum: digits::parse_number(whole_sum)?,
        };
        let parts = [
            sealed.order + NUMBER * sealed.accounts + 1 == sealed.names,
            sealed.names + SLOT * sealed.accounts + 1 + LAST == length,
            (1..=sealed.order).contains(&sealed.rows),
        ];
        parts.iter().all(|fits| *fits).then_some(sealed)
    }

    /// By a whole file. None where anything in it is not as it was written.
    pub(super) fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (_, last) = bytes.split_at_checked(bytes.len().checked_sub(LAST)?)?;
        let sealed = Self::parse(last, bytes.len())?;
        let summed = bytes.get(..bytes.len() - ALL - 1)?;
        let is_whole = digits::compute_checksum(summed) == sealed.whole_sum;
        (is_whole && sealed.is_header(bytes.get(..sealed.rows)?)).then_some(sealed)
    }

    /// Whether these bytes are the first line as it was written, with its end.
    pub(super) fn is_header(&self, line: &[u8]) -> bool {
        let header = line.strip_suffix(b"\n");
        header.is_some_and(|header| digits::compute_checksum(header) == self.header_sum)
    }

    /// The bytes of the first line.
    pub(super) fn header(&self) -> Range<usize> {
        0..self.rows
    }

    /// The bytes of the lines of accounts.
    pub(super) fn lines(&self) -> Range<usize> {
        self.rows..self.order
    }

    /// The numbers of the lines in the order in which accounts are shown. None where one isn't a number.
    pub(super) fn order(&self, text: &str) -> Option<Vec<u32>> {
        let numbers = text.as_bytes().get(self.order..self.names - 1)?.chunks(NUMBER);
        let mut order = Vec::with_capacity(numbers.len());
        for number in numbers {
            order.push(u32::try_from(digits::parse_number(number)?).ok()?);
        }
        Some(order)
    }
}
