//! The ways out: a folder of `.eml` files, or an SMTP server.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::Rendered;
use crate::config::{Config, MailUrl, SmtpTls};
use crate::db::Fault;
use crate::ids::RowId;

/// What the other side said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Accepted(String),
    Later(String),
    Never(String),
}

/// Hands letters over.
pub struct Transport {
    from: Mailbox,
    host: String,
    way: Way,
}

/// Replies about the recipient or the content (RFC 5321 §4.2.3).
const FINAL: &[&str] = &["550", "551", "552", "553", "555"];

enum Way {
    Folder(PathBuf),
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
}

impl Transport {
    /// A transport for the configured place. A folder is made if it is missing.
    pub fn open(config: &Config) -> Result<Self, Fault> {
        let from = config.mail_from.parse().map_err(|e| Fault::broken(format!("mail_from: {e}")))?;
        let way = match &config.mail {
            MailUrl::Folder(path) => {
                std::fs::create_dir_all(path).map_err(|e| Fault::broken(format!("{}: {e}", path.display())))?;
                Way::Folder(path.clone())
            }
            MailUrl::Smtp { host, port, tls, credentials } => {
                let parameters = || TlsParameters::new(host.clone()).map_err(|e| Fault::broken(format!("mail server: {e}")));
                let tls = match tls {
                    SmtpTls::Always => Tls::Wrapper(parameters()?),
                    SmtpTls::StartTls => Tls::Required(parameters()?),
                    SmtpTls::None => Tls::None,
                };
                let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.as_str())
                    .port(*port)
                    .tls(tls)
                    .timeout(Some(Duration::from_secs(30)));
                if let Some((user, password)) = credentials {
                    builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
                }
                Way::Smtp(Box::new(builder.build()))
            }
        };
        Ok(Self { from, host: config.issuer.host().to_owned(), way })
    }

    /// Whether letters could be handed over now: what answers, or why nothing does.
    pub async fn probe(&self) -> Result<String, String> {
        match &self.way {
            Way::Folder(folder) => {
                let draft = folder.join(".probe");
                tokio::fs::write(&draft, b"").await.map_err(|e| format!("{}: {e}", folder.display()))?;
                tokio::fs::remove_file(&draft).await.map_err(|e| format!("{}: {e}", folder.display()))?;
                Ok(format!("{} can be written", folder.display()))
            }
            Way::Smtp(server) => match server.test_connection().await {
                Ok(true) => Ok("the mail server lets us in".into()),
                Ok(false) => Err("the mail server hangs up".into()),
                Err(error) => Err(error.to_string()),
            },
        }
    }

    /// Hands one letter over. A repeat after a lost answer carries the same `Message-ID`.
    pub async fn send(&self, id: RowId, to: &str, letter: &Rendered) -> Answer {
        let message = match self.compose(id, to, letter) {
            Ok(message) => message,
            Err(problem) => return Answer::Never(problem),
        };
        match &self.way {
            Way::Folder(folder) => match drop_into(folder, id, &message.formatted()).await {
                Ok(()) => Answer::Accepted("written to a file".into()),
                Err(e) => Answer::Later(e.to_string()),
            },
            Way::Smtp(server) => match server.send(message).await {
                Ok(response) => Answer::Accepted(response.first_line().unwrap_or("accepted").to_owned()),
                // Only what is said about this letter is final; a wrong password or a server in trouble is not the letter's fault.
                Err(e) if e.status().is_some_and(|code| FINAL.contains(&code.to_string().as_str())) => Answer::Never(e.to_string()),
                Err(e) => Answer::Later(e.to_string()),
            },
        }
    }

    fn compose(&self, id: RowId, to: &str, letter: &Rendered) -> Result<Message, String> {
        let to: Mailbox = to.parse().map_err(|e| format!("the address: {e}"))?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject.clone())
            .message_id(Some(format!("<{id}@{}>", self.host)))
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
            .map_err(|e| e.to_string())?;
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
        Ok(message)
    }
}

/// Writes the whole file under another name first, so that a reader never sees half a letter.
async fn drop_into(folder: &std::path::Path, id: RowId, bytes: &[u8]) -> std::io::Result<()> {
    let draft = folder.join(format!(".{id}.part"));
    tokio::fs::write(&draft, bytes).await?;
    tokio::fs::rename(&draft, folder.join(format!("{id}.eml"))).await
}
