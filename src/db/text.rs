//! Functions that both databases have, as diesel wants them declared.

use diesel::sql_types::SingleValue;

diesel::define_sql_function! {
    /// Both databases write ASCII letters small with it.
    fn lower<T: SingleValue>(text: T) -> T;
}
