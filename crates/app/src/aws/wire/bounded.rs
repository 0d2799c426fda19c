//! A limit for every answer of the SDKs: none grows past it, whatever its headers say; and one bad character
//! in it doesn't make the rest unreadable.
//!
//! The SDKs collect a body before they read it, so that an answer without an end would fill the
//! memory. Redirects are followed by no one: an answer that redirects is an error.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};

use super::json_text::JsonText;

/// A page of 100 accounts takes about 20 KB.
pub(in crate::aws) const MOST_BYTES: usize = 2 * 1024 * 1024;

/// A client whose answers are cut off at [`MOST_BYTES`]: reading on is an error.
#[derive(Debug)]
pub(in crate::aws) struct Bounded(pub(in crate::aws) SharedHttpClient);

impl HttpClient for Bounded {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(BoundedConnector(self.0.http_connector(settings, components)))
    }
}

#[derive(Debug)]
struct BoundedConnector(SharedHttpConnector);

impl HttpConnector for BoundedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            Ok(answer.await?.map(|body| {
                let mut text = JsonText::default();
                let readable = Limited::new(body, MOST_BYTES)
                    .map_frame(move |frame| frame.map_data(|data| Bytes::from(text.repair(&data))));
                SdkBody::from_body_1_x(readable)
            }))
        })
    }
}
