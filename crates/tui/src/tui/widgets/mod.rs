//! Parts that draw one thing well and know nothing of the model.

pub mod big_code;
pub mod qr;
