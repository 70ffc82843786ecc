## Applications, in the console.
nav-clients = Applications
clients-title = Applications
clients-search = Search name, identifier or address
clients-total = { $clients ->
    [0] No applications
    [one] 1 application
   *[other] { $clients } applications
}
clients-empty = No application is like that.
column-application = Application
fact-client-by = Registered by
fact-client-secret = Secret (client_secret)
client-by-operator = The operator
client-by-itself = Itself
client-unreadable = Cannot be read; see the log
client-proof-client-secret-basic = A secret, in the Authorization header (client_secret_basic)
client-proof-client-secret-post = A secret, in the form (client_secret_post)
client-proof-client-secret-jwt = A token made with its secret (client_secret_jwt)
client-proof-private-key-jwt = A token signed with its key (private_key_jwt)
client-proof-none = Nothing: it runs in a browser or on a device (none)
client-register = Register an application
client-register-lead = Ask its developers for these. Everything can be changed afterwards, except the identifier.
client-register-button = Register
client-change = Change the registration
client-change-button = Save
client-rotate = Make a new secret
client-rotate-lead = { $name } cannot use its present secret from that moment on, until its developers have put in the new one.
client-delete = Remove the application
client-delete-lead = Nobody can sign in to { $name } any more, and every token it holds is good for nothing. This cannot be undone.
client-secret-once = Copy the secret now: it is shown this once. Hand it to the developers in a safe way, not by email.
client-secret-noted = I have copied it
field-client-name = Name, as people read it when they sign in
field-client-id = Identifier (client_id)
client-id-hint = Up to 100 letters, digits and - . _ ~
field-token-endpoint-auth-method = How it proves itself
field-redirect-uris = Where people come back to (redirect_uris)
redirect-uris-hint = One address on each line, exactly as the application sends it. Leave it empty for a service that signs nobody in.
field-post-logout-redirect-uris = Where people go after signing out (post_logout_redirect_uris)
post-logout-redirect-uris-hint = One address on each line.
field-scope = What it may ask for (scope)
scope-hint = Names with a space between them. offline_access lets it stay signed in with refresh tokens.
field-allow-introspection = It may check tokens of every application (allow_introspection)
allow-introspection-hint = For a service that others call with tokens.
field-document = Further members, as JSON
document-hint = Such as {"{"}"backchannel_logout_uri": "https://…"{"}"}. What is said here counts before the fields above.
field-registration = Registration, as JSON
registration-hint = A member that is left out has the value it has where nothing is said. The secret stays.
problem-client-exists = There is an application { $value } already. If you sent this form twice, it is registered: make a new secret for it.
client-see-newer = Look at the registration as it is now
problem-client = It was not saved: { $value }.
