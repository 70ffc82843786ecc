//! The index, its backlog, and the view that says which text each thing is found by.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::prelude::*;

use super::words::{words_of, words_wanted};
use crate::clock::Timestamp;
use crate::db::schema::{search_backlog, search_words};
use crate::db::{AnyConnection, Fault, Tx, take_turn};
use crate::ids::RowId;
use crate::word_enum;

/// Of a word that begins very many, so many are looked at.
const CANDIDATES: i64 = 2_000;
/// Of a list no more is counted, or looked through for a common word: nobody turns so many pages.
pub const MOST_LISTED: i64 = 10_000;
/// Subjects in one statement.
const CHUNK: usize = 500;

diesel::table! {
    search_texts (kind, subject) {
        kind -> Text,
        subject -> Binary,
        text -> Text,
    }
}

word_enum!(
    /// What can be looked for.
    Kind {
        Account = "account",
        Case = "case",
        Request = "request",
        Invitation = "invitation",
    }
);

/// What of `subjects`, in their order, has a word that begins with each of the text's: for lists that are short already.
pub fn among(tx: &mut Tx, kind: Kind, text: &str, mut subjects: Vec<RowId>) -> Result<Vec<RowId>, Fault> {
    for word in words_wanted(text).unwrap_or_default() {
        subjects = those_with(tx, kind, &subjects, &word)?;
    }
    Ok(subjects)
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Identifiers, of no order.
    pub subjects: Vec<RowId>,
    /// Whether these are all: false where every word is so common that only a part was looked at.
    pub is_all: bool,
}

/// What has, for each word of the text, a word that begins with it; none where nothing was typed.
pub fn find(tx: &mut Tx, kind: Kind, text: &str) -> Result<Option<Found>, Fault> {
    let Some(words) = words_wanted(text) else { return Ok(None) };
    let mut sets: Vec<(&String, Vec<RowId>, bool)> = Vec::new();
    for word in &words {
        let (subjects, is_all) = beginning_with(tx, kind, word)?;
        sets.push((word, subjects, is_all));
    }
    // The rarest leads; one that was looked at in part comes last, however short its list became.
    sets.sort_by_key(|(_, subjects, is_all)| (!is_all, subjects.len()));
    let mut sets = sets.into_iter();
    let Some((_, mut subjects, is_all)) = sets.next() else { return Ok(Some(Found { subjects: Vec::new(), is_all: true })) };
    for (word, others, others_are_all) in sets {
        match others_are_all {
            true => {
                let others: HashSet<RowId> = others.into_iter().collect();
                subjects.retain(|subject| others.contains(subject));
            }
            false => subjects = those_with(tx, kind, &subjects, word)?,
        }
    }
    Ok(Some(Found { subjects, is_all }))
}

/// Past every word that begins with `word`; the index compares bytes.
fn end_of(word: &str) -> String {
    format!("{word}\u{10ffff}")
}

/// The subjects with a word that begins with `word`, the exact word first, and whether these are all.
fn beginning_with(tx: &mut Tx, kind: Kind, word: &str) -> Result<(Vec<RowId>, bool), Fault> {
    let rows: Vec<RowId> = search_words::table
        .filter(search_words::kind.eq(kind))
        .filter(search_words::word.ge(word))
        .filter(search_words::word.lt(end_of(word)))
        .order((search_words::word, search_words::subject.desc()))
        .limit(CANDIDATES + 1)
        .select(search_words::subject)
        .load(tx)?;
    let is_all = rows.len() as i64 <= CANDIDATES;
    let mut seen = HashSet::new();
    Ok((rows.into_iter().take(CANDIDATES as usize).filter(|subject| seen.insert(*subject)).collect(), is_all))
}

