//! What drawing measures by: columns, fields, hints, sizes, colours.

pub mod columns;
pub mod fields;
pub mod hints;
pub mod layout;
pub mod theme;
