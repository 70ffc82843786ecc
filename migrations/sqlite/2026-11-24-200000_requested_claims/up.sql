-- What the `claims` parameter asked for (OpenID Connect Core §5.5), as JSON; none where it was not sent.
ALTER TABLE grants ADD COLUMN claims TEXT;
