//! Asks AWS whom credentials belong to. What files and variables say of it is `identity`'s.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::connection::Connection;
use crate::app::error::AppError;
use crate::aws::Caller;
use crate::domain::Region;

/// Asks AWS whose credentials the SDK's own search finds.
pub struct Callers {
    connection: Arc<Connection>,
}

impl Callers {
    pub(in crate::app) fn new(connection: &Arc<Connection>) -> Self {
        Self {
            connection: Arc::clone(connection),
        }
    }

    /// Asks STS who the SDK's own search through this environment leads to.
    pub fn caller<'a>(&'a self, region: Option<&'a Region>) -> BoxFuture<'a, Result<Caller, AppError>> {
        Box::pin(async move {
            let aws = self.connection.aws().await?;
            Ok(aws.caller(region, self.connection.search_places()?).await?)
        })
    }
}
