//! Disk: what genkan keeps, and what it shares with the AWS CLI.
