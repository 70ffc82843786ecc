## The frame of every page, errors, and small words.
title-error = Error:
skip-to-content = Skip to content
nav-account = Your account
nav-tabs = Sign in or register
nav-pages = Pages
nav-home = Home
nav-profile = Profile
nav-security = Security
nav-sign-out = Sign out
nav-queue = Queue
nav-accounts = Accounts
nav-mail = Mail
signed-in-as = Signed in as { $name }
tab-sign-in = Sign in
tab-register = Register
tab-redeem = Redeem invitation
footer-help = Questions about the portal? Write to { $address }.
optional = optional
choose = Choose…
summary-title = Please correct the following
to-the-start = Go to the start page
to-sign-in = Go to sign in
previous-page = Previous page
next-page = Next page
error-code = Error code:
error-request = Tell us this number when you ask for help:
moment = { $month } { $day }, { $year }, { $hour12 }:{ $minute } { $half } { $zone }
time-am = AM
time-pm = PM
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec
form-post-title = Continue
length-minutes = { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
}
length-hours = { $hours ->
    [one] 1 hour
   *[other] { $hours } hours
}
length-days = { $days ->
    [one] 1 day
   *[other] { $days } days
}

error-unavailable-title = Back in a moment
error-unavailable = The service cannot reach its database right now. Nothing was changed. Please try again in a few seconds.
error-fault-title = Something went wrong
error-fault = This is our fault, not yours. Nothing was changed. Please try again in a few minutes.
error-not-found-title = Page not found
error-not-found = There is no page at this address. Check the address, or go to the start page.
error-not-allowed-title = You may not do this
error-bad-request-title = We could not read this request
error-foreign-form-title = Please send the form again
error-foreign-form = This form did not come from a page you opened here, or your browser lost its cookie. Nothing was changed. Go back, reload the page, and send it again.
error-too-many-title = Too many tries
error-too-many = { $seconds ->
    [one] Please wait 1 second, then try again. Nothing was changed.
   *[other] Please wait { $seconds } seconds, then try again. Nothing was changed.
}
error-busy-title = Many people are signing in
error-busy = Please try again in a few seconds. Nothing was changed.
error-conflict-title = This was not done
error-oauth-title = The application's request cannot be answered
error-oauth = The application that sent you here made a request that we cannot answer. Go back to the application and try again, or tell its operator the error below.
error-form-encoding = A field holds characters that cannot be read. Nothing was changed. Please type it again.
error-form-too-long = The form is too long. Nothing was changed. Please shorten it.
error-form-repeated = The field { $value } was sent twice. Nothing was changed.
error-form-type = The form was sent in a format that is not accepted. Nothing was changed.
error-staff-only = This page is for staff who signed in with their authenticator app.
error-reviewer-only = Only a reviewer or an administrator may do this.
error-administrators-only = Only an administrator may do this.
error-administrator-only = Only an administrator may do this to a staff account.
error-staff-need-two-factors = Staff need an authenticator app. An administrator can reset it with the command “staff reset”.
error-account-suspended = Your account is suspended. Please write to the help address below.
error-interaction-over = This sign-in was finished before, or it is more than an hour old. Go back to the application and start again.
error-address-confirmed = Your email address is confirmed already. To change it, use the Security page.
error-address-not-confirmed = Please confirm your present email address first.
error-nothing-to-submit = There is nothing to submit for this account.
error-too-many-denials = This account was denied three times. Please write to the help address below.
error-case-moved-on = Your request was changed in another window. Nothing was changed here. Open your status page to see where it stands.
error-nothing-to-withdraw = There is no open request to withdraw.
error-decision = Choose to approve, return or deny. Nothing was changed.
error-decision-version = The form does not say which version of the case it decides. Reload the case and decide again.
error-own-case = Nobody decides a case of their own.
error-already-decided = Another reviewer was first: { $value } Nothing was changed by you.
error-case-changed = The applicant changed the case after you opened it. Nothing was changed. Reload the case to see the new version.
error-case-held = { $value } holds this case now. Nothing was changed.
error-not-in-review = The case is not in review. Its state: { $value }
error-not-approved = The case is not approved, or its account is not active. Nothing was changed.
error-claim = Another reviewer holds this case, or it is no longer in review.
error-not-active = The account is not active. Nothing was changed.
error-not-suspended = The account is not suspended. Nothing was changed.
error-own-account = Nobody suspends their own account.
error-last-administrator = This is the last active administrator. Create another one first.
error-case-open = The approval of this account was rescinded. Decide its case instead.
error-letter-not-dead = This letter cannot be sent again: it is not dead, or its code is erased. Ask the person to request a new one.

dead-link-title = This link no longer works

## Problems of fields.
problem-missing = This is required.
problem-choose = Choose one from the list.
problem-too-long = { $value ->
   *[other] Use at most { $value } characters.
}
problem-control-characters = Remove line breaks and invisible characters.
problem-email = Enter an email address like name@example.com.
problem-email-same = This is your address already.
problem-phone = Enter a US phone number with area code, like 217-555-0100.
problem-username-email = A username must not look like an email address. Leave out the @.
problem-username-length = Use 3 to 64 characters.
problem-username-characters = Use letters, digits, dots, hyphens and underscores, and start with a letter or digit.
problem-username-taken = This username is taken. Free ones are, for example: { $value }
problem-password-short = { $value ->
   *[other] Use at least { $value } characters. A few words that do not belong together are easy to remember.
}
problem-password-common = This password is easy to guess. Avoid your username, the portal's name, repeated characters and common words; a few unrelated words are best.
problem-confirm-password = The two passwords differ. Type the same password twice.
problem-sign-in = The username or the password is wrong.
problem-second-factor-late = That took longer than five minutes. Please sign in again.
problem-otp = This code is wrong, or was used before. Wait for the next one and type all six digits.
problem-npi-length = An NPI has 10 digits.
problem-npi-first-digit = An NPI starts with 1 or 2.
problem-npi-check-digit = This is not a valid NPI: its last digit does not fit the others. Check for a typing mistake.
problem-npi-required = This organization type needs an NPI.
problem-npi-and-none = Enter an NPI or say that you have none, not both.
problem-npi-or-none = Enter your NPI, or say below that you have none.
problem-medicaid-id = Enter digits only, up to 20, with leading zeros.
problem-invitation-unknown = We do not know this invitation code. Check that you copied all of it, or ask the person who invited you for a new one.
problem-code-wrong = { $value ->
    [0] This code is wrong. Use the link in our letter instead.
    [one] This code is wrong. You have 1 more try.
   *[other] This code is wrong. You have { $value } more tries.
}
problem-code-over = Too many wrong codes. Please use the link in our letter instead.
problem-reason-missing = Give a reason. The applicant will read it.
problem-return-empty = Give a reason, or a remark for at least one field.
problem-date = Enter a date like 2026-12-31.
problem-valid-to-before = The last day must not lie before the first.
