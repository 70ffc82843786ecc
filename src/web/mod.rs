//! HTTP without a domain word: visitors, forms, pages, errors, headers.

mod assets;
mod code_cookie;
mod cookie;
mod fields;
mod form;
mod moment;
mod page;
mod params;
mod surround;
mod upload;
mod visitor;

pub use assets::{routes as asset_routes, stylesheet_version};
pub use code_cookie::{drop_code, keep_code, kept_code};
pub use cookie::{Cookie, cookie_value, full_name as full_cookie_name};
pub use fields::{FieldError, Fields, decode, encode};
pub use form::{Form, LongForm};
pub use moment::{length, local_date, local_time, say_time};
pub use page::{
    Button, Crumb, Field, FormPage, FormView, Header, Kind, Layout, Link, MessagePage, PageError, PageResult, Tab, html, say, see_other,
};
pub use params::Params;
pub use surround::{AnyFormTarget, Frameable, Unlogged, surround};
pub use upload::Upload;
pub use visitor::{Visitor, form_token};
