//! What the documents, the help and the architecture say, compared with the program.

pub mod architecture;
pub mod documents;
pub mod drawing;
pub mod examples;
pub mod glossary;
pub mod growth;
pub mod manual;
pub mod services;
pub mod test_architecture;
pub mod words;
pub mod workflows;
