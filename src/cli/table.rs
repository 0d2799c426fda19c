//! Rows of text in columns, for people: each column as wide as its widest cell, in columns of the terminal.

use crate::domain::text::{pad_text, text_width};

/// One line for each row. Blanks at the end of a line are left out.
pub(super) fn align_columns<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let widest = |column: usize| {
        rows.iter()
            .filter_map(|row| Some(text_width(row.get(column)?)))
            .max()
    };
    let widths: Vec<usize> = (0..COLUMNS).map(|column| widest(column).unwrap_or(0)).collect();
    let line = |row: &[String; COLUMNS]| {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, columns)| pad_text(cell, *columns))
            .collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        assert_eq!(
            align_columns(&[row("a", "x"), row("決済", ""), row("", "y")]),
            "a     x\n決済\n      y\n"
        );
        assert_eq!(align_columns::<2>(&[]), "");
    }
}
