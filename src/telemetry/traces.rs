//! Traces by OTLP (gRPC), in a build with the feature `otlp`: one for each request, with what it waited for inside.
//!
//! The variables are OpenTelemetry's own: `OTEL_EXPORTER_OTLP_ENDPOINT` turns it on, `OTEL_SERVICE_NAME` and
//! `OTEL_TRACES_SAMPLER` do what they say everywhere. A trace begins here: a `traceparent` that a browser sends is not believed.
//! Spans carry routes, ids of requests and statuses; no path, query, name, address or token.

use std::sync::OnceLock;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::registry::LookupSpan;

const VARIABLES: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Sends every span of this service to the collector that the variables name; none where they name none.
///
/// Fails where what they say cannot be read. It must be called on a thread of the runtime.
pub fn layer<S>() -> Result<Option<impl Layer<S>>, String>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let is_wanted = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    if !VARIABLES.iter().any(|name| is_wanted(name)) {
        return Ok(None);
    }
    let exporter = SpanExporter::builder().with_tonic().build().map_err(|e| e.to_string())?;
    let resource = Resource::builder();
    let resource = match std::env::var("OTEL_SERVICE_NAME") {
        Ok(_) => resource.build(),
        Err(_) => resource.with_service_name("gatehouse").build(),
    };
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("gatehouse")).with_location(false).with_threads(false);
    let _ = PROVIDER.set(provider);
    // Spans of ours alone; log lines are in the log.
    Ok(Some(layer.with_filter(FilterFn::new(|metadata| metadata.is_span() && metadata.target().starts_with("gatehouse")))))
}

/// Sends what was not sent yet. Blocks for some seconds at most.
pub fn flush() {
    if let Some(provider) = PROVIDER.get() {
        let _ = provider.shutdown();
    }
}
