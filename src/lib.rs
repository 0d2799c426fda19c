//! genkan: the door to a company's AWS accounts, in the terminal.


pub mod sandbox;
