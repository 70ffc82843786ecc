//! What commands print.

use std::io::Write;
use std::process::ExitCode;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// One clear sentence on standard error.
pub fn failed(problem: &str) -> ExitCode {
    eprintln!("gatehouse: {problem}");
    ExitCode::FAILURE
}

/// JSON for a script, or words for a person.
pub fn say(json: bool, value: &serde_json::Value, words: impl FnOnce() -> String) {
    print(&if json { value.to_string() } else { words() });
}

/// A line on standard output. Whoever stops reading (`| head`) ends the command, in silence.
pub fn print(line: &str) {
    if let Err(problem) = writeln!(std::io::stdout(), "{line}") {
        let code = if problem.kind() == std::io::ErrorKind::BrokenPipe { 0 } else { 1 };
        if code != 0 {
            eprintln!("gatehouse: standard output: {problem}");
        }
        std::process::exit(code);
    }
}

/// Log lines on standard output, in JSON where nobody watches.
pub fn log_to_stdout(filter: &str) {
    use std::io::IsTerminal;
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer().with_target(false);
    // What spans know is in the traces; a line stands by itself.
    let lines = match std::io::stdout().is_terminal() {
        true => lines.boxed(),
        false => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter));
    #[cfg(feature = "otlp")]
    let subscriber = subscriber.with(crate::telemetry::layer().unwrap_or_else(|problem| {
        eprintln!("gatehouse: no traces are sent: {problem}");
        None
    }));
    if subscriber.try_init().is_err() {
        eprintln!("gatehouse: the log was set up before");
    }
}
