//! Sample people, made through the same operations as everybody else's accounts.

use std::time::Duration;

use crate::account::{self, Role};
use crate::app::App;
use crate::approval;
use crate::authentication::{self, Factors, Password, Proven, Reviewer, Staff};
use crate::config::MasterKey;
use crate::context::{Actor, Context};
use crate::db::{Fault, Tx};
use crate::demo::start::Places;
use crate::facility::Approval;
use crate::keyring::Purpose;
use crate::lifecycle;
use crate::oidc::client;
use crate::outbox;
use crate::profile::Stated;
use crate::registration::{self, NewRegistration};
use crate::secret::{Hash, base64url, mac};
use crate::values::{EmailAddress, Username};

pub const PASSWORD: &str = "a calm lake in november";
pub const REVIEWER: &str = "rosa.reviewer";

/// What a sample person is there for.
pub struct Person {
    pub username: &'static str,
    pub about: &'static str,
    kind: Kind,
}

enum Kind {
    Staff(Role),
    /// First and last name, organization, its type, Medicaid ID, NPI, and where the case stands.
    Provider([&'static str; 6], Stands),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Active,
    InReview,
    Returned,
    Suspended,
}

pub const PEOPLE: &[Person] = &[
    Person { username: REVIEWER, about: "reviewer: decides cases", kind: Kind::Staff(Role::Reviewer) },
    Person { username: "adam.admin", about: "administrator", kind: Kind::Staff(Role::Administrator) },
    Person { username: "audrey.auditor", about: "auditor: may look", kind: Kind::Staff(Role::Auditor) },
    Person {
        username: "lakeside",
        about: "active, acts for Lakeside Nursing Center",
        kind: Kind::Provider(["Maria", "O'Neill", "Lakeside Nursing Center", "facility", "070000001001", "2000000002"], Stands::Active),
    },
    Person {
        username: "prairie.billing",
        about: "active, a billing agent with a second username",
        kind: Kind::Provider(["Tomás", "Garza", "Prairie Billing Services", "billing_agent", "", ""], Stands::Active),
    },
    Person {
        username: "dr.nguyen",
        about: "in review: can sign in here, and nowhere else",
        kind: Kind::Provider(["Linh", "Nguyen", "Nguyen Family Practice", "provider", "036000123", "2000000010"], Stands::InReview),
    },
    Person {
        username: "sunrise.van",
        about: "returned for correction",
        kind: Kind::Provider(["Ada", "Brown", "Sunrise Van Service", "atypical_provider", "07000009", ""], Stands::Returned),
    },
    Person {
        username: "old.mill",
        about: "suspended",
        kind: Kind::Provider(["Joe", "Miller", "Old Mill Clinic", "provider", "036000777", "2000000028"], Stands::Suspended),
    },
];

/// The secrets of the two sample applications.
pub struct Secrets {
    pub complaints: String,
    pub tickets: String,
}

/// People and applications are there; those of an earlier start are kept.
pub async fn settle(app: &App, places: &Places) -> Result<Secrets, Fault> {
    let secrets =
        Secrets { complaints: secret_of(&app.config.master_key, "complaints"), tickets: secret_of(&app.config.master_key, "tickets") };
    register_applications(app, places, &secrets).await?;
    for person in PEOPLE {
        let key = Username::fold(person.username);
        let known = app.db.read(move |tx| account::find_by_key(tx, &key)).await?;
        if known.is_none() {
            make(app, person).await?;
        }
    }
    Ok(secrets)
}

/// The same at every start, and different on every machine.
fn secret_of(master: &MasterKey, name: &str) -> String {
    base64url(&mac(master.bytes(), &[b"demo client", name.as_bytes()]))
}

async fn register_applications(app: &App, places: &Places, secrets: &Secrets) -> Result<(), Fault> {
    let complaints = serde_json::json!({
        "client_id": "mco-complaints",
        "client_secret": secrets.complaints,
        "client_name": "MCO Complaints",
        "initiate_login_uri": format!("{}/login", places.complaints),
        "redirect_uris": [format!("{}/callback", places.complaints)],
        "post_logout_redirect_uris": [format!("{}/", places.complaints)],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile email phone facility roles offline_access",
        "resources": [places.tickets],
        "id_token_signed_response_alg": "ES256",
    });
    let tickets = serde_json::json!({
        "client_id": "ticket-service",
        "client_secret": secrets.tickets,
        "client_name": "Ticket service",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "scope": "profile facility",
        "allow_introspection": [places.tickets],
    });
    for document in [complaints, tickets] {
        let (ctx, text) = (app.context(Actor::Operator, crate::context::RequestId::of_work("demo")), document.to_string());
        match client::register(app, &ctx, &text).await {
            Ok(_) | Err(crate::db::Refused::Refusal(client::CreateRefusal::Exists(_))) => {}
            Err(crate::db::Refused::Refusal(refusal)) => return Err(Fault::broken(refusal.to_string())),
            Err(crate::db::Refused::Fault(fault)) => return Err(fault),
        }
    }
    Ok(())
}

/// The sample password as an account keeps it.
pub(super) async fn stored_password(app: &App) -> Result<String, Fault> {
    let password = Password::choose(PASSWORD, &[]).map_err(|problem| Fault::broken(problem.key))?;
    let stored = app.hasher.hash(password.as_typed(), &app.keyring.key(Purpose::Pepper), app.random.bytes::<16>()).await;
    stored.map_err(|_| Fault::broken("the hasher is busy"))
}

async fn make(app: &App, person: &'static Person) -> Result<(), Fault> {
    let stored = stored_password(app).await?;
    let ctx = app.context(Actor::Operator, crate::context::RequestId::of_work("demo"));
    app.db
        .write(move |tx| match &person.kind {
            Kind::Staff(role) => make_staff(tx, &ctx, person.username, *role, &stored),
            Kind::Provider(facts, stands) => make_provider(tx, &ctx, person.username, facts, *stands, &stored),
        })
        .await
}

pub(super) fn refused<R: std::fmt::Debug>(refused: crate::db::Refused<R>) -> Fault {
    match refused {
        crate::db::Refused::Refusal(refusal) => Fault::broken(format!("the demo: {refusal:?}")),
        crate::db::Refused::Fault(fault) => fault,
    }
}

pub(super) fn parse<T>(value: Result<T, crate::values::Problem>) -> Result<T, Fault> {
    value.map_err(|problem| Fault::broken(format!("the demo: {}", problem.key)))
}

/// Enrolled five minutes ago, so that the code on the mailbox page is still unused.
fn make_staff(tx: &mut Tx, ctx: &Context, username: &str, role: Role, stored: &str) -> Result<(), Fault> {
    let ctx = &Context { now: ctx.now - Duration::from_secs(300), ..ctx.clone() };
    let name = parse(Username::parse(username))?;
    let email = parse(EmailAddress::parse(&format!("{username}@agency.example")))?;
    let enrolment = authentication::invite_staff(tx, ctx, &name, &email, role).map_err(refused)?;
    let account = account::find(tx, enrolment.account)?.ok_or_else(|| Fault::broken("the demo: no account"))?;
    let code = enrolment.path.rsplit('=').next().unwrap_or("");
    let otp = authentication::waiting_code(tx, &ctx.keyring, account.person_id, ctx.now)?;
    authentication::enrol(tx, ctx, code, stored, &otp).map_err(refused).map(|_| ())
}

fn make_provider(tx: &mut Tx, ctx: &Context, username: &str, facts: &[&str; 6], stands: Stands, stored: &str) -> Result<(), Fault> {
    let [first, last, organization, kind, medicaid_id, npi] = facts.map(str::to_owned);
    let email = format!("{username}@provider.example");
    let new = NewRegistration {
        email: parse(EmailAddress::parse(&email))?,
        username: parse(Username::parse(username))?,
        stored_password: stored.to_owned(),
        language: "en".into(),
    };
    let id = registration::register(tx, ctx, &new).map_err(refused)?.account;
    let own = ctx.by(Actor::Account(id));
    let link =
        outbox::of_account(tx, id, 1)?.into_iter().next().and_then(|letter| letter.secrets(&ctx.keyring)).map(|secrets| secrets.link);
    let code = link.as_deref().and_then(|link| link.rsplit('=').next()).unwrap_or("").to_owned();
    registration::confirm(tx, &own, id, &code).map_err(refused)?;
    let stated = Stated {
        first_name: first,
        last_name: last,
        contact_email: email,
        contact_phone: "217-555-0100".into(),
        organization_name: organization,
        organization_type: kind.clone(),
        medicaid_id,
        no_npi: kind == "atypical_provider",
        npi,
        acts_for: if kind == "billing_agent" { "Lakeside Nursing Center\nNguyen Family Practice".into() } else { String::new() },
    };
    let case = registration::submit(tx, &own, id, &stated).map_err(refused)?.case;
    if stands == Stands::InReview {
        return Ok(());
    }
    let reviewer = reviewer(tx, ctx)?;
    if stands == Stands::Returned {
        let remark = ("medicaid_id".to_owned(), "This has 8 digits. A leading zero may be missing.".to_owned());
        return approval::give_back(tx, ctx, &reviewer, case, 1, None, &[remark]).map_err(refused);
    }
    let facility_type = ctx.config.organization_type(&kind).map(|kind| kind.facility_type.clone()).unwrap_or_default();
    let approval = Approval {
        name: stated.organization_name.clone(),
        facility_type,
        organization_type: kind,
        medicaid_id: Some(stated.medicaid_id.clone()).filter(|id| !id.is_empty()),
        npi: Some(stated.npi.clone()).filter(|npi| !npi.is_empty()),
        valid_from: ctx.now,
        valid_until: None,
    };
    approval::approve(tx, ctx, &reviewer, case, 1, approval).map_err(refused)?;
    if stands == Stands::Suspended {
        lifecycle::suspend(tx, ctx, &reviewer, id, "The clinic told us that Mr. Miller left.").map_err(refused)?;
    }
    Ok(())
}

/// The sample reviewer, signed in for as long as this takes: power has no other source here either.
pub(super) fn reviewer(tx: &mut Tx, ctx: &Context) -> Result<Reviewer, Fault> {
    let missing = || Fault::broken("the demo: the reviewer is not there");
    let account = account::find_by_key(tx, REVIEWER)?.ok_or_else(missing)?;
    let session =
        authentication::sign_in(tx, ctx, None, "gatehouse demo", Proven::by(&account), Factors::PasswordAndCode)?.ok_or_else(missing)?;
    let hash = Hash::of(session.secret.reveal().as_bytes());
    let (signed_in, _) = authentication::by_secret(tx, &hash, ctx.now)?.ok_or_else(missing)?;
    authentication::end_session(tx, ctx, signed_in.session.id)?;
    Staff::of(&signed_in).and_then(Staff::reviewer).ok_or_else(missing)
}
