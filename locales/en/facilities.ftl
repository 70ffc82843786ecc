## Facilities, requests and their reports, invitations, and one person's accounts.
nav-facilities = Facilities
nav-switch = Switch facility
nav-requests = Facility requests
nav-invitations = Invitations
nav-staff-facilities = Facilities
signed-in-for = Signed in as { $name } for { $facility }

facilities-title = Facilities
facilities-add = Add facilities
facilities-not-active = You can add facilities once your account is active.
facilities-yours = Your accounts
facilities-requests = Your requests
facilities-no-requests = You have not asked for further facilities yet.
switch-title = Switch facility
switch-lead = Choose for which facility you act. You need not sign in again.
switch-button = Act for { $name }
switch-current = Acting now
switch-username = Username { $username }
switch-somebody-else = Somebody else? Sign out first
choose-title = For which facility do you open { $application }?
choose-lead = You have several accounts. The application gets the facts of the one you choose.
link-title = Link another account
link-lead = If you have another account with us, prove its password here. Then you can switch between them without signing in again. Every address is told.
link-otp-hint = Only where that account has an authenticator app of its own.
link-button = Link this account
unlink-link = Unlink { $name }
unlink-title = Unlink { $name }?
unlink-lead = The account { $username } will stand alone again, and its sessions end. Every address is told.
unlink-button = Unlink
problem-link-otp = This account needs the code from its own authenticator app.
problem-link-same = This account is linked with yours already.
problem-link-staff = Staff accounts are never linked to provider accounts.
problem-link-state = A suspended or closed account cannot be linked or unlinked.
problem-link-only = This is your only account.
error-switched = You switched to another facility in another window. Nothing was changed. Open the page again.

forgot-username-link = Forgot your username?
forgot-username-title = Forgot your username?
forgot-username-lead = Enter your email address. We send one letter that lists the accounts of that mailbox.
forgot-username-button = Send me my usernames
forgot-username-sent = If there are accounts with the confirmed address { $address }, we have sent a letter that lists them.
usernames-line = • { $username } ({ $state })
usernames-line-facility = • { $username }: { $facility } ({ $state })
field-all = For all my linked accounts with the same email address
all-hint = One new password for all of them. Your authenticator apps stay as they are.

invited-redeeming = Redeeming the invitation for { $facility }.
invited-lead = Choose a username and a password for { $facility }. Your email is filled in from the invitation.
invited-add-title = Add { $facility }
invited-add-lead = You are signed in as { $username }. This makes a further account of yours, for { $facility }, with a username of its own.
invited-add-button = Add this facility to { $name }
invited-somebody-else = Is the invitation for somebody else? Sign out first, then open the Redeem invitation tab again.
invited-sign-out = Somebody else: sign out first
field-same-password = Use my current password
same-password-hint = Or clear this, and choose another password below.
invitation-not-here-title = Please redeem the invitation again
invitation-not-here = This browser does not hold the invitation any more, or it was redeemed elsewhere. Follow the link in your letter again, and press Redeem.
invitation-dead-redeemed = This invitation was redeemed before. Sign in with the username that was chosen then.
invitation-dead-revoked = This invitation was withdrawn. You can ask for a new one.
invitation-dead-expired = This link no longer works: the invitation has ended, or a newer letter was sent. You can ask for a new one.
invitation-ask-button = Ask for a new invitation
invitation-asked-title = Staff are told
invitation-asked = Staff have been told that you want a new invitation. A letter comes when they send it.
error-not-beside = Your account cannot take another one beside it now. Nothing was changed.
profile-note-invited = This is what was approved for { $facility }. If it is right, press Update and your account is active. If you change the name, type, Medicaid ID or NPI, staff look at it first.
profile-note-change = Names and phone change at once. A changed facility name, type, Medicaid ID or NPI goes to staff; until they decide, what was approved stays in force.
profile-note-change-pending = A change is with the staff. Until they decide, what was approved stays in force.
status-change-in-review = Your change is with the staff. Your account works as before until they decide.
status-change-returned = The staff need a correction of your change. Your account works as before.
withdraw-change-title = Withdraw the change
withdraw-change-lead = The change will not be reviewed. Your account stays as it is.

