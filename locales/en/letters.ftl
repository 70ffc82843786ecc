## Letters. A blank line begins a new paragraph. No password, code or provider identifier belongs in the text.
letter-code = Or type this code where our page asks for it:
letter-test-subject = A letter from { $portal }
letter-test-body = This letter was sent to see whether letters arrive. It did.
letter-test-action = The portal
letter-closing = If you did not expect this letter, you may ignore it, or write to { $help }.
    { $agency } · { $portal }

notice-name-logout = Sign-out notice to an application
letter-name-confirm-address = Confirm address
letter-name-confirm-further-account = Confirm address (further account)
letter-name-confirm-new-address = Confirm new address
letter-name-request-received = Request received
letter-name-returned = Returned
letter-name-approved = Approved
letter-name-denied = Denied
letter-name-withdrawn = Withdrawn
letter-name-rescinded = Approval rescinded
letter-name-password-reset = Password reset
letter-name-password-changed = Password changed
letter-name-second-factor-changed = Second factor changed
letter-name-email-changed = Email changed
letter-name-contact-changed = Contact email changed
letter-name-account-suspended = Account suspended
letter-name-account-reactivated = Account reactivated
letter-name-account-closed = Account closed

letter-confirm-address-subject = Confirm your email address for the { $portal }
letter-confirm-address-body = Greetings from { $agency }.
    {""}
    Somebody registered the username { $username } with this email address. If that was you, please confirm the address within 24 hours. Staff can review your registration only then.
letter-confirm-address-action = Confirm this address

letter-confirm-further-account-subject = Confirm your email address for the { $portal }
letter-confirm-further-account-body = Greetings from { $agency }.
    {""}
    Somebody registered a further username, { $username }, with this email address. You have one account or more with us already; you can sign in to those as before.
    {""}
    If you want this further account, please confirm the address within 24 hours. If not, you need not do anything: it goes away by itself.
letter-confirm-further-account-action = Confirm this address

letter-confirm-new-address-subject = Confirm your new email address for the { $portal }
letter-confirm-new-address-body = Greetings from { $agency }.
    {""}
    This address was entered for the account { $username }. It counts once you confirm it, within 24 hours.
letter-confirm-new-address-action = Confirm this address

letter-request-received-subject = We received your registration request ({ $reference })
letter-request-received-body = Greetings from { $agency }.
    {""}
    Your registration request { $reference } is with our staff. We will decide by { $due }, and write to you then. Please check your spam folder too.
    {""}
    You do not have access to the applications of the portal until then. You can see where your request stands, correct it, or withdraw it at any time.
letter-request-received-action = See where my request stands

letter-returned-subject = Action needed: please correct your registration request ({ $reference })
letter-returned-body = Greetings from { $agency }.
    {""}
    Our staff looked at your registration request { $reference } and need the following from you:
    {""}
    { $remarks }
    {""}
    Sign in, correct your profile, and press Update. Your place in the queue is kept.
letter-returned-action = Correct my request

letter-approved-subject = You can now sign in to the { $portal }
letter-approved-body = Greetings from { $agency }.
    {""}
    Your registration { $reference } has been approved. You can now enter tickets.
    {""}
    1. Follow the link below and sign in with your username { $username } and the password you chose.
    2. Open MCO Complaints from the home page.
    3. Check that the page shows your facility, then enter your ticket.
letter-approved-action = Sign in to the portal

letter-denied-subject = Your registration request was not approved ({ $reference })
letter-denied-body = Greetings from { $agency }.
    {""}
    Our staff did not approve your registration request { $reference }. Their reason:
    {""}
    { $reason }
    {""}
    You can sign in to see the decision and what you can do now. If you think it is wrong, write to { $help } and name the reference.
letter-denied-action = See the decision

letter-withdrawn-subject = Your registration request is withdrawn ({ $reference })
letter-withdrawn-body = Greetings from { $agency }.
    {""}
    Your registration request { $reference } was withdrawn, and its account is closed. You can register again at any time.
letter-withdrawn-action = Register

letter-rescinded-subject = Your access to the { $portal } is on hold
letter-rescinded-body = Greetings from { $agency }.
    {""}
    The approval of your account { $username } was rescinded, and its registration is being reviewed again. You cannot enter the applications until it is decided. The reason:
    {""}
    { $reason }
letter-rescinded-action = Sign in to the portal

letter-password-reset-subject = Reset your password for the { $portal }
letter-password-reset-body = Greetings from { $agency }.
    {""}
    Somebody asked to reset the password of the account { $username }. The link below works once, within one hour. If you did not ask for it, you need not do anything.
letter-password-reset-action = Choose a new password

