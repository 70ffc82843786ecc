//! People, and the ways through the pages they take.

use std::time::Duration;

use gatehouse::account::Role;
use gatehouse::authentication;
use gatehouse::values::{EmailAddress, Username};
use totp_rs::{Builder, Secret};

use super::{Browser, Page, TestApp};

pub const PASSWORD: &str = "seven quiet rivers in march";

/// A valid NPI with this ending: 2000 + five digits + check digit.
pub fn npi(number: u32) -> String {
    let body = format!("2{number:08}");
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum::<u32>()
        + 24;
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// What a profile form is filled with.
pub fn profile(organization: &str, number: u32) -> Vec<(&'static str, String)> {
    vec![
        ("first_name", "Ada".into()),
        ("last_name", "O'Hara".into()),
        ("contact_phone", "217-555-0142".into()),
        ("organization_name", organization.into()),
        ("organization_type", "provider".into()),
        ("medicaid_id", format!("0700000{number:05}")),
        ("npi", npi(number)),
    ]
}

pub fn filled<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// A staff member with a browser that is signed in with two factors.
pub struct StaffMember {
    pub username: String,
    pub browser: Browser,
    secret: String,
}

impl TestApp {
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// Registers `name`; the browser that did is signed in and sees Profile.
    pub async fn register(&self, name: &str) -> (Browser, Page) {
        let browser = self.browser();
        let page = browser.get("/register").await;
        let email = format!("{name}@provider.example");
        let fields = [("email", email.as_str()), ("username", name), ("password", PASSWORD), ("confirm_password", PASSWORD)];
        let page = browser.submit(&page, &fields).await;
        assert_eq!(page.title(), "Complete your registration", "{}", page.text());
        (browser, page)
    }

    /// Registers, states a profile, and confirms the address: the case is in review.
    pub async fn apply(&self, name: &str, number: u32) -> Browser {
        let (browser, page) = self.register(name).await;
        let page = browser.submit(&page, &filled(&profile(&format!("{name} clinic"), number))).await;
        assert_eq!(page.title(), "Your registration", "{}", page.text());
        self.confirm(&browser, name).await;
        browser
    }

    pub async fn confirm(&self, browser: &Browser, name: &str) -> Page {
        let letter = self.letter_to(&format!("{name}@provider.example"), "Confirm your email").await;
        let page = browser.get(&letter.link()).await;
        browser.submit(&page, &[]).await
    }

    /// The case page's path of `name`'s case: the one in review, else another.
    pub async fn case_path(&self, reviewer: &StaffMember, name: &str) -> String {
        let mut queue = reviewer.browser.get(&format!("/staff/queue?q={name}")).await;
        if queue.says("No cases") {
            queue = reviewer.browser.get(&format!("/staff/queue?state=all&q={name}")).await;
        }
        queue.link(&format!("{name} clinic"))
    }

    /// Applies and is approved: an active account.
    pub async fn active(&self, reviewer: &StaffMember, name: &str, number: u32) -> Browser {
        let browser = self.apply(name, number).await;
        let path = self.case_path(reviewer, name).await;
        let page = reviewer.browser.get(&path).await;
        let page = reviewer.browser.submit(&page, &[]).await;
        assert!(page.says("Approved by"), "{}", page.text());
        browser
    }

    /// Creates and enrols a staff member as they would do it themselves.
    pub async fn staff(&self, name: &str, role: Role) -> StaffMember {
        let path = self.staff_link(name, role).await;
        let browser = self.browser();
        let page = browser.get(&path).await;
        let secret = secret_on(&page);
        let code = self.code_of(&secret);
        let page = browser.submit(&page, &[("password", PASSWORD), ("confirm_password", PASSWORD), ("otp", &code)]).await;
        assert_eq!(page.title(), "Queue", "{}", page.text());
        StaffMember { username: name.to_owned(), browser, secret }
    }

    /// What `gatehouse staff create` prints.
    pub async fn staff_link(&self, name: &str, role: Role) -> String {
        let (ctx, username) = (self.ctx(), Username::parse(name).unwrap());
        let email = EmailAddress::parse(&format!("{name}@agency.example")).unwrap();
        let made = self.app.db.write(move |tx| authentication::invite_staff(tx, &ctx, &username, &email, role)).await;
        made.unwrap_or_else(|e| panic!("{e:?}")).path
    }

    pub async fn reviewer(&self) -> StaffMember {
        self.staff("rosa", Role::Reviewer).await
    }

    pub async fn administrator(&self) -> StaffMember {
        self.staff("adam", Role::Administrator).await
    }

    /// Signs in with name and password; the page that follows.
    pub async fn sign_in(&self, browser: &Browser, name: &str, password: &str) -> Page {
        let page = browser.get("/sign-in").await;
        browser.submit(&page, &[("username", name), ("password", password)]).await
    }

    /// The code an authenticator with this secret shows now.
    pub fn code_of(&self, secret: &str) -> String {
        use gatehouse::clock::Clock;
        code_at(secret, u64::try_from(self.clock.now().seconds()).unwrap())
    }
}

impl StaffMember {
    pub fn code(&self, app: &TestApp) -> String {
        app.code_of(&self.secret)
    }

    /// Signs in anew, in a browser of its own, with the next code.
    pub async fn sign_in_again(&self, app: &TestApp) -> Browser {
        app.advance(Duration::from_secs(30));
        let browser = app.browser();
        let page = app.sign_in(&browser, &self.username, PASSWORD).await;
        let page = browser.submit(&page, &[("otp", &self.code(app))]).await;
        assert_eq!(page.title(), "Queue", "{}", page.text());
        browser
    }
}

/// The code an authenticator with this secret shows at `seconds` since 1970.
pub fn code_at(secret: &str, seconds: u64) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).with_account_name("t").build().unwrap();
    totp.generate(seconds).to_string()
}

/// The secret an enrolment page shows beside its picture.
pub fn secret_on(page: &Page) -> String {
    let link = page.link("Open in an authenticator app");
    assert!(link.starts_with("otpauth://totp/"), "{link}");
    link.split("secret=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

/// How sessions end.
impl TestApp {
    pub async fn sign_out(&self, browser: &Browser) {
        let page = browser.get("/sign-out").await;
        browser.submit(&page, &[]).await;
    }

    /// Every session of whoever is signed in, but for this one.
    pub async fn sign_out_everywhere_else(&self, browser: &Browser) {
        let page = browser.get("/security").await;
        let done = browser.submit_form(&page.form_to("/security/sign-out-everywhere"), &[]).await;
        assert_eq!(done.status, 200, "{}", done.text());
    }

    pub async fn suspend(&self, reviewer: &StaffMember, name: &str) {
        let accounts = reviewer.browser.get(&format!("/staff/accounts?q={name}")).await;
        let account = reviewer.browser.get(&accounts.link(name)).await;
        let done = reviewer.browser.submit(&account, &[("reason", "Left the clinic.")]).await;
        assert!(done.says("Suspended"), "{}", done.text());
    }
}