request-new-title = Add facilities
request-new-lead = Ask for access to further facilities. Each row is checked and decided by itself; good rows never wait for others.
template-link = Download the template
request-new-step-1 = and fill in one row for each facility, or use your own sheet with the same columns.
request-new-step-2 = Upload it here, or copy the table in your spreadsheet and paste it below.
request-new-step-3 = You see at once what has to be corrected. Staff decide the rest.
grid-link = Or type a few facilities into a table on this page
grid-title = Type facilities into a table
grid-lead = One facility on each line. Leave the lines you do not need empty.
grid-cell = { $field }, line { $row }
field-contact-name = Contact name
field-file = File
file-hint = .xlsx, .csv or .tsv, at most 10 MB and 10,000 rows. No macros, no password.
field-pasted = Or paste the table
pasted-hint = Mark the table in your spreadsheet with its header line, copy it, and paste it here.
request-send = Check and send
sheet-nothing = Choose a file, or paste a table.
sheet-no-header = No header line was found in the first 25 rows. Keep the line with “Contact Email”, “Provider Medicaid ID” and the others.
sheet-no-rows = There is no facility below the header line.
sheet-too-many-rows = There are more than { $value } rows. Please split the file.
sheet-encrypted = The file has a password. Remove it, save the file as .xlsx, and upload it again.
sheet-macros = The file holds macros, which we do not open. Save it as .xlsx without macros.
sheet-format = This is not a format we read. In your spreadsheet choose “Save as”, then .xlsx or .csv.
sheet-too-large = The file is larger than 10 MB. Remove pictures and other sheets, or split it.
sheet-inflated = The file unpacks to far more than a list of facilities. Copy the table into a new file and upload that.
sheet-unreadable = The file is damaged. Open it in your spreadsheet and save it again as .xlsx.
sheet-too-slow = Reading the file took too long. Copy the table into a new file, or split it.
error-upload-too-large = The upload is too large, or broke off. Nothing was changed. A file may have 10 MB.
error-not-active-yet = Only an active account can ask for further facilities.
error-request-moved-on = This request was confirmed, withdrawn or expired before. Nothing was changed.

request-title = Request { $reference }
request-draft = Waits for you to confirm
request-to-correct = Rows to correct
request-decided = Decided
request-summary = { $total } rows: { $approved } approved, { $waiting } in review, { $correct } to correct, { $denied } denied.
request-repeated = You sent these very rows before. This is the earlier request; nothing was added.
request-taken = { $rows ->
    [one] 1 corrected row was taken.
   *[other] { $rows } corrected rows were taken.
}
request-rows = { $rows ->
    [one] 1 row
   *[other] { $rows } rows
}
request-rows-title = Rows
request-confirm-lead = This list came by mail. Nothing happens before you confirm it.
request-confirm = Confirm and send
request-codes = What has to be corrected
request-withdraw-title = Withdraw the request
request-withdraw-lead = Rows that are not decided yet will not be reviewed. Approved ones stay approved.
request-withdraw-button = Withdraw
correct-title = Send corrected rows
correct-lead = Only the rows below that are to be corrected are needed, with their row numbers:
correct-download = download them as .xlsx
correct-file-hint = The corrected sheet. Rows are matched by the column “Row”.
correct-pasted-hint = With its header line. Without the column “Row”, rows are matched by facility name.
correct-send = Send corrections
correct-nothing = None of these rows is one that has to be corrected.
row-edit = Correct row { $row }
row-title = Correct row { $row }
rows-filter = Which rows
rows-all = All
rows-correct = To correct
rows-waiting = In review
rows-green = Good
rows-amber = Look
rows-approved = Approved
rows-denied = Denied
rows-none = No rows here.
row-incomplete = To correct
row-in-review = In review
row-approved = Approved
row-returned = Returned
row-denied = Denied
row-withdrawn = Over
row-ids = Medicaid ID { $medicaid } · NPI { $npi }
row-no-findings = No findings
column-row = Row
column-findings = What was found
column-until = Until
column-actions = Actions
report-line = • Row { $row }, { $facility }: { $reasons }
report-more = { $rows ->
    [one] and 1 more row, on the page.
   *[other] and { $rows } more rows, on the page.
}
report-none = No row has to be corrected.
decided-approved = { $rows ->
    [one] 1 row was approved:
   *[other] { $rows } rows were approved:
}
decided-returned = { $rows ->
    [one] 1 row was returned to you:
   *[other] { $rows } rows were returned to you:
}
decided-denied = { $rows ->
    [one] 1 row was denied:
   *[other] { $rows } rows were denied:
}
decided-reason = Reason: { $reason }
decided-line = • Row { $row }, { $facility }
upload-why-two = It holds more than one list.
upload-why-winmail = Its attachment is packed in a way only Outlook can read (winmail.dat).
upload-why-encrypted = It is encrypted, and we cannot open encrypted mail.
upload-why-format = Its attachment is not an .xlsx, .csv or .tsv file.
upload-why-empty = Its list has a header line and no facilities.
upload-why-none = It holds no list of facilities.

