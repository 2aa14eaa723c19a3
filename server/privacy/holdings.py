"""Where something is kept of a person, as their export tells it. $1 is the account, $2 its mail address.

Also what others hold about them: who invited them along, granted them something or counted a strike against them.
"""

_OWN = "(SELECT id FROM member WHERE account_id = $1)"

HOLDINGS = {
    "account": """
        SELECT id, email, name, locale, time_zone, notifications::text, is_operator, created_at, locked_at
        FROM account WHERE id = $1
    """,
    "memberships": """
        SELECT m.id, o.name AS organization, m.role, m.active, m.named_only, m.monthly_minutes, m.created_at,
               ARRAY(SELECT mr.resource_id FROM member_resource mr WHERE mr.member_id = m.id) AS resources
        FROM member m JOIN organization o ON o.id = m.organization_id WHERE m.account_id = $1 ORDER BY m.id
    """,
    "invitations": """
        SELECT o.name AS organization, i.email, i.role, i.created_at, i.expires_at, i.accepted_at, i.revoked_at
        FROM invitation i JOIN organization o ON o.id = i.organization_id
        WHERE i.email = $2 OR i.invited_by_id IN {own} ORDER BY i.id
    """,
    "join_requests": """
        SELECT o.name AS organization, j.status, j.created_at, j.decided_at
        FROM join_request j JOIN organization o ON o.id = j.organization_id WHERE j.account_id = $1 ORDER BY j.id
    """,
    "password": "SELECT changed_at FROM password WHERE account_id = $1",
    "second_factor": "SELECT created_at, confirmed_at FROM second_factor WHERE account_id = $1",
    "identities": """
        SELECT p.name AS provider, p.issuer, e.subject, e.created_at
        FROM external_identity e JOIN identity_provider p ON p.id = e.provider_id WHERE e.account_id = $1 ORDER BY e.id
    """,
    "recovery_codes": "SELECT used_at FROM recovery_code WHERE account_id = $1 ORDER BY id",
    "links_by_mail": """
        SELECT purpose, created_at, expires_at, used_at FROM ticket WHERE account_id = $1 ORDER BY id
    """,
    "sessions": """
        SELECT s.device, s.network, o.name AS organization, s.created_at, s.last_seen_at, s.expires_at
        FROM session s LEFT JOIN member m ON m.id = s.member_id LEFT JOIN organization o ON o.id = m.organization_id
        WHERE s.account_id = $1 ORDER BY s.id
    """,
    "tokens": """
        SELECT prefix, label, scopes, created_at, expires_at, last_used_at, revoked_at
        FROM api_token WHERE member_id IN {own} ORDER BY id
    """,
    "webhooks": """
        SELECT id, description, created_at, removed_at FROM webhook_endpoint WHERE member_id IN {own} ORDER BY id
    """,
    "foreign_calendars": """
        SELECT c.id, c.resource_id, c.name, c.created_at, c.removed_at, ARRAY(
            SELECT b.title FROM foreign_busy b
            WHERE (b.resource_id, b.calendar_id) = (c.resource_id, c.id) AND b.title <> ''
        ) AS titles
        FROM foreign_calendar c WHERE c.member_id IN {own} ORDER BY c.id
    """,
    "app_passwords": """
        SELECT label, created_at, last_used_at, revoked_at FROM app_password WHERE member_id IN {own} ORDER BY id
    """,
    "calendar_looks": """
        SELECT resource_id, color, place FROM dav_look WHERE member_id IN {own} ORDER BY resource_id
    """,
    "calendar_objects": """
        SELECT resource_id, name, convert_from(data, 'UTF8') AS data, created_at, updated_at, deleted_at
        FROM dav_object WHERE member_id IN {own} ORDER BY id
    """,
    "feeds": """
        SELECT id, scope, view, search::text, created_at, rotated_at, read_at, revoked_at
        FROM feed WHERE member_id IN {own} ORDER BY id
    """,
    "documents": """
        SELECT kind, name, media_type, size, created_at, removed_at FROM document WHERE member_id IN {own} ORDER BY id
    """,
    "imported_lists": """
        SELECT file_name, created_at, confirmed_at, finished_at FROM list_import WHERE member_id IN {own} ORDER BY id
    """,
    "exports": """
        SELECT subject, format, created_at, written_at, valid_until FROM export WHERE member_id IN {own} ORDER BY id
    """,
    "decisions": "SELECT verb, reason, at, organization_id FROM decision WHERE account_id = $1 ORDER BY id",
    "bookings": """
        SELECT b.id, r.name AS resource, b.status, b.starts_at, b.ends_at, b.units, b.purpose, b.attendees::text,
               b.reason, b.created_at, b.checked_in_at, b.checked_out_at
        FROM booking b JOIN resource r ON r.id = b.resource_id WHERE b.member_id IN {own} ORDER BY b.id
    """,
    "invited_along": """
        SELECT b.id, r.name AS resource, o.name AS organization, b.status, b.starts_at, b.ends_at,
               (SELECT a FROM jsonb_array_elements(b.attendees) a WHERE lower(a ->> 'email') = $2 LIMIT 1)::text AS you
        FROM booking b JOIN resource r ON r.id = b.resource_id JOIN organization o ON o.id = b.organization_id
        WHERE $1::uuid IS NOT NULL
          AND EXISTS (SELECT FROM jsonb_array_elements(b.attendees) a WHERE lower(a ->> 'email') = $2) ORDER BY b.id
    """,
    "answers": """
        SELECT booking_id, answer, answered_at FROM attendance_answer
        WHERE $1::uuid IS NOT NULL AND email = $2 ORDER BY answered_at
    """,
    "changes_of_bookings": """
        SELECT booking_id, at, verb, reason, was::text, became::text
        FROM booking_change WHERE member_id IN {own} ORDER BY id
    """,
    "series": """
        SELECT id, rule, starts_at, ends_at, units, created_at FROM series WHERE member_id IN {own} ORDER BY id
    """,
    "holds": """
        SELECT id, kind, starts_at, ends_at, units, message, created_at, ended_at
        FROM hold WHERE member_id IN {own} ORDER BY id
    """,
    "wait_list": """
        SELECT id, kind, lower(during) AS since, upper(during) AS until, minutes, units, status, created_at
        FROM waiting WHERE member_id IN {own} ORDER BY id
    """,
    "closures": """
        SELECT id, lower(during) AS starts_at, upper(during) AS ends_at, reason, created_at, lifted_at
        FROM closure WHERE member_id IN {own} ORDER BY id
    """,
    "strikes": """
        SELECT s.id, o.name AS owner, s.kind, s.at, s.appeal, s.forgiven_at, s.member_id IN {own} AS yours
        FROM strike s JOIN organization o ON o.id = s.owner_id
        WHERE s.member_id IN {own} OR s.forgiven_by_id IN {own} ORDER BY s.id
    """,
    "qualifications": """
        SELECT q.name, o.name AS owner, g.granted_at, g.expires_at, g.revoked_at, g.account_id = $1 AS yours
        FROM "grant" g JOIN qualification q ON q.id = g.qualification_id JOIN organization o ON o.id = q.owner_id
        WHERE g.account_id = $1 OR g.granted_by_id IN {own} ORDER BY g.id
    """,
    "applications": """
        SELECT q.name AS qualification, o.name AS owner, p.note, p.name AS file, p.media_type, p.created_at,
               p.withdrawn_at, p.decided_at, p.grant_id IS NOT NULL AS granted, p.reason, p.account_id = $1 AS yours
        FROM application p JOIN qualification q ON q.id = p.qualification_id JOIN organization o ON o.id = q.owner_id
        WHERE p.account_id = $1 OR p.decided_by_id IN {own} ORDER BY p.id
    """,
    "accepted_terms": """
        SELECT resource_id, version, accepted_at FROM terms_acceptance WHERE member_id IN {own} ORDER BY accepted_at
    """,
    "notices": """
        SELECT kind, recipient, facts::text, owed_at, sent_at, lapsed_at, dead_at
        FROM notice WHERE $1::uuid IS NOT NULL AND lower(recipient) = $2 ORDER BY position
    """,
    "letters": """
        SELECT kind, recipient, owed_at, sent_at, lapsed_at, dead_at
        FROM letter WHERE $1::uuid IS NOT NULL AND lower(recipient) = $2 ORDER BY position
    """,
    "mail_of_the_day": "SELECT kind, facts::text, owed_at FROM digest_item WHERE account_id = $1 ORDER BY position",
    "repeatable_requests": """
        SELECT key, answer, created_at FROM idempotency_key WHERE account_id = $1 ORDER BY created_at
    """,
}
HOLDINGS = {name: sql.replace("{own}", _OWN) for name, sql in HOLDINGS.items()}
