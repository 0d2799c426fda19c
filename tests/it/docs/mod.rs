//! What the documents, the help and the architecture say, compared with the program.

mod imports;

pub mod architecture;
pub mod documents;
pub mod drawing;
pub mod examples;
pub mod manual;