/// Those of `subjects` with a word that begins with `word`.
fn those_with(tx: &mut Tx, kind: Kind, subjects: &[RowId], word: &str) -> Result<Vec<RowId>, Fault> {
    let mut found = HashSet::new();
    for some in subjects.chunks(CHUNK) {
        let rows: Vec<RowId> = search_words::table
            .filter(search_words::kind.eq(kind))
            .filter(search_words::subject.eq_any(some.to_vec()))
            .filter(search_words::word.ge(word))
            .filter(search_words::word.lt(end_of(word)))
            .select(search_words::subject)
            .load(tx)?;
        found.extend(rows);
    }
    Ok(subjects.iter().copied().filter(|subject| found.contains(subject)).collect())
}

/// What a later version may look for is left to it.
#[diesel::dsl::auto_type(no_type_alias)]
fn known() -> _ {
    let kinds: Vec<Kind> = Kind::ALL.to_vec();
    search_backlog::table.filter(search_backlog::kind.eq_any(kinds))
}

/// How many changes the index has not seen, counted up to `most`.
pub fn waiting(tx: &mut Tx, most: i64) -> Result<i64, Fault> {
    let ids: Vec<i64> = known().limit(most).select(search_backlog::id).load(tx)?;
    Ok(ids.len() as i64)
}

/// The newest changes of the backlog, up to `most`, are in the index; returns how many there were.
///
/// The text is read when it is indexed, so the order of changes does not matter: one that is not committed yet has a row
/// in the backlog that outlives this.
pub(super) fn index(tx: &mut Tx, now: Timestamp, most: i64) -> Result<usize, Fault> {
    // Two at once would fail on each other's words, and do it all again.
    take_turn(tx, now, "search")?;
    let rows: Vec<(i64, Kind, RowId)> = known()
        .order(search_backlog::id.desc())
        .limit(most)
        .select((search_backlog::id, search_backlog::kind, search_backlog::subject))
        .load(tx)?;
    let mut changed: HashMap<Kind, BTreeSet<RowId>> = HashMap::new();
    for (_, kind, subject) in &rows {
        changed.entry(*kind).or_default().insert(*subject);
    }
    for (kind, subjects) in changed {
        let subjects: Vec<RowId> = subjects.into_iter().collect();
        for some in subjects.chunks(CHUNK) {
            replace(tx, kind, some)?;
        }
    }
    let ids: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
    for some in ids.chunks(CHUNK) {
        diesel::delete(search_backlog::table.filter(search_backlog::id.eq_any(some.to_vec()))).execute(tx)?;
    }
    Ok(rows.len())
}

/// The words of `subjects` are those of their text now; none where they are gone.
fn replace(tx: &mut Tx, kind: Kind, subjects: &[RowId]) -> Result<(), Fault> {
    let old = search_words::table.filter(search_words::kind.eq(kind)).filter(search_words::subject.eq_any(subjects.to_vec()));
    diesel::delete(old).execute(tx)?;
    let texts: Vec<(RowId, String)> = search_texts::table
        .filter(search_texts::kind.eq(kind))
        .filter(search_texts::subject.eq_any(subjects.to_vec()))
        .select((search_texts::subject, search_texts::text))
        .load(tx)?;
    let row =
        |(subject, word): (RowId, String)| (search_words::kind.eq(kind), search_words::subject.eq(subject), search_words::word.eq(word));
    let rows: Vec<_> =
        texts.into_iter().flat_map(|(subject, text)| words_of(&text).into_iter().map(move |word| (subject, word))).map(row).collect();
    // `MultiConnection` inserts no lists.
    match tx {
        AnyConnection::Sqlite(connection) => {
            for row in rows {
                diesel::insert_into(search_words::table).values(row).execute(connection)?;
            }
        }
        AnyConnection::Postgres(connection) => {
            for some in chunks(rows) {
                diesel::insert_into(search_words::table).values(some).execute(connection)?;
            }
        }
    }
    Ok(())
}

/// In lists that one statement can carry.
fn chunks<T>(rows: Vec<T>) -> Vec<Vec<T>> {
    let mut all = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        all.push(rows.by_ref().take(CHUNK * 10).collect());
    }
    all
}
