//! Text in queries: what both databases have, as diesel wants it declared, and patterns.

use diesel::sql_types::SingleValue;

diesel::define_sql_function! {
    /// Both databases write ASCII letters small with it.
    fn lower<T: SingleValue>(text: T) -> T;
}

/// The pattern, with `\` as its escape, that `LIKE` finds wherever `text` stands as it is.
pub fn containing(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}
