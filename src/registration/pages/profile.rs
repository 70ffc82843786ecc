//! The Profile page: what the holder states, and *Update*.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::account::AccountState;
use crate::app::App;
use crate::authentication::SignedIn;
use crate::authentication::pages::{header_of, require_fresh};
use crate::config::Requirement;
use crate::context::Actor;
use crate::db::{Fault, Refused};
use crate::facility::{self, Facility};
use crate::profile::{self, Profile, Stated};
use crate::registration::{self, Case, CaseKind, CaseState, MOST_DENIALS, SubmitRefusal};
use crate::values::Problem;
use crate::web::{Button, Field, Fields, Form, FormView, Kind, Layout, PageError, PageResult, Visitor, html, see_other};

type Problems = [(&'static str, Problem)];

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    page: Layout,
    form: FormView,
    notes: Vec<String>,
    remarks: Vec<String>,
    reason: Option<String>,
    facility: Option<Facility>,
    problem: Option<String>,
}

/// What the page is made of.
struct Known {
    profile: Option<Profile>,
    case: Option<Case>,
    facility: Option<Facility>,
    /// What an invitation offers, and the person's name from another account: nothing is typed twice.
    offered: Option<Stated>,
    /// What an open change case states.
    change: Option<Stated>,
}

impl Known {
    /// Whether *Update* sends an application: before approval, and again where one was rescinded.
    fn applies(&self, signed_in: &SignedIn) -> bool {
        match signed_in.account.state {
            AccountState::Pending => {
                let goes_on = |case: &Case| case.state.is_open() || case.kind == CaseKind::Invitation;
                signed_in.account.denials < MOST_DENIALS || self.case.as_ref().is_some_and(goes_on)
            }
            AccountState::Suspended => self.case.as_ref().is_some_and(|case| case.is_rescinded(&signed_in.account)),
            AccountState::Active | AccountState::Closed => false,
        }
    }
}

async fn known(app: &App, signed_in: &SignedIn) -> Result<Known, Fault> {
    let (account, config) = (signed_in.account.clone(), std::sync::Arc::clone(&app.config));
    app.db
        .read(move |tx| {
            let (profile, case) = (profile::find(tx, account.id)?, registration::latest_of(tx, account.id)?);
            let offered = match case.as_ref().filter(|case| case.kind == CaseKind::Invitation) {
                Some(case) => registration::offered(tx, &config, &account, case)?,
                None => None,
            };
            let change = match case.as_ref().filter(|case| case.kind == CaseKind::Change && case.state.is_open() && case.version > 0) {
                Some(case) => Some(registration::newest_version(tx, case)?),
                None => None,
            };
            Ok(Known { profile, case, facility: facility::of(tx, account.facility_id)?, offered, change })
        })
        .await
}

/// What the form shows at first: what was stated; after a denial, what an invitation offers; for an active account, the
/// approved facts, or the change of them that waits.
fn shown(known: &Known, signed_in: &SignedIn) -> Stated {
    let is_denied = known.case.as_ref().is_some_and(|case| !case.state.is_open());
    let stated = known.profile.as_ref().map(Profile::stated);
    let stated = match (&known.offered, stated) {
        (Some(offered), None) => offered.clone(),
        (Some(offered), Some(stated)) if is_denied && signed_in.account.state == AccountState::Pending => Stated {
            first_name: stated.first_name,
            last_name: stated.last_name,
            contact_email: stated.contact_email,
            contact_phone: stated.contact_phone,
            ..offered.clone()
        },
        (_, Some(stated)) => stated,
        (None, None) => Stated { contact_email: signed_in.account.email.clone(), ..Stated::default() },
    };
    match (signed_in.account.state, &known.change, &known.facility) {
        (AccountState::Active, Some(change), _) => Stated { acts_for: stated.acts_for.clone(), ..with_facts(stated, change) },
        (AccountState::Active, None, Some(facility)) => Stated {
            organization_name: facility.name.clone(),
            organization_type: facility.organization_type.clone(),
            medicaid_id: facility.medicaid_id.clone().unwrap_or_default(),
            npi: facility.npi.clone().unwrap_or_default(),
            ..stated
        },
        _ => stated,
    }
}

fn with_facts(person: Stated, facts: &Stated) -> Stated {
    Stated {
        first_name: person.first_name,
        last_name: person.last_name,
        contact_email: person.contact_email,
        contact_phone: person.contact_phone,
        ..facts.clone()
    }
}

/// `GET /profile`
pub async fn form(State(app): State<App>, visitor: Visitor, signed_in: SignedIn) -> PageResult {
    let known = known(&app, &signed_in).await?;
    if !known.applies(&signed_in) && signed_in.account.state != AccountState::Active {
        return Ok(see_other("/status"));
    }
    let stated = shown(&known, &signed_in);
    Ok(page(&visitor, &signed_in, &known, &fields_of(&stated), &[]))
}

/// A profile as its form would send it.
fn fields_of(stated: &Stated) -> Fields {
    Fields::pairs(&[
        ("first_name", &stated.first_name),
        ("last_name", &stated.last_name),
        ("contact_email", &stated.contact_email),
        ("contact_phone", &stated.contact_phone),
        ("organization_name", &stated.organization_name),
        ("organization_type", &stated.organization_type),
        ("medicaid_id", &stated.medicaid_id),
        ("npi", &stated.npi),
        ("no_npi", if stated.no_npi { "yes" } else { "" }),
        ("acts_for", &stated.acts_for),
    ])
}

fn page(visitor: &Visitor, signed_in: &SignedIn, known: &Known, sent: &Fields, problems: &Problems) -> Response {
    let w = &visitor.words;
    let applies = known.applies(signed_in);
    let form = FormView::new(visitor, "/profile")
        .hidden("account", signed_in.account.id.to_string())
        .fields(person_fields(visitor, sent, problems))
        .fields(organization_fields(visitor, sent, problems));
    let returned = known.case.as_ref().filter(|case| case.state == CaseState::Returned);
    let remark = |(field, text): (String, String)| format!("{}: {text}", w.t(&format!("field-{}", field.replace('_', "-"))));
    let is_invited = known.offered.is_some();
    let title = if applies && known.profile.is_none() && !is_invited { "profile-complete-title" } else { "profile-title" };
    let mut view = ProfilePage {
        page: Layout::new(visitor, w.t(title)).signed_in(header_of(signed_in)),
        form: form.button(Button::new(w.t("profile-button"))),
        notes: if applies {
            ["profile-note-required", "profile-note-incorrect", "profile-note-email", "profile-note-private"].map(|key| w.t(key)).to_vec()
        } else {
            let change = if known.change.is_some() { "profile-note-change-pending" } else { "profile-note-change" };
            vec![w.t(change), w.t("profile-note-private")]
        },
        remarks: returned.map(|case| case.remarks().into_iter().map(remark).collect()).unwrap_or_default(),
        reason: returned.and_then(|case| case.reason.clone()),
        facility: known.facility.clone().filter(|_| !applies),
        problem: None,
    };
    if let Some(offered) = known.offered.as_ref().filter(|_| applies) {
        view.notes.insert(0, w.t1("profile-note-invited", "facility", &offered.organization_name));
    }
    view.page.failed = !problems.is_empty();
    html(if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &view)
}

fn person_fields(visitor: &Visitor, sent: &Fields, problems: &Problems) -> Vec<Field> {
    let w = &visitor.words;
    let field =
        |name, kind, autocomplete| Field::new(w, name, kind).value(sent.text(name)).autocomplete(autocomplete).problems(w, problems);
    vec![
        field("first_name", Kind::Text, "given-name"),
        field("last_name", Kind::Text, "family-name"),
        field("contact_email", Kind::Email, "email").hint(w.t("contact-email-hint")),
        field("contact_phone", Kind::Tel, "tel").hint(w.t("contact-phone-hint")).optional(),
    ]
}

fn organization_fields(visitor: &Visitor, sent: &Fields, problems: &Problems) -> Vec<Field> {
    let w = &visitor.words;
    let field = |name, kind| Field::new(w, name, kind).value(sent.text(name)).problems(w, problems);
    let mut choices = vec![(String::new(), w.t("choose"))];
    choices.extend(visitor.app.config.organization_types.iter().map(|kind| (kind.id.clone(), kind.name.clone())));
    let chosen = visitor.app.config.organization_type(sent.text("organization_type"));
    let needs = |what: Requirement| chosen.is_none_or(|kind| kind.requires(what));
    let optional = |field: Field, required: bool| if required { field } else { field.optional() };
    vec![
        field("organization_name", Kind::Text).autocomplete("organization"),
        field("organization_type", Kind::Select(choices)).hint(w.t("organization-type-hint")),
        optional(field("medicaid_id", Kind::Digits).hint(w.t("medicaid-id-hint")), needs(Requirement::MedicaidId)),
        optional(field("npi", Kind::Digits).hint(w.t("npi-hint")), needs(Requirement::Npi)),
        field("no_npi", Kind::Checkbox).hint(w.t("no-npi-hint")),
        optional(field("acts_for", Kind::Area).hint(w.t("acts-for-hint")), chosen.is_some_and(|kind| kind.requires(Requirement::ActsFor))),
    ]
}

/// `POST /profile`: submits an application, or changes what an approved person may change at once.
pub async fn update(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, form: Form) -> PageResult {
    still_acting(&signed_in, &form)?;
    let known = known(&app, &signed_in).await?;
    match signed_in.account.state {
        _ if known.applies(&signed_in) => submit(&app, &visitor, &signed_in, &known, &form).await,
        AccountState::Active => change_person(&app, &visitor, &signed_in, &known, &form).await,
        AccountState::Pending => Err(SubmitRefusal::TooManyDenials.into()),
        _ => Err(PageError::NotAllowed(Problem::new("error-account-suspended"))),
    }
}

async fn submit(app: &App, visitor: &Visitor, signed_in: &SignedIn, known: &Known, form: &Form) -> PageResult {
    let stated = match profile::parse(&app.config, form) {
        Ok(stated) => stated,
        Err(problems) => return Ok(page(visitor, signed_in, known, form, &problems)),
    };
    let (ctx, id) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id);
    let submitted = app.db.write(move |tx| registration::submit(tx, &ctx, id, &stated)).await?;
    // An invitation whose facts stand as they were approved leads straight in.
    Ok(see_other(if submitted.state == CaseState::Approved { "/" } else { "/status" }))
}

