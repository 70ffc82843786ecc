//! The mailed template: a raw message becomes a draft that its sender confirms after sign-in. Nothing is decided by mail.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Address, Encoding, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::request::{Contact, Source};
use super::sheet::{self, Sheet, SheetRefusal};
use super::{NewRequest, store, submit};
use crate::account::{self, Account, AccountState};
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::config::Requests;
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::outbox::{self, Letter, LetterKind};
use crate::secret::{Hash, base64url};
use crate::values::EmailAddress;
use crate::{ids::RosterId, profile};

/// No message larger than this is looked at.
const LARGEST: usize = 30 << 20;
/// Messages inside messages, so deep.
const DEEPEST: usize = 3;

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A draft waits for its sender.
    Draft { request: RosterId, rows: usize },
    /// The sender was asked to upload the file: why.
    PleaseUpload(&'static str),
    /// The sender has no active account, and was told how to get one.
    NotRegistered,
    /// Automatic mail, a bounce, or a message that was looked at before.
    Ignored(&'static str),
}

impl Received {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Draft { .. } => "draft",
            Self::PleaseUpload(_) => "please_upload",
            Self::NotRegistered => "not_registered",
            Self::Ignored(_) => "ignored",
        }
    }
}

/// Looks at a raw message once. Its sender's address is a claim: a letter goes there, and nothing else.
pub async fn receive(app: &App, ctx: &Context, raw: &[u8]) -> Result<Received, Fault> {
    if raw.len() > LARGEST {
        return Ok(Received::Ignored("too large"));
    }
    let Some(message) = MessageParser::default().parse(raw) else { return Ok(Received::Ignored("unreadable")) };
    if let Some(why) = automatic(&message) {
        return Ok(Received::Ignored(why));
    }
    let Some(sender) = sender(&message) else { return Ok(Received::Ignored("no sender")) };
    let id = message.message_id().map_or_else(|| base64url(Hash::of(raw).bytes()), |id| id.chars().take(300).collect());
    let found = find_sheet(&message, &app.config.requests, 0);
    let ctx = ctx.clone();
    app.db.write(move |tx| keep(tx, &ctx, &id, &sender, &found)).await
}

/// Why a message is a machine's.
fn automatic(message: &Message<'_>) -> Option<&'static str> {
    let text = |name: &str| match message.header(name) {
        Some(HeaderValue::Text(text)) => text.to_ascii_lowercase(),
        _ => String::new(),
    };
    let auto = text("Auto-Submitted");
    if !auto.is_empty() && auto != "no" {
        return Some("automatic");
    }
    // The null return path is a bounce's or an automatic answer's (RFC 5321 §4.5.5).
    if message.header_raw("Return-Path").is_some_and(|path| path.trim() == "<>") {
        return Some("automatic");
    }
    if matches!(text("Precedence").as_str(), "bulk" | "list" | "junk" | "auto_reply") {
        return Some("automatic");
    }
    let kind = message.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("")).to_ascii_lowercase());
    matches!(kind.as_deref(), Some("multipart/report")).then_some("a report")
}

fn sender(message: &Message<'_>) -> Option<EmailAddress> {
    let address = match message.from()? {
        Address::List(list) => list.first()?.address()?,
        Address::Group(_) => return None,
    };
    let address = EmailAddress::parse(address).ok()?;
    let local = address.as_str().split('@').next().unwrap_or("").to_ascii_lowercase();
    (!matches!(local.as_str(), "mailer-daemon" | "postmaster" | "noreply" | "no-reply")).then_some(address)
}

/// What a message holds: a sheet, or why there is none that can be used.
type Found = Result<Sheet, &'static str>;

