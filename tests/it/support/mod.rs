//! What tests are written with: the app, a browser, a mailbox, a relying party.

pub mod app;
pub mod browser;
pub mod client_key;
pub mod http;
pub mod mail_corpus;
pub mod people;
pub mod relying_party;
pub mod site;
pub mod synthetic;
pub mod wire;

pub use app::TestApp;
pub use browser::{Browser, Page};
pub use client_key::ClientKey;
pub use relying_party::{Flow, RelyingParty};
pub use site::Site;

/// Runs each test on both databases. Without a PostgreSQL the second says so and passes, unless `./tests/run` asked for all.
#[macro_export]
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident($app:ident) $body:block)*) => {
        $(
            $(#[$doc])*
            async fn $name($app: $crate::support::TestApp) $body

            mod $name {
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    super::$name($crate::support::TestApp::on_sqlite().await).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    if let Some(app) = $crate::support::TestApp::on_postgres().await {
                        super::$name(app).await;
                    }
                }
            }
        )*
    };
}
