//! What the documents, the help and the architecture say, compared with the program.

pub mod architecture;
pub mod documents;
mod imports;
pub mod manual;
