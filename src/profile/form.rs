//! Reads a profile form: every field, every problem, at once.

use super::Stated;
use crate::config::{Config, OrganizationType, Requirement};
use crate::facility::{MedicaidId, Npi};
use crate::values::{EmailAddress, Line, PhoneNumber, Problem};
use crate::web::Fields;

type Problems = Vec<(&'static str, Problem)>;

/// The complete profile that `form` states, or what is wrong with each field.
pub fn parse(config: &Config, form: &Fields) -> Result<Stated, Problems> {
    let mut problems = Problems::new();
    let mut stated = person(form, &mut problems);
    stated.organization_name =
        take(&mut problems, "organization_name", Line::parse(form.text("organization_name"), 200).map(Line::into_string));
    match config.organization_type(form.text("organization_type")) {
        Some(kind) => {
            stated.organization_type = kind.id.clone();
            identifiers(kind, form, &mut stated, &mut problems);
        }
        None => problems.push(("organization_type", Problem::new("problem-choose"))),
    }
    if problems.is_empty() { Ok(stated) } else { Err(problems) }
}

/// Only what may change at once after approval: names, phone and contact email (PRODUCT §2.4).
pub fn parse_person(form: &Fields, known: &Stated) -> Result<Stated, Problems> {
    let mut problems = Problems::new();
    let person = person(form, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Stated {
        first_name: person.first_name,
        last_name: person.last_name,
        contact_email: person.contact_email,
        contact_phone: person.contact_phone,
        ..known.clone()
    })
}

fn person(form: &Fields, problems: &mut Problems) -> Stated {
    let phone = form.text("contact_phone").trim();
    Stated {
        first_name: take(problems, "first_name", Line::parse(form.text("first_name"), 100).map(Line::into_string)),
        last_name: take(problems, "last_name", Line::parse(form.text("last_name"), 100).map(Line::into_string)),
        contact_email: take(problems, "contact_email", EmailAddress::parse(form.text("contact_email")).map(EmailAddress::into_string)),
        contact_phone: match phone.is_empty() {
            true => String::new(),
            false => take(problems, "contact_phone", PhoneNumber::parse(phone).map(PhoneNumber::into_string)),
        },
        ..Stated::default()
    }
}

/// What each organization type asks: identifiers of its own, or for whom it acts.
fn identifiers(kind: &OrganizationType, form: &Fields, stated: &mut Stated, problems: &mut Problems) {
    if kind.has_medicaid_id() {
        stated.medicaid_id = take(problems, "medicaid_id", MedicaidId::parse(form.text("medicaid_id")).map(MedicaidId::into_string));
    }
    if kind.requires(Requirement::ActsFor) {
        let acts_for = form.text("acts_for").trim();
        stated.acts_for = take(
            problems,
            "acts_for",
            match acts_for.chars().count() {
                0 => Err(Problem::new("problem-missing")),
                1..=2_000 => Ok(acts_for.to_owned()),
                _ => Err(Problem::with("problem-too-long", 2_000)),
            },
        );
    }
    if !kind.takes_npi() {
        return;
    }
    let no_npi = !form.text("no_npi").is_empty();
    match (no_npi, form.text("npi").trim()) {
        (true, _) if !kind.requires(Requirement::NpiOrNone) => problems.push(("no_npi", Problem::new("problem-npi-required"))),
        (true, "") => stated.no_npi = true,
        (true, _) => problems.push(("npi", Problem::new("problem-npi-and-none"))),
        (false, "") if kind.requires(Requirement::NpiOrNone) => problems.push(("npi", Problem::new("problem-npi-or-none"))),
        (false, npi) => stated.npi = take(problems, "npi", Npi::parse(npi).map(Npi::into_string)),
    }
}

fn take(problems: &mut Problems, field: &'static str, value: Result<String, Problem>) -> String {
    value.unwrap_or_else(|problem| {
        problems.push((field, problem));
        String::new()
    })
}
