//! Clients and files that nobody here wrote: SDKs, the AWS CLI, browsers, botocore.

pub mod botocore;
pub mod clients;
pub mod pages;
pub mod sandbox;
pub mod shared_files;
