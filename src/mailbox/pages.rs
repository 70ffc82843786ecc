//! `/dev/mailbox`: every letter that was sent, and the sample staff's current codes. In the demo only, loopback only.

use std::net::IpAddr;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::account;
use crate::app::App;
use crate::authentication;
use crate::config::MailUrl;
use crate::db::Fault;
use crate::ids::RowId;
use crate::outbox;
use crate::web::{Layout, PageError, PageResult, Visitor, html, local_time};

pub fn routes() -> Router<App> {
    Router::new().route("/dev/mailbox", get(list)).route("/dev/mailbox/{id}", get(show)).route("/dev/mailbox/{id}/html", get(as_html))
}

#[derive(Template)]
#[template(path = "dev/mailbox.html")]
struct MailboxPage {
    page: Layout,
    codes: Vec<(String, String)>,
    letters: Vec<Line>,
}

struct Line {
    href: String,
    subject: String,
    to: String,
    at: String,
}

#[derive(Template)]
#[template(path = "dev/letter.html")]
struct LetterPage {
    page: Layout,
    to: String,
    text: Vec<Piece>,
    html_href: String,
}

/// A stretch of a letter: plain text, or a link that can be followed.
pub struct Piece {
    text: String,
    is_link: bool,
}

fn only_loopback(visitor: &Visitor) -> Result<(), PageError> {
    if IpAddr::is_loopback(&visitor.address) { Ok(()) } else { Err(PageError::NotFound) }
}

/// `GET /dev/mailbox`
async fn list(State(app): State<App>, visitor: Visitor) -> PageResult {
    only_loopback(&visitor)?;
    let (keyring, now) = (app.keyring.clone(), app.clock.now());
    let (codes, rows) = app
        .db
        .read(move |tx| {
            let mut codes = Vec::new();
            for account in account::staff(tx)? {
                if let Some(code) = authentication::current_code(tx, &keyring, account.person_id, now)? {
                    codes.push((account.username, code));
                }
            }
            Ok::<_, Fault>((codes, outbox::list(tx, false, 100)?))
        })
        .await?;
    let line = |row: outbox::Row| Line {
        href: format!("/dev/mailbox/{}", row.id),
        subject: read_letter(&app, row.id).map_or_else(|| visitor.words.t(&row.name_key()), |letter| letter.subject),
        to: row.recipient,
        at: local_time(&visitor, row.created_at),
    };
    let page = MailboxPage {
        page: Layout::new(&visitor, visitor.words.t("mailbox-title")),
        codes,
        letters: rows.into_iter().filter(|row| row.letter.is_some()).map(line).collect(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// A letter as it lies in the mail folder.
struct Letter {
    subject: String,
    to: String,
    text: String,
    html: String,
}

/// Reads the file back, as a mail reader would.
fn read_letter(app: &App, id: RowId) -> Option<Letter> {
    let MailUrl::Folder(folder) = &app.config.mail else { return None };
    let bytes = std::fs::read(folder.join(format!("{id}.eml"))).ok()?;
    let message = mail_parser::MessageParser::default().parse(&bytes)?;
    Some(Letter {
        subject: message.subject().unwrap_or("").to_owned(),
        to: message.to()?.first()?.address().unwrap_or("").to_owned(),
        text: message.body_text(0)?.into_owned(),
        html: message.body_html(0)?.into_owned(),
    })
}

/// `GET /dev/mailbox/{id}`
async fn show(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> PageResult {
    only_loopback(&visitor)?;
    let id = RowId::parse(&id).ok_or(PageError::NotFound)?;
    let letter = read_letter(&app, id).ok_or(PageError::NotFound)?;
    let page = LetterPage {
        page: Layout::new(&visitor, letter.subject).under(visitor.words.t("mailbox-title"), "/dev/mailbox"),
        to: letter.to,
        text: pieces(&letter.text),
        html_href: format!("/dev/mailbox/{id}/html"),
    };
    Ok(html(StatusCode::OK, &page))
}

fn pieces(text: &str) -> Vec<Piece> {
    let piece = |part: &str| Piece { text: part.to_owned(), is_link: part.starts_with("http://") || part.starts_with("https://") };
    text.split_inclusive(char::is_whitespace)
        .map(|word| (word.trim_end(), &word[word.trim_end().len()..]))
        .flat_map(|(word, space)| [piece(word), piece(space)])
        .collect()
}

/// `GET /dev/mailbox/{id}/html`: the letter's HTML side, as a mail reader shows it: its own styles, no scripts.
async fn as_html(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, PageError> {
    only_loopback(&visitor)?;
    let id = RowId::parse(&id).ok_or(PageError::NotFound)?;
    let letter = read_letter(&app, id).ok_or(PageError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"),
    ];
    Ok((headers, letter.html).into_response())
}
