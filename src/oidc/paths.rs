//! Where the endpoints are: the router and the discovery document both read it here.

pub const CONFIGURATION: &str = "/.well-known/openid-configuration";
pub const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
pub const AUTHORIZE: &str = "/oauth2/authorize";
pub const ACCOUNT: &str = "/oauth2/account";
pub const FACILITIES: &str = "/api/v1/facilities";
pub const CONSENT: &str = "/consent";
pub const TOKEN: &str = "/oauth2/token";
pub const JWKS: &str = "/oauth2/jwks";
pub const USERINFO: &str = "/oauth2/userinfo";
pub const INTROSPECT: &str = "/oauth2/introspect";
pub const PAR: &str = "/oauth2/par";
pub const REGISTER: &str = "/oauth2/register";
pub const REGISTRATION: &str = "/oauth2/register/{id}";
pub const CHECK_SESSION: &str = "/oauth2/check-session";
pub const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";
pub const REVOKE: &str = "/oauth2/revoke";
pub const LOGOUT: &str = "/oauth2/logout";
pub const APPLICATIONS: &str = "/security/applications";
