//! What commands print.

use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

/// One clear sentence on standard error.
pub fn failed(problem: &str) -> ExitCode {
    eprintln!("gatehouse: {problem}");
    ExitCode::FAILURE
}

/// JSON for a script, or words for a person.
pub fn say(json: bool, value: &serde_json::Value, words: impl FnOnce() -> String) {
    if json {
        println!("{value}");
    } else {
        println!("{}", words());
    }
}

/// Log lines on standard output, in JSON where nobody watches.
pub fn log_to_stdout(filter: &str) {
    use std::io::IsTerminal;
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    let set = if std::io::stdout().is_terminal() { subscriber.try_init() } else { subscriber.json().flatten_event(true).try_init() };
    if set.is_err() {
        eprintln!("gatehouse: the log was set up before");
    }
}
