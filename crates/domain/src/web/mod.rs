//! Pages and the browsers that show them: the console, its URLs, QR codes.

pub mod browser_choice;
pub mod console;
pub mod console_pages;
pub mod console_url;
pub mod container;
pub mod page;
pub mod qr;
