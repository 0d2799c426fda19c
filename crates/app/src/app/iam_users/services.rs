//! The services that have to do with the keys of IAM users, made together.

use std::sync::Arc;

use super::IamUsers;
use super::rotation::Rotations;
use super::user_sessions::UserSessions;
use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::sessions::Sessions;

/// What can be done with IAM users.
pub struct IamServices {
    pub users: Arc<IamUsers>,
    pub sessions: Arc<UserSessions>,
    pub rotations: Rotations,
}

impl IamServices {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        sessions: &Arc<Sessions>,
    ) -> Self {
        let users = Arc::new(IamUsers::new(context, connection, sessions));
        Self {
            sessions: Arc::new(UserSessions::new(context, connection, &users)),
            rotations: Rotations::new(context, connection, &users),
            users,
        }
    }
}
