//! Each call of an SDK in the log and in the list of what was done: operation, session, status, milliseconds, and in
//! the log the request id.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use tokio::time::Instant;

use crate::domain::records::activity::{Activity, Answer};
use crate::platform::clock;
use crate::platform::log;

/// Looks on, and changes nothing.
#[derive(Debug)]
pub(super) struct CallLog {
    pub(super) session: String,
    pub(super) activity: Activity,
}

#[derive(Debug)]
struct Begun(Instant);

impl Storable for Begun {
    type Storer = StoreReplace<Self>;
}

impl Intercept for CallLog {
    fn name(&self) -> &'static str {
        "genkan-calls"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        cfg.interceptor_state().store_put(Begun(Instant::now()));
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = cfg.load::<Metadata>().map_or("?", Metadata::name);
        let ms = cfg
            .load::<Begun>()
            .map(|begun| u64::try_from(begun.0.elapsed().as_millis()).unwrap_or(u64::MAX));
        let ms = ms.unwrap_or_default();
        let answer = context.response();
        let id = answer.and_then(|a| {
            a.headers()
                .get("x-amzn-requestid")
                .or_else(|| a.headers().get("x-amz-request-id"))
        });
        let status = answer.map(|a| a.status().as_u16());
        // Without a status no one has answered.
        self.activity.request(
            operation,
            &self.session,
            status.map_or(Answer::None, Answer::Status),
            ms,
            clock::current_time(),
        );
        let session = &self.session;
        if let Some(status) = status {
            let id = id.unwrap_or_default();
            log::info!("call operation={operation:?} session={session:?} status={status} ms={ms} id={id:?}");
        } else {
            log::info!("call without an answer operation={operation:?} session={session:?} ms={ms}");
        }
        Ok(())
    }
}
