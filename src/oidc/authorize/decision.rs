//! What happens next: a pure function of the request and what is true now.

use super::request::{Prompt, Request};
use crate::account::GateClosed;
use crate::clock::Timestamp;
use crate::oidc::grant::Consent;

/// What the decision rests on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// When the request came first, before any page was shown for it.
    pub started_at: Timestamp,
    /// When whoever is signed in showed their factors.
    pub signed_in_at: Option<Timestamp>,
    /// Whether that is the person an `id_token_hint` names, if there is one.
    pub is_hinted: bool,
    /// Whether it is clear which of the person's accounts it is.
    pub is_chosen: bool,
    pub gate: Result<(), GateClosed>,
    pub consent: Option<Consent>,
    /// The level that was reached (`acr`).
    pub acr: &'static str,
    /// The highest one the person could reach.
    pub best_acr: &'static str,
}

impl Facts {
    pub fn nobody(started_at: Timestamp) -> Self {
        Self {
            started_at,
            signed_in_at: None,
            is_hinted: true,
            is_chosen: true,
            gate: Err(GateClosed::Pending),
            consent: None,
            acr: "",
            best_acr: "",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The Register page: whoever registers waits for staff first, so the request ends there.
    Register,
    SignIn,
    /// The person says which of their accounts it is.
    ChooseAccount,
    /// The account waits for staff: its status page, never the application.
    Wait,
    Consent,
    Issue,
    Refuse(&'static str, &'static str),
}

/// OpenID Connect Core §3.1.2.3 to §3.1.2.6, with the gate between authentication and consent.
pub fn decide(request: &Request, facts: &Facts, now: Timestamp) -> Decision {
    let silent = request.asks(Prompt::None);
    if request.asks(Prompt::Create) && facts.signed_in_at.is_none() {
        return Decision::Register;
    }
    if !facts.is_hinted && facts.signed_in_at.is_some_and(|at| at >= facts.started_at) {
        return Decision::Refuse("login_required", "somebody else than id_token_hint names has signed in");
    }
    if facts.signed_in_at.is_none_or(|at| must_sign_in(request, facts, at, now)) {
        return if silent { Decision::Refuse("login_required", "the person has to sign in") } else { Decision::SignIn };
    }
    if !facts.is_chosen {
        return if silent {
            Decision::Refuse("account_selection_required", "the person has to choose one of their accounts")
        } else {
            Decision::ChooseAccount
        };
    }
    if facts.gate.is_err() {
        return if silent { Decision::Refuse("interaction_required", "the account waits for a decision") } else { Decision::Wait };
    }
    if !reaches_essential_acr(request, facts) {
        // Factors shown before the request may have been fewer than the account has by now.
        let may_reach = !silent && facts.signed_in_at.is_some_and(|at| at < facts.started_at);
        return if may_reach {
            Decision::SignIn
        } else {
            Decision::Refuse("unmet_authentication_requirements", "the account does not reach the acr that is essential")
        };
    }
    if must_consent(request, facts) {
        return if silent { Decision::Refuse("consent_required", "the person has to consent") } else { Decision::Consent };
    }
    Decision::Issue
}

/// `prompt=login` wants factors shown after the request came; `max_age` wants them recent.
fn must_sign_in(request: &Request, facts: &Facts, signed_in_at: Timestamp, now: Timestamp) -> bool {
    let asked = request.asks(Prompt::Login);
    let shown_since = signed_in_at >= facts.started_at;
    let too_old = request.max_age.is_some_and(|seconds| now.since(signed_in_at).as_secs() > seconds || (seconds == 0 && !shown_since));
    !facts.is_hinted || ((asked || too_old || could_do_better(request, facts)) && !shown_since)
}

/// OpenID Connect Core §3.1.2.1: `acr_values` is a wish. It is met where the person can; where not, nothing fails.
fn could_do_better(request: &Request, facts: &Facts) -> bool {
    let reached = request.acr_values.iter().position(|wanted| wanted == facts.acr);
    let possible = request.acr_values.iter().position(|wanted| wanted == facts.best_acr);
    !request.asks(Prompt::None) && possible.is_some_and(|possible| reached.is_none_or(|reached| possible < reached))
}

/// OpenID Connect Core §5.5.1.1.
fn reaches_essential_acr(request: &Request, facts: &Facts) -> bool {
    request.claims.acr.is_empty() || request.claims.acr.iter().any(|wanted| wanted == facts.acr)
}

fn must_consent(request: &Request, facts: &Facts) -> bool {
    let asked = request.asks(Prompt::Consent);
    match &facts.consent {
        Some(consent) if asked => consent.granted_at < facts.started_at,
        Some(consent) => !request.client.metadata.skip_consent && !consent.scope.covers(&request.consent_scope()),
        None => asked || !request.client.metadata.skip_consent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::GrantId;
    use crate::oidc::authorize::response::Target;
    use crate::oidc::client::{Client, Metadata, ResponseMode, ResponseType};
    use crate::oidc::oauth::Scope;

    const START: Timestamp = Timestamp::from_seconds(1_000);

    fn request(prompts: &[Prompt], max_age: Option<u64>, skip_consent: bool) -> Request {
        Request {
            client: Client {
                id: "c".into(),
                metadata: Metadata { skip_consent, ..Metadata::default() },
                secret_hash: None,
                sealed_secret: None,
                registration_token_hash: None,
                standing_grant: GrantId::new(),
                created_at: START,
                updated_at: START,
            },
            target: Target { redirect_uri: "https://rp.example/cb".into(), mode: ResponseMode::Query, state: None },
            response_type: ResponseType::Code,
            claims: crate::oidc::claims_request::ClaimsRequest::default(),
            acr_values: Vec::new(),
            pushed: None,
            scope: Scope::stored("openid profile"),
            resources: Vec::new(),
            code_challenge: None,
            nonce: None,
            prompts: prompts.to_vec(),
            max_age,
            login_hint: None,
            facility_hint: None,
            id_token_hint: None,
        }
    }

    fn facts(signed_in: Option<i64>, gate: Result<(), GateClosed>, consent: Option<(&str, i64)>) -> Facts {
        Facts {
            started_at: START,
            signed_in_at: signed_in.map(Timestamp::from_seconds),
            is_hinted: true,
            is_chosen: true,
            gate,
            consent: consent.map(|(scope, at)| Consent {
                client_id: "c".into(),
                scope: Scope::stored(scope),
                granted_at: Timestamp::from_seconds(at),
            }),
            acr: "1",
            best_acr: "1",
        }
    }

    #[test]
    fn every_way_through() {
        use Decision::{Consent as Ask, Issue, SignIn, Wait};
        let all = Some(("openid profile email", 500));
        let refuse = |error| move |d: &Decision| matches!(d, Decision::Refuse(e, _) if *e == error);
        let now = Timestamp::from_seconds(1_000);
        let pending = Err(GateClosed::Pending);
        let decide = |prompts: &[Prompt], max_age, facts: &Facts| super::decide(&request(prompts, max_age, false), facts, now);

        assert_eq!(decide(&[], None, &facts(None, Ok(()), None)), SignIn);
        assert!(refuse("login_required")(&decide(&[Prompt::None], None, &facts(None, Ok(()), None))));
        assert_eq!(decide(&[], None, &facts(Some(900), pending, None)), Wait);
        assert!(refuse("interaction_required")(&decide(&[Prompt::None], None, &facts(Some(900), pending, all))));
        assert_eq!(decide(&[], None, &facts(Some(900), Ok(()), None)), Ask);
        assert!(refuse("consent_required")(&decide(&[Prompt::None], None, &facts(Some(900), Ok(()), None))));
        assert_eq!(decide(&[], None, &facts(Some(900), Ok(()), Some(("openid", 500)))), Ask);
        assert_eq!(decide(&[], None, &facts(Some(900), Ok(()), all)), Issue);
        assert_eq!(decide(&[Prompt::None], None, &facts(Some(900), Ok(()), all)), Issue);
        // prompt=login: only factors shown since count.
        assert_eq!(decide(&[Prompt::Login], None, &facts(Some(999), Ok(()), all)), SignIn);
        assert_eq!(decide(&[Prompt::Login], None, &facts(Some(1_000), Ok(()), all)), Issue);
        // Several accounts: the person says which, and a silent request cannot.
        let open = Facts { is_chosen: false, ..facts(Some(900), Ok(()), all) };
        assert_eq!(decide(&[], None, &open), Decision::ChooseAccount);
        assert!(refuse("account_selection_required")(&decide(&[Prompt::None], None, &open)));
        // prompt=consent: only consent given since counts.
        assert_eq!(decide(&[Prompt::Consent], None, &facts(Some(900), Ok(()), all)), Ask);
        assert_eq!(decide(&[Prompt::Consent], None, &facts(Some(900), Ok(()), Some(("openid profile", 1_000)))), Issue);
        // max_age
        assert_eq!(decide(&[], Some(100), &facts(Some(900), Ok(()), all)), Issue);
        assert_eq!(decide(&[], Some(99), &facts(Some(900), Ok(()), all)), SignIn);
        assert_eq!(decide(&[], Some(0), &facts(Some(999), Ok(()), all)), SignIn);
        assert_eq!(decide(&[], Some(0), &facts(Some(1_000), Ok(()), all)), Issue);
        assert!(refuse("login_required")(&decide(&[Prompt::None], Some(1), &facts(Some(900), Ok(()), all))));
        // an id_token_hint of somebody else
        let mut essential = request(&[], None, false);
        essential.claims.acr = vec!["2".into()];
        let refused = Decision::Refuse("unmet_authentication_requirements", "the account does not reach the acr that is essential");
        assert_eq!(super::decide(&essential, &facts(Some(900), Ok(()), all), START), Decision::SignIn, "it may be reached");
        assert_eq!(super::decide(&essential, &facts(Some(1_000), Ok(()), all), START), refused);
        assert_eq!(super::decide(&essential, &Facts { acr: "2", ..facts(Some(900), Ok(()), all) }, START), Decision::Issue);
        let other = Facts { is_hinted: false, ..facts(Some(900), Ok(()), all) };
        assert_eq!(decide(&[], None, &other), SignIn);
        assert!(refuse("login_required")(&decide(&[Prompt::None], None, &other)));
        let again = Facts { is_hinted: false, ..facts(Some(1_000), Ok(()), all) };
        assert!(refuse("login_required")(&decide(&[], None, &again)), "asked once, not for ever");
    }

    #[test]
    fn a_client_of_the_agency_may_skip_consent_unless_it_asks() {
        let now = START;
        let somebody = facts(Some(900), Ok(()), None);
        assert_eq!(decide(&request(&[], None, true), &somebody, now), Decision::Issue);
        assert_eq!(decide(&request(&[Prompt::Consent], None, true), &somebody, now), Decision::Consent);
    }
}