letter-password-changed-subject = Your password was changed
letter-password-changed-body = Greetings from { $agency }.
    {""}
    The password of your account { $username } was changed, and its other sessions were ended. If that was not you, write to { $help } at once.
letter-password-changed-action = Look at my security settings

letter-second-factor-changed-subject = Your second factor was changed
letter-second-factor-changed-body = Greetings from { $agency }.
    {""}
    The authenticator app of your account { $username } was turned on or off. If that was not you, write to { $help } at once.
letter-second-factor-changed-action = Look at my security settings

letter-email-changed-subject = Your email address was changed
letter-email-changed-body = Greetings from { $agency }.
    {""}
    The email address of your account { $username } was changed. We tell the old and the new address. If that was not you, write to { $help } at once.
letter-email-changed-action = Look at my security settings

letter-contact-changed-subject = The contact email of your account was changed
letter-contact-changed-body = Greetings from { $agency }.
    {""}
    Notices for your account { $username } go to another contact address from now on. Your account's own address stays as it is. If that was not you, write to { $help } at once.
letter-contact-changed-action = Look at my profile

letter-account-suspended-subject = Your account is suspended
letter-account-suspended-body = Greetings from { $agency }.
    {""}
    Your account { $username } is suspended. You cannot enter the applications of the portal. The reason:
    {""}
    { $reason }
    {""}
    If you think this is wrong, write to { $help }.
letter-account-suspended-action = Sign in to the portal

letter-account-reactivated-subject = Your account is active again
letter-account-reactivated-body = Greetings from { $agency }.
    {""}
    Your account { $username } is active again. You can sign in as before.
letter-account-reactivated-action = Sign in to the portal

letter-account-closed-subject = Your account is closed
letter-account-closed-body = Greetings from { $agency }.
    {""}
    Your account { $username } is closed and cannot be opened again. If you need one, register anew with another username. If you think this is wrong, write to { $help }.
letter-account-closed-action = Go to the portal

letter-name-expiring = Expiring soon
letter-expiring-subject = Your request { $reference } will expire soon
letter-expiring-body = Greetings from { $agency }.
    {""}
    Your request { $reference } waits for you. If you do nothing, it expires on { $ends }.
letter-expiring-action = Go on with my request

letter-name-request-expired = Expired
letter-request-expired-subject = Your request { $reference } has expired
letter-request-expired-body = Greetings from { $agency }.
    {""}
    Your request { $reference } for the account { $username } has expired, because nobody went on with it in time. Nothing was decided. You can register again at any time.
letter-request-expired-action = Register again

letter-name-accepted = Invitation accepted
letter-accepted-subject = Your account for { $facility } is active
letter-accepted-body = Greetings from { $agency }.
    {""}
    Your account { $username } for { $facility } is active. Sign in with this username and the password you chose, then open your application from the home page.
letter-accepted-action = Sign in to the portal

letter-name-invitation = Invitation
letter-invitation-subject = You have been invited to the { $portal }
letter-invitation-body = Greetings from { $agency }.
    {""}
    You have been invited to the { $portal }. The company name is: { $company }. You are invited to register for:
    {""}
    { $facilities }
    {""}
    1. Follow the link below to accept your invitation, then press Redeem on the Redeem invitation tab.
    2. Choose a username and a password, and press Register. Your email will fill in automatically.
    3. On your Profile screen, press Update.
    {""}
    Each facility has its own link and its own username; the same password may serve for all. The invitation is good until { $expires }. For help, write to { $help }.
letter-invitation-action = Accept the invitation

letter-name-invitation-reminder = Invitation reminder
letter-invitation-reminder-subject = Your invitation to the { $portal } ends on { $expires }
letter-invitation-reminder-body = Greetings from { $agency }.
    {""}
    An invitation of { $company } still waits for you. You can register for:
    {""}
    { $facilities }
    {""}
    Follow the link below, press Redeem, choose a username and a password, and press Update on your Profile screen. The invitation ends on { $expires }. For help, write to { $help }.
letter-invitation-reminder-action = Accept the invitation

letter-name-invitation-revoked = Invitation revoked
letter-invitation-revoked-subject = An invitation was withdrawn
letter-invitation-revoked-body = Greetings from { $agency }.
    {""}
    The invitation to register for { $facility } was withdrawn. Its links no longer work. If you think this is a mistake, write to { $help }.
letter-invitation-revoked-action = Go to the portal

letter-name-invitation-asked-for = New invitation wanted
letter-invitation-asked-for-subject = A new invitation is wanted
letter-invitation-asked-for-body = Greetings from { $agency }.
    {""}
    Somebody whose link no longer works asked for a new invitation to { $facility }. Resend it in the console if that is right.
letter-invitation-asked-for-action = Look at the invitations

