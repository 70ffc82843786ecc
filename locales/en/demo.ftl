## The demo's mailbox page.
mailbox-title = Mailbox
mailbox-lead = Every letter the demo sent. In production they leave by SMTP, and this page does not exist.
mailbox-codes = Authenticator codes of the sample staff
mailbox-codes-note = They change every 30 seconds, and each works once. Reload the page for the next.
mailbox-letters = Letters
mailbox-html = Show it as a mail reader would