/// The one sheet in a message: attached, in a forwarded message, or pasted into the text.
fn find_sheet(message: &Message<'_>, limits: &Requests, depth: usize) -> Found {
    let mut sheets: Vec<Sheet> = Vec::new();
    let mut problem = None;
    let mut worse = |new: &'static str| {
        // The first reason that says most: encrypted, then winmail, then the rest.
        let rank = |why: &str| ["encrypted", "winmail", "empty", "format"].iter().position(|known| *known == why).unwrap_or(9);
        if problem.is_none_or(|old| rank(new) < rank(old)) {
            problem = Some(new);
        }
    };
    for part in &message.parts {
        match &part.body {
            PartType::Message(inner) if depth < DEEPEST => match find_sheet(inner, limits, depth + 1) {
                Ok(sheet) => sheets.push(sheet),
                Err("none") => {}
                Err(why) => worse(why),
            },
            PartType::Multipart(_) | PartType::Message(_) => {}
            PartType::Text(_) | PartType::Html(_) if part.attachment_name().is_none() => {}
            body => {
                let bytes = match body {
                    // As it was sent: a text without its charset named is the reader's to find out.
                    PartType::Text(text) | PartType::Html(text) => as_sent(message, part).unwrap_or_else(|| text.as_bytes().to_vec()),
                    PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.to_vec(),
                    _ => continue,
                };
                match attached(part, &bytes, limits) {
                    Some(Ok(sheet)) => sheets.push(sheet),
                    Some(Err(why)) => worse(why),
                    None => {}
                }
            }
        }
    }
    match if sheets.is_empty() { inline(message, limits) } else { None } {
        Some(Ok(sheet)) => sheets.push(sheet),
        Some(Err(why)) => worse(why),
        None => {}
    }
    match sheets.len() {
        1 => Ok(sheets.remove(0)),
        0 => Err(problem.unwrap_or("none")),
        _ => Err("two"),
    }
}

/// The bytes of a part before any charset was applied.
fn as_sent(message: &Message<'_>, part: &MessagePart<'_>) -> Option<Vec<u8>> {
    let (from, to) = (usize::try_from(part.offset_body).ok()?, usize::try_from(part.offset_end).ok()?);
    let raw = message.raw_message.get(from..to)?;
    match part.encoding {
        Encoding::None => Some(raw.to_vec()),
        Encoding::Base64 => base64_decode(raw),
        Encoding::QuotedPrintable => quoted_printable_decode(raw),
    }
}

/// What an attachment is; `None` for signatures, pictures and other noise.
fn attached(part: &MessagePart<'_>, bytes: &[u8], limits: &Requests) -> Option<Found> {
    let name = part.attachment_name().unwrap_or("").to_ascii_lowercase();
    let kind = part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or(""))).unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let is_encrypted = ends(&[".rpmsg", ".p7m", ".pgp", ".asc"])
        || kind.contains("rpmsg")
        || kind.contains("pkcs7-mime")
        || kind.contains("pgp-encrypted")
        || (ends(&[".html", ".htm"]) && (name.contains("securemessage") || name.contains("message_zdm") || name.contains("securedoc")));
    if is_encrypted {
        return Some(Err("encrypted"));
    }
    if name == "winmail.dat" || kind == "application/ms-tnef" {
        return Some(Err("winmail"));
    }
    if kind.starts_with("image/") || ends(&[".png", ".jpg", ".jpeg", ".gif", ".vcf", ".p7s", ".ics"]) || kind.contains("pkcs7-signature") {
        return None;
    }
    if ends(&[".xlsm", ".xlsb", ".xltm"]) {
        return Some(Err("format"));
    }
    let is_table = ends(&[".xlsx", ".csv", ".tsv", ".tab", ".txt"])
        || kind.contains("spreadsheetml")
        || matches!(kind.as_str(), "text/csv" | "text/tab-separated-values");
    match sheet::read(bytes, limits) {
        Ok(sheet) => Some(Ok(sheet)),
        Err(SheetRefusal::Encrypted) => Some(Err("encrypted")),
        Err(SheetRefusal::NoRows) => Some(Err("empty")),
        Err(_) if is_table || ends(&[".xls", ".xlsm", ".xlsb", ".ods", ".numbers", ".pdf", ".doc", ".docx", ".zip"]) => Some(Err("format")),
        Err(_) => None,
    }
}

/// A table pasted into the text.
fn inline(message: &Message<'_>, limits: &Requests) -> Option<Found> {
    let mut empty = false;
    let mut texts: Vec<String> = Vec::new();
    for n in 0..message.html_body_count() {
        let Some(html) = message.body_html(n) else { continue };
        texts.extend(sheet::read_html_table(&html));
    }
    for n in 0..message.text_body_count() {
        let Some(text) = message.body_text(n) else { continue };
        texts.push(text.into_owned());
    }
    for text in texts {
        match sheet::pasted(from_header(&text), limits) {
            Ok(sheet) => return Some(Ok(sheet)),
            Err(SheetRefusal::NoRows) => empty = true,
            Err(_) => {}
        }
    }
    empty.then_some(Err("empty"))
}