finding-suggestion = Perhaps: { $value }
finding-em01 = The contact email is missing.
finding-em02 = This is not an email address.
finding-em03 = The email address looks mistyped.
finding-em04 = There is more than one address in this cell. Give each facility one.
finding-em05 = The invitation goes to another address than the requester's.
finding-em06 = A link or a name around the address was taken off.
finding-ph01 = The contact phone is missing.
finding-ph02 = This is not a US phone number with ten digits.
finding-ph03 = This phone number is a placeholder.
finding-nm01 = The facility name is missing.
finding-nm02 = The facility name has more than 200 characters.
finding-nm03 = The directory has another name for this Medicaid ID.
finding-nm04 = The name looks like a formula. It is taken as text.
finding-ty01 = The facility type is missing.
finding-ty02 = This facility type is not in the list.
finding-ty03 = The directory has another type for this Medicaid ID.
finding-mi01 = The Medicaid ID is missing.
finding-mi02 = A Medicaid ID has 9 or 12 digits, and nothing else.
finding-mi03 = This Medicaid ID is not in the agency's directory.
finding-mi04 = This Medicaid ID ended: { $value }
finding-mi05 = The spreadsheet turned this number into scientific notation, and its last digits are lost. Format the column as text and type it again.
finding-mi06 = A leading zero was lost.
finding-mi07 = This is an NPI. The two columns seem to be swapped.
finding-np01 = The NPI is missing. Only atypical providers may have none.
finding-np02 = An NPI has ten digits.
finding-np03 = The last digit of the NPI does not fit the others. Check for a typing mistake.
finding-np04 = An NPI starts with 1 or 2.
finding-np05 = The directory has another NPI for this Medicaid ID.
finding-np06 = This NPI is deactivated in NPPES.
finding-np07 = This NPI belongs to a person: { $value }
finding-np08 = Words are not an NPI. Enter ten digits.
finding-du01 = The same Medicaid ID stands in row { $value } already.
finding-du02 = You act for this facility already, or are invited to.
finding-du03 = Others act for this facility already.
finding-du04 = This Medicaid ID is in review already.
finding-du05 = The same NPI stands on rows with { $value } different Medicaid IDs.
code-em01 = Contact email missing
code-em02 = Contact email is no address
code-em03 = Contact email looks mistyped
code-em04 = Several addresses in one cell
code-ph01 = Contact phone missing
code-ph02 = Contact phone has not ten digits
code-ph03 = Contact phone is a placeholder
code-nm01 = Facility name missing
code-nm02 = Facility name too long
code-ty01 = Facility type missing
code-ty02 = Facility type not in the list
code-mi01 = Medicaid ID missing
code-mi02 = Medicaid ID has other characters than digits
code-mi03 = Medicaid ID not in the directory
code-mi04 = Medicaid ID has ended
code-mi05 = Medicaid ID in scientific notation
code-mi06 = Leading zero of the Medicaid ID lost
code-mi07 = Medicaid ID and NPI swapped
code-np01 = NPI missing
code-np02 = NPI has not ten digits
code-np03 = NPI check digit wrong
code-np04 = NPI starts with another digit than 1 or 2
code-np06 = NPI deactivated
code-np08 = Words in place of an NPI
code-du01 = Medicaid ID twice in the file
code-du02 = Facility is yours already
code-du04 = Your request for this Medicaid ID is in review already

requests-title = Facility requests
requests-search = Search reference, contact or username
requests-all = Also those that are decided
requests-total-many = { $requests } requests or more
requests-total = { $requests ->
    [0] No requests
    [one] 1 request
   *[other] { $requests } requests
}
requests-rows = { $waiting } of { $total } in review
rows-decided = { $rows ->
    [one] 1 row was decided.
   *[other] { $rows } rows were decided.
}
rows-reason-hint = For a return or a denial; the requester reads it.
decide-picked-approve = Approve the picked rows
decide-picked-return = Return the picked rows
decide-picked-deny = Deny the picked rows
decide-all-green = { $rows ->
    [one] Approve the 1 good row
   *[other] Approve all { $rows } good rows
}
problem-rows-stale = Some rows were good when they were sent, and are to be looked at today: see what was found. They were not approved.
problem-no-rows-picked = Pick at least one row.
error-requester-not-active = Whoever asked for these facilities is no longer active, so nothing of the request can be approved. Nothing was changed. Reactivate the account first, or return or deny the rows.
error-rows-decided = These rows were decided by another reviewer, or changed by the requester. Nothing was changed. Reload the page.
invitations-title = Invitations
invitations-search = Search facility or address
invitations-empty = No invitations.
invitations-total-many = { $invitations } invitations or more
invitations-total = { $invitations ->
    [0] No invitations
    [one] 1 invitation
   *[other] { $invitations } invitations
}
invitation-open = Open
invitation-redeemed = Redeemed
invitation-revoked = Revoked
invitation-expired = Expired
invitation-resend = Send again
invitation-revoke = Revoke
error-invitation-closed = This invitation was redeemed or revoked before. Nothing was changed.
staff-facilities-title = Facilities and directory
endings-title = Facilities that ended in the directory
endings-none = None.
ending-text = The directory says that its Medicaid ID ended on { $date }.
ending-confirm = It ended: stop access
ending-dismiss = It goes on
error-ending-decided = Another reviewer decided this before.
imports-title = Imports
imports-none = Nothing was imported yet. Use the command “directory import”.
import-line = { $rows } rows, { $skipped } skipped, { $endings } facilities ended
suspend-all-hint = Every active account of the same person is suspended too.
field-all-accounts = All accounts of this person
check-directory = Directory
finding-directory-empty = no directory was imported
finding-directory-miss = the Medicaid ID is not in the directory
finding-directory-ended = the Medicaid ID ended: { $value }
finding-directory-npi = the directory has another NPI
finding-directory-hit = found as { $value }
finding-directory-name = found under another name: { $value }
finding-npi-deactivated = deactivated in NPPES
finding-npi-nppes = NPPES has it as { $value }
scope-facilities = The list of facilities you have accounts for
