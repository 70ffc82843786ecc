//! The tables as Diesel sees them, on either database. A test compares this file with both migration folders.

diesel::table! {
    data_keys (id) {
        id -> Binary,
        purpose -> Text,
        generation -> BigInt,
        wrapped -> Binary,
        wrapper -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        algorithm -> Text,
        generation -> BigInt,
        wrapped -> Binary,
        wrapper -> Text,
        public_jwk -> Text,
        created_at -> BigInt,
        retired_at -> Nullable<BigInt>,
        active_at -> BigInt,
    }
}

diesel::table! {
    audit_events (id) {
        id -> Binary,
        at -> BigInt,
        action -> Text,
        actor_kind -> Text,
        actor_id -> Nullable<Binary>,
        account_id -> Nullable<Binary>,
        case_id -> Nullable<Binary>,
        request_id -> Text,
        detail -> Text,
        sequence -> Nullable<BigInt>,
        previous -> Nullable<Binary>,
        digest -> Nullable<Binary>,
        mac -> Nullable<Binary>,
    }
}

diesel::table! {
    audit_head (id) {
        id -> BigInt,
        sequence -> BigInt,
        digest -> Binary,
    }
}

diesel::table! {
    outbox (id) {
        id -> Binary,
        kind -> Text,
        letter -> Nullable<Text>,
        recipient -> Text,
        language -> Text,
        parameters -> Text,
        sealed_secret -> Nullable<Binary>,
        account_id -> Nullable<Binary>,
        case_id -> Nullable<Binary>,
        created_at -> BigInt,
        due_at -> BigInt,
        attempts -> BigInt,
        leased_until -> Nullable<BigInt>,
        accepted_at -> Nullable<BigInt>,
        dead_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    revocations (id) {
        id -> BigInt,
        xact -> BigInt,
        kind -> Text,
        subject -> Binary,
        at -> BigInt,
        told_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Binary,
        leased_until -> BigInt,
    }
}

diesel::table! {
    facilities (id) {
        id -> Binary,
        name -> Text,
        facility_type -> Text,
        organization_type -> Text,
        medicaid_id -> Nullable<Text>,
        npi -> Nullable<Text>,
        valid_from -> BigInt,
        valid_until -> Nullable<BigInt>,
        approved_at -> BigInt,
    }
}

diesel::table! {
    persons (id) {
        id -> Binary,
        language -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    accounts (id) {
        id -> Binary,
        person_id -> Binary,
        username -> Text,
        username_key -> Nullable<Text>,
        role -> Text,
        state -> Text,
        suspension_reason -> Nullable<Text>,
        email -> Text,
        email_confirmed_at -> Nullable<BigInt>,
        password -> Nullable<Text>,
        password_changed_at -> Nullable<BigInt>,
        failed_sign_ins -> BigInt,
        code_tries -> BigInt,
        denials -> BigInt,
        facility_id -> Nullable<Binary>,
        approved_at -> Nullable<BigInt>,
        grant_epoch -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        external_id -> Nullable<Text>,
        erased_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    authenticators (id) {
        id -> Binary,
        person_id -> Binary,
        kind -> Text,
        sealed_secret -> Binary,
        created_at -> BigInt,
        confirmed_at -> Nullable<BigInt>,
        last_step -> BigInt,
    }
}

diesel::table! {
    profiles (account_id) {
        account_id -> Binary,
        first_name -> Text,
        last_name -> Text,
        contact_email -> Text,
        contact_email_confirmed_at -> Nullable<BigInt>,
        contact_phone -> Text,
        organization_name -> Text,
        organization_type -> Text,
        medicaid_id -> Text,
        npi -> Text,
        no_npi -> Bool,
        acts_for -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    mail_codes (id) {
        id -> Binary,
        account_id -> Binary,
        purpose -> Text,
        address -> Text,
        link_hash -> Binary,
        typed_mac -> Nullable<Binary>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    browser_sessions (id) {
        id -> Binary,
        secret_hash -> Binary,
        current_account -> Nullable<Binary>,
        user_agent -> Text,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        idle_limit -> BigInt,
        ends_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    session_accounts (id) {
        id -> Binary,
        session_id -> Binary,
        account_id -> Binary,
        signed_in_at -> BigInt,
        password_at -> Nullable<BigInt>,
        second_factor_at -> Nullable<BigInt>,
        amr -> Text,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    cases (id) {
        id -> Binary,
        reference -> Text,
        kind -> Text,
        account_id -> Binary,
        open_key -> Nullable<Binary>,
        state -> Text,
        version -> BigInt,
        opened_at -> BigInt,
        changed_at -> BigInt,
        submitted_at -> Nullable<BigInt>,
        due_at -> Nullable<BigInt>,
        clock_left -> Nullable<BigInt>,
        claimed_by -> Nullable<Binary>,
        claimed_until -> Nullable<BigInt>,
        decided_by -> Nullable<Binary>,
        decided_at -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        remarks -> Nullable<Text>,
        facility_id -> Nullable<Binary>,
        organization_name -> Text,
        search_text -> Text,
        reminders -> BigInt,
        alarmed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    case_versions (case_id, version) {
        case_id -> Binary,
        version -> BigInt,
        stated -> Text,
        stated_at -> BigInt,
    }
}

diesel::table! {
    clients (client_id) {
        client_id -> Text,
        document -> Text,
        secret_hash -> Nullable<Binary>,
        standing_grant -> Binary,
        created_at -> BigInt,
        updated_at -> BigInt,
        sealed_secret -> Nullable<Binary>,
        registration_token_hash -> Nullable<Binary>,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    interactions (id_hash) {
        id_hash -> Binary,
        parameters -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        account_id -> Nullable<Binary>,
    }
}

diesel::table! {
    consents (account_id, client_id) {
        account_id -> Binary,
        client_id -> Text,
        scope -> Text,
        granted_at -> BigInt,
        withdrawn_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    grants (id) {
        id -> Binary,
        client_id -> Text,
        account_id -> Nullable<Binary>,
        sid -> Nullable<Binary>,
        scope -> Text,
        audience -> Text,
        cnf -> Nullable<Text>,
        acr -> Text,
        amr -> Text,
        auth_time -> BigInt,
        account_epoch -> BigInt,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
        claims -> Nullable<Text>,
        subject -> Nullable<Text>,
    }
}

diesel::table! {
    authorization_codes (code_hash) {
        code_hash -> Binary,
        client_id -> Text,
        grant_id -> Binary,
        redirect_uri -> Text,
        code_challenge -> Nullable<Text>,
        nonce -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        redeemed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Binary,
        client_id -> Text,
        grant_id -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        successor_hash -> Nullable<Binary>,
        sealed_successor -> Nullable<Binary>,
    }
}

diesel::table! {
    revoked_tokens (jti) {
        jti -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    replays (fingerprint) {
        fingerprint -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    directory_imports (id) {
        id -> Binary,
        kind -> Text,
        file_name -> Text,
        state -> Text,
        rows_read -> BigInt,
        rows_skipped -> BigInt,
        endings -> BigInt,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    directory_providers (medicaid_id) {
        medicaid_id -> Text,
        name -> Text,
        provider_type -> Text,
        npi -> Text,
        is_active -> Bool,
        begins_on -> Text,
        ends_on -> Text,
        import_id -> Binary,
    }
}

diesel::table! {
    directory_npis (npi) {
        npi -> Text,
        entity_type -> Text,
        name -> Text,
        is_deactivated -> Bool,
        import_id -> Binary,
    }
}

diesel::table! {
    facility_endings (id) {
        id -> Binary,
        facility_id -> Binary,
        open_key -> Nullable<Binary>,
        ended_on -> Text,
        state -> Text,
        opened_at -> BigInt,
        decided_by -> Nullable<Binary>,
        decided_at -> Nullable<BigInt>,
        told_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    facility_requests (id) {
        id -> Binary,
        reference -> Text,
        account_id -> Binary,
        person_id -> Binary,
        contact_name -> Text,
        contact_phone -> Text,
        contact_email -> Text,
        source -> Text,
        state -> Text,
        fingerprint -> Binary,
        opened_at -> BigInt,
        changed_at -> BigInt,
        submitted_at -> Nullable<BigInt>,
        due_at -> Nullable<BigInt>,
        alarmed_at -> Nullable<BigInt>,
        reminders -> BigInt,
    }
}

diesel::table! {
    request_rows (id) {
        id -> Binary,
        request_id -> Binary,
        number -> BigInt,
        state -> Text,
        version -> BigInt,
        light -> Text,
        contact_email -> Text,
        contact_phone -> Text,
        facility_name -> Text,
        facility_type -> Text,
        medicaid_id -> Text,
        npi -> Text,
        findings -> Text,
        reason -> Nullable<Text>,
        facility_id -> Nullable<Binary>,
        decided_by -> Nullable<Binary>,
        decided_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    invitations (id) {
        id -> Binary,
        row_id -> Nullable<Binary>,
        facility_id -> Binary,
        invited_by -> Binary,
        email -> Text,
        contact_phone -> Text,
        language -> Text,
        state -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        reminders -> BigInt,
        asked_at -> Nullable<BigInt>,
        closed_at -> Nullable<BigInt>,
        account_id -> Nullable<Binary>,
    }
}

diesel::table! {
    invitation_codes (id) {
        id -> Binary,
        invitation_id -> Binary,
        code_hash -> Binary,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    received_messages (message_id) {
        message_id -> Text,
        outcome -> Text,
        received_at -> BigInt,
    }
}

diesel::table! {
    registration_tokens (token_hash) {
        token_hash -> Binary,
        uses_left -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    pushed_requests (id_hash) {
        id_hash -> Binary,
        client_id -> Text,
        parameters -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    search_words (kind, subject, word) {
        kind -> Text,
        subject -> Binary,
        word -> Text,
    }
}

diesel::table! {
    search_backlog (id) {
        id -> BigInt,
        kind -> Text,
        subject -> Binary,
    }
}

diesel::table! {
    legal_holds (account_id, reason) {
        account_id -> Binary,
        reason -> Text,
        placed_at -> BigInt,
    }
}

diesel::table! {
    retired_usernames (mac) {
        mac -> Binary,
    }
}

diesel::joinable!(session_accounts -> browser_sessions (session_id));
diesel::joinable!(session_accounts -> accounts (account_id));
diesel::joinable!(grants -> accounts (account_id));
diesel::joinable!(legal_holds -> accounts (account_id));
diesel::joinable!(cases -> accounts (account_id));
diesel::joinable!(facility_requests -> accounts (account_id));
diesel::joinable!(request_rows -> facility_requests (request_id));
diesel::joinable!(invitations -> facilities (facility_id));
diesel::joinable!(facility_endings -> facilities (facility_id));

diesel::allow_tables_to_appear_in_same_query!(
    data_keys,
    signing_keys,
    audit_events,
    audit_head,
    outbox,
    revocations,
    leases,
    facilities,
    persons,
    accounts,
    authenticators,
    profiles,
    mail_codes,
    browser_sessions,
    session_accounts,
    cases,
    case_versions,
    clients,
    interactions,
    consents,
    grants,
    authorization_codes,
    refresh_tokens,
    revoked_tokens,
    replays,
    directory_imports,
    directory_providers,
    directory_npis,
    facility_endings,
    facility_requests,
    request_rows,
    invitations,
    invitation_codes,
    received_messages,
    registration_tokens,
    pushed_requests,
    search_words,
    search_backlog,
    legal_holds,
    retired_usernames,
);
