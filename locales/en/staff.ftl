## The console.
queue-title = Queue
queue-search = Search name, reference, ID or username
queue-state = State
queue-mine = Only those I hold
queue-show = Show
queue-total = { $cases ->
    [0] No cases
    [one] 1 case
   *[other] { $cases } cases
}
queue-total-many = { $cases } cases or more
queue-empty = Nothing here. Well done.
queue-held = Held
queue-overdue = { $time } overdue
queue-due-in = { $time } left
queue-dead-letters = { $letters ->
    [one] 1 letter could not be delivered.
   *[other] { $letters } letters could not be delivered.
}
column-organization = Organization
column-reference = Reference
column-applicant = Applicant
column-state = State
column-age = Waiting
column-due = Clock
column-facility = Facility
column-letter = Letter
column-recipient = To
column-written = Written
column-answer = The server's answer

case-account = Account
case-stated = What is stated
case-checks = What we checked
case-decide = Decide
case-claim-title = Hold this case
case-claim-text = For 15 minutes nobody else can decide a case you hold. A decision needs no hold.
case-claim = Hold
case-release = Let go
case-held = { $username } holds this case now.
case-decided = { $what } by { $who }, { $when }.
case-due = { $time } left, until { $moment }
case-letters = The letter that will go out
case-history = History
case-rescind = Rescind the approval
rescind-hint = The case goes back to review and the account is suspended at once. The reason is sent to the applicant.
letter-to = To { $address }
letter-placeholder = (your reason)
fact-name = Name
fact-account-email = Account email
fact-no-npi = None (atypical provider)
fact-version = Version
fact-role = Role
fact-created = Created
fact-sessions = Open sessions
field-facility-name = Facility name
field-facility-type = Facility type
field-valid-from = Valid from
field-valid-to = Valid through
field-reason = Reason
valid-to-hint = The last day, included. Leave it empty for no end.
reason-hint = For a return or a denial; the applicant reads it.
remark-about = Remark about “{ $field }”
remarks-title = Remarks about single fields, for a return
decide-approve = Approve
decide-return = Return for correction
decide-deny = Deny
light-green = Good
light-amber = Look
light-red = Warning
check-medicaid-id = Medicaid ID
check-npi = NPI
check-facility = Facility
check-duplicates = Other cases
check-mailbox = Mailbox
finding-format-good = has a usual length
finding-medicaid-length = does not have 9 or 12 digits
finding-npi-good = check digit is right
finding-npi-missing = not stated
finding-no-npi = stated as an atypical provider without one
finding-facility-new = neither its Medicaid ID nor its NPI is known
finding-facility-joins = its Medicaid ID is that of { $value }; approving joins that facility
finding-facility-same-npi = its NPI is also that of { $value }
finding-no-duplicates = none with the same identifiers
finding-duplicates = { $value ->
    [one] 1 with the same identifiers
   *[other] { $value } with the same identifiers
}
finding-denied-before = { $value ->
    [one] 1 with the same identifiers, and it was denied
   *[other] { $value } with the same identifiers, some of them denied
}
finding-mailbox-good = confirmed, used by this account alone
finding-contact-differs = the contact email differs from the confirmed one
finding-free-mail = a free mailbox ({ $value })
finding-mailbox-shared = { $value ->
    [one] also used by 1 other account
   *[other] also used by { $value } other accounts
}

accounts-title = Accounts
accounts-search = Search username, email, facility, Medicaid ID or NPI
accounts-empty = No account matches.
accounts-more = There are more than these. Add a word, or the Medicaid ID.
account-letters = Letters
account-pending = Pending
account-active = Active
account-suspended = Suspended
account-closed = Closed
role-provider = Provider
role-billing-agent = Billing agent
role-reviewer = Reviewer
role-administrator = Administrator
role-auditor = Auditor
suspend-button = Suspend this account
suspend-hint = The account loses access everywhere at once. The reason is sent to its holder.
reactivate-button = Reactivate this account
close-button = Close this account for good
close-hint = A closed account never opens again, and its username is never given to anybody else.
problem-close-confirm = Tick the box to close the account for good.
field-for-good = Yes, for good
error-administrator-closes = Only an administrator closes an account.
fact-legal-hold = Legal hold
legal-hold-since = Since { $time }
fact-erased = What it told of its holder was erased

mail-title = Mail
mail-summary = { $waiting } waiting, { $dead } dead.
mail-all = Show all
mail-only-dead = Show only dead letters
mail-accepted = Accepted { $time }
mail-dead = Dead
mail-waiting = Waiting
mail-retry = Try again
mail-empty = No letters.

trail-line = { $who }: { $what }
actor-visitor = Somebody
actor-account = The applicant
actor-staff = Staff
actor-client = An application
actor-operator = The operator
actor-system = The service
event-account-registered = registered
event-account-created = created the account
event-account-imported = moved the account in
event-account-activated = activated the account
event-account-suspended = suspended the account
event-account-reactivated = reactivated the account
event-account-closed = closed the account
event-records-exported = exported what is kept of the person
event-records-held = placed a legal hold
event-records-released = lifted the legal hold
event-records-erased = erased what the account told of its holder
event-account-pending = set the account back to pending
event-address-confirmed = confirmed the email address
event-address-confirmation-failed = typed a wrong confirmation code
event-address-confirmation-sent = had a confirmation letter sent
event-address-changed = changed the email address
event-profile-changed = changed the profile
event-case-opened = opened the case
event-case-submitted = submitted the case
event-case-entered-review = confirmed the address, and the case entered review
event-case-corrected = corrected the case
event-case-claimed = took hold of the case
event-case-released = let the case go
event-case-approved = approved the case
event-case-returned = returned the case
event-case-denied = denied the case
event-case-rescinded = rescinded the approval
event-case-withdrawn = withdrew the case
event-case-expired = let the case expire
event-facility-approved = approved the facility
event-session-signed-in = signed in
event-session-sign-in-failed = failed to sign in
event-session-second-factor-failed = gave a wrong code
event-session-signed-out = signed out
event-session-ended = ended sessions
event-password-changed = changed the password
event-password-reset-requested = asked to reset the password
event-password-reset = reset the password
event-authenticator-added = turned on an authenticator app
event-authenticator-removed = turned off the authenticator app
event-staff-enrolment-offered = offered a staff enrolment
event-staff-enrolled = enrolled
event-consent-granted = allowed an application
event-consent-withdrawn = withdrew an application's access
event-grant-issued = entered an application
event-case-accepted = accepted what was approved
event-case-reminded = reminded the applicant
event-case-overdue = let the clock run out
event-facility-ending-found = found that the facility ended
event-facility-ended = ended the facility
event-facility-ending-dismissed = kept the facility
event-directory-imported = imported the directory
event-request-opened = opened the request
event-request-submitted = submitted the request
event-request-corrected = sent corrected rows
event-request-withdrawn = withdrew the request
event-request-expired = let rows expire
event-request-reminded = reminded the requester
event-request-overdue = let the clock run out
event-row-approved = approved a row
event-row-returned = returned a row
event-row-denied = denied a row
event-invitation-created = sent an invitation
event-invitation-redeemed = redeemed an invitation
event-accounts-linked = linked accounts
event-accounts-unlinked = unlinked an account
event-session-switched = switched to this account
event-usernames-sent = asked for usernames
