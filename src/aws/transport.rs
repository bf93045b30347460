//! HTTP under the SDK's clients: what goes out is counted, and AWS's clock is read in what comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::clock::Clock;

/// A client that counts its requests in `calls` and sets `clock`.
pub fn watched(calls: Arc<AtomicU64>, clock: Arc<Clock>) -> SharedHttpClient {
    SharedHttpClient::new(Watched { inner: transport(), calls, clock })
}

/// Plain HTTP where the endpoint is plain HTTP: reading the system's certificates costs more than a whole plan.
fn transport() -> SharedHttpClient {
    let plain = std::env::var("AWS_ENDPOINT_URL").is_ok_and(|url| url.starts_with("http://"));
    if plain {
        Builder::new().build_http()
    } else {
        Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https()
    }
}

/// Counts requests on their way out, and reads AWS's clock in what comes back.
#[derive(Debug)]
struct Watched<T> {
    inner: T,
    calls: Arc<AtomicU64>,
    clock: Arc<Clock>,
}

impl HttpClient for Watched<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        let (calls, clock) = (Arc::clone(&self.calls), Arc::clone(&self.clock));
        SharedHttpConnector::new(Watched { inner, calls, clock })
    }
}

impl HttpConnector for Watched<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let clock = Arc::clone(&self.clock);
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            if let Some(date) = answer.headers().get("date") {
                clock.hear(date);
            }
            Ok(answer)
        })
    }
}
