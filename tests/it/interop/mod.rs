//! Clients and files of other projects: SDKs, the AWS CLI, browsers, botocore.

pub mod account_settings;
pub mod botocore;
pub mod browsers;
pub mod keyring;
pub mod moto;
pub mod no_proxy;
pub mod profile_shapes;
pub mod sandbox_command;
pub mod sandbox_iam;
pub mod sandbox_pages;
pub mod sandbox_protocol;
pub mod sandbox_services;
pub mod sandbox_sts;
pub mod sdk_clients;
pub mod shared_files;
pub mod sts_endpoints;