/// A form that was opened for another account than the one that acts now, after a switch in another window, changes nothing.
pub fn still_acting(signed_in: &SignedIn, form: &Form) -> Result<(), PageError> {
    match form.get("account") {
        Some(account) if account != signed_in.account.id.to_string() => Err(PageError::Conflict(Problem::new("error-switched"))),
        _ => Ok(()),
    }
}

/// Names and phone change at once, a new contact address when it is confirmed, and an approved fact when staff decide.
async fn change_person(app: &App, visitor: &Visitor, signed_in: &SignedIn, known: &Known, form: &Form) -> PageResult {
    let before = known.profile.as_ref().map(Profile::stated).unwrap_or_default();
    let stated = match if form.sent("organization_name").is_some() {
        profile::parse(&app.config, form)
    } else {
        profile::parse_person(form, &shown(known, signed_in))
    } {
        Ok(stated) => stated,
        Err(problems) => return Ok(page(visitor, signed_in, known, form, &problems)),
    };
    if before.contact_email != stated.contact_email {
        require_fresh(visitor, signed_in, "/profile")?;
    }
    let (ctx, account) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.clone());
    let changed = app.db.write(move |tx| {
        // What was approved stays in the profile until staff decide; the case keeps what is asked for.
        let person = Stated {
            first_name: stated.first_name.clone(),
            last_name: stated.last_name.clone(),
            contact_email: stated.contact_email.clone(),
            contact_phone: stated.contact_phone.clone(),
            ..before.clone()
        };
        if person != before {
            profile::change_person(tx, &ctx, &account, &before, &person).map_err(|refused| match refused {
                Refused::Refusal(wait) => Refused::Refusal(SubmitRefusal::TooSoon(wait)),
                Refused::Fault(fault) => Refused::Fault(fault),
            })?;
        }
        registration::request_change(tx, &ctx, account.id, &stated)
    });
    Ok(see_other(if changed.await?.is_some() { "/status" } else { "/profile" }))
}

impl From<SubmitRefusal> for PageError {
    fn from(refusal: SubmitRefusal) -> Self {
        match refusal {
            SubmitRefusal::NotPending => Self::Conflict(Problem::new("error-nothing-to-submit")),
            SubmitRefusal::TooManyDenials => Self::Conflict(Problem::new("error-too-many-denials")),
            SubmitRefusal::MovedOn => Self::Conflict(Problem::new("error-case-moved-on")),
            SubmitRefusal::TooSoon(wait) => Self::TooMany(wait),
        }
    }
}