/// The table in a text: from the line on that could be the header, while the lines have tabs. Greetings stand around it.
fn from_header(text: &str) -> &str {
    let is_header = |line: &str| line.contains('\t') && line.to_ascii_lowercase().contains("medicaid");
    let (mut at, mut start) = (0, None);
    for line in text.split_inclusive('\n') {
        match start {
            None if is_header(line) => start = Some(at),
            Some(start) if !line.contains('\t') => return &text[start..at],
            _ => {}
        }
        at += line.len();
    }
    start.map_or(text, |start| &text[start..])
}

fn keep(tx: &mut Tx, ctx: &Context, message_id: &str, sender: &EmailAddress, found: &Found) -> Result<Received, Fault> {
    let mut accounts = account::with_email(tx, sender.as_str())?;
    accounts.retain(|account| account.is_confirmed() && account.state == AccountState::Active && !account.role.is_staff());
    accounts.sort_by_key(|account| account.id);
    let received = match (accounts.first(), found) {
        (None, _) => Received::NotRegistered,
        (Some(_), Err(why)) => Received::PleaseUpload(why),
        (Some(account), Ok(sheet)) => {
            if !store::insert_message(tx, message_id, "draft", ctx.now)? {
                return Ok(Received::Ignored("seen before"));
            }
            return draft(tx, ctx, account, sender, sheet);
        }
    };
    if !store::insert_message(tx, message_id, received.as_str(), ctx.now)? {
        return Ok(Received::Ignored("seen before"));
    }
    answer(tx, ctx, sender, accounts.first(), &received)?;
    let detail = serde_json::json!({ "outcome": received.as_str() });
    let event = Event::new(Action::MessageReceived).detail(detail);
    audit::record(tx, ctx, accounts.first().map(|account| account.id).into_iter().fold(event, Event::account))?;
    Ok(received)
}

fn draft(tx: &mut Tx, ctx: &Context, account: &Account, sender: &EmailAddress, sheet: &Sheet) -> Result<Received, Fault> {
    let stated = profile::find(tx, account.id)?.map(|profile| profile.stated()).unwrap_or_default();
    let given = |text: &str, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text.chars().take(200).collect() };
    let contact = Contact {
        name: given(&sheet.contact_name, &stated.full_name()),
        phone: given(&sheet.contact_phone, &stated.contact_phone),
        email: given(&sheet.contact_email, sender.as_str()),
    };
    let new = NewRequest { contact, source: Source::Mail, rows: sheet.rows.clone() };
    match submit::submit(tx, ctx, account.id, &new) {
        Ok(made) if made.is_repeated => Ok(Received::Ignored("the same rows as before")),
        Ok(made) => Ok(Received::Draft { request: made.request, rows: sheet.rows.len() }),
        Err(Refused::Refusal(_)) => Ok(Received::NotRegistered),
        Err(Refused::Fault(fault)) => Err(fault),
    }
}

/// One answer to a person; an unknown sender gets one a day at most, so that nobody floods a stranger through us.
fn answer(tx: &mut Tx, ctx: &Context, sender: &EmailAddress, account: Option<&Account>, received: &Received) -> Result<(), Fault> {
    let language = match account {
        Some(account) => account::language_of(tx, account.id)?,
        None => "en".to_owned(),
    };
    let letter = match received {
        Received::NotRegistered => {
            let day = ctx.now.seconds() / 86_400;
            let key = format!("answered {} {day}", base64url(Hash::of(sender.as_str().to_lowercase().as_bytes()).bytes()));
            if !store::insert_message(tx, &key, "answered", ctx.now)? {
                return Ok(());
            }
            Letter::new(LetterKind::PleaseRegister, sender.as_str(), &language, "/register")
        }
        Received::PleaseUpload(why) => {
            let words = ctx.catalogue.choose(&language);
            let letter = Letter::new(LetterKind::PleaseUpload, sender.as_str(), &language, "/facilities/requests/new");
            letter.with("why", words.t(&format!("upload-why-{why}")))
        }
        Received::Draft { .. } | Received::Ignored(_) => return Ok(()),
    };
    outbox::post(tx, ctx, account.map(|account| account.id).into_iter().fold(letter, Letter::about))
}

#[cfg(test)]
mod tests;
