//! A line of text a person typed, and what can be wrong with a field.

/// What is wrong with one field, as the key of a message in the catalogue and its argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub key: &'static str,
    pub argument: Option<String>,
}

impl Problem {
    pub const fn new(key: &'static str) -> Self {
        Self { key, argument: None }
    }

    pub fn with(key: &'static str, argument: impl ToString) -> Self {
        Self { key, argument: Some(argument.to_string()) }
    }
}

/// One trimmed line of 1 to `max` characters without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(String);

impl Line {
    pub fn parse(text: &str, max: usize) -> Result<Self, Problem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Problem::new("problem-missing"));
        }
        if text.chars().count() > max {
            return Err(Problem::with("problem-too-long", max));
        }
        if text.chars().any(char::is_control) {
            return Err(Problem::new("problem-control-characters"));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn into_string(self) -> String {
        self.0
    }
}
