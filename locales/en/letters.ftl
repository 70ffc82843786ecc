## Letters. A blank line begins a new paragraph. No password, code or provider identifier belongs in the text.
letter-code = Or type this code where our page asks for it:
letter-closing = If you did not expect this letter, you may ignore it, or write to { $help }.
    { $agency } · { $portal }

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