letter-name-request-draft = Mailed template received
letter-request-draft-subject = Please confirm your facility request { $reference }
letter-request-draft-body = Greetings from { $agency }.
    {""}
    We received your message with { $rows } rows. Nothing happens before you confirm: sign in, look at the rows, and press the button. If you did not send a list of facilities, do nothing.
letter-request-draft-action = Look at the request and confirm it

letter-name-request-report = Multi-facility report
letter-request-report-subject = Your facility request { $reference }: { $good } of { $rows } rows went to review
letter-request-report-body = Greetings from { $agency }.
    {""}
    We checked the { $rows } rows of your request { $reference }. { $good } went to review; { $bad } came back to you.
    {""}
    { $lines }
    {""}
    Rows in review are decided by: { $due }. Good rows never wait for the others. On the page you can download a sheet of only the rows to correct.
letter-request-report-action = Look at the request

letter-name-request-decided = Request decided
letter-request-decided-subject = Your facility request { $reference }: { $approved } of { $rows } facilities approved
letter-request-decided-body = Greetings from { $agency }.
    {""}
    Staff decided about your request { $reference }.
    {""}
    { $lines }
    {""}
    Approved so far: { $approved } of { $rows }. In review: { $waiting }. To be corrected by you: { $correct }. An invitation goes to the contact email of each approved facility.
letter-request-decided-action = Look at the request

letter-name-please-upload = Please upload
letter-please-upload-subject = We could not read your list of facilities
letter-please-upload-body = Greetings from { $agency }.
    {""}
    We received your message, and nothing was done with it. { $why } Please sign in and upload the list, or paste it there.
letter-please-upload-action = Upload the list

letter-name-please-register = Please register first
letter-please-register-subject = Please register before you send a list of facilities
letter-please-register-body = Greetings from { $agency }.
    {""}
    We received a message from this address. There is no active account with it, so nothing was done. Register as an individual first; when staff have approved you, sign in and upload your list under Facilities.
letter-please-register-action = Register

letter-name-usernames = Usernames
letter-usernames-subject = Your usernames
letter-usernames-body = Greetings from { $agency }.
    {""}
    These accounts have this email address:
    {""}
    { $usernames }
    {""}
    If you did not ask for this letter, you need not do anything.
letter-usernames-action = Sign in to the portal

letter-name-reset-elsewhere = Password reset (other address)
letter-reset-elsewhere-subject = The password of a linked account was reset
letter-reset-elsewhere-body = Greetings from { $agency }.
    {""}
    The password of your account { $username } was reset through its email address. Your other accounts are linked to it. If that was not you, write to { $help } at once.
letter-reset-elsewhere-action = Look at my security settings

letter-name-linked = Accounts linked
letter-linked-subject = Your accounts were linked
letter-linked-body = Greetings from { $agency }.
    {""}
    Your account { $username } was linked with the account { $other }. Whoever is signed in to one of them can switch to the other. If that was not you, write to { $help } at once.
letter-linked-action = Look at my facilities

letter-name-unlinked = Account unlinked
letter-unlinked-subject = An account was unlinked
letter-unlinked-body = Greetings from { $agency }.
    {""}
    The account { $other } is no longer linked with the others. This letter goes to every address concerned; yours is that of { $username }. If that was not you, write to { $help } at once.
letter-unlinked-action = Look at my facilities

letter-name-facility-ending = Facility ending
letter-facility-ending-subject = { $facility }: its Medicaid ID ended in the directory
letter-facility-ending-body = Greetings from { $agency }.
    {""}
    The agency's directory says that the Medicaid ID of { $facility } has ended. Staff look at it now; access goes on until they confirm. If the directory is wrong, write to { $help }.
letter-facility-ending-action = Look at the facility

letter-name-facility-ended = Facility ended
letter-facility-ended-subject = Your account can no longer enter applications
letter-facility-ended-body = Greetings from { $agency }.
    {""}
    Staff confirmed that { $reason } is no longer enrolled. Your account { $username } cannot enter applications for it any more. If you think this is wrong, write to { $help }.
letter-facility-ended-action = Sign in to the portal

letter-name-staff-digest = Staff digest
letter-staff-digest-subject = { $cases } cases and { $requests } facility requests wait
letter-staff-digest-body = Greetings from { $agency }.
    {""}
    In review: { $cases } cases, of which { $overdue } are overdue, and { $requests } facility requests.
letter-staff-digest-action = Open the queue

letter-name-overdue-alarm = Overdue alarm
letter-overdue-alarm-subject = { $reference } is overdue
letter-overdue-alarm-body = Greetings from { $agency }.
    {""}
    The time to decide { $reference } has run out. Please decide it now.
letter-overdue-alarm-action = Open it
