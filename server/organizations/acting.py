"""What is read of whoever acts, by token or by session: of account a, member m and organization o."""

ACTING = """
m.id AS member_id, m.organization_id, m.role, m.monthly_minutes, a.id AS account_id, a.email, a.name, a.locale,
a.is_operator, o.name AS organization_name, o.kind AS organization_kind, o.suspended_at IS NOT NULL AS suspended,
CASE WHEN m.named_only
     THEN ARRAY(SELECT mr.resource_id FROM member_resource mr WHERE mr.member_id = m.id) END AS named
"""
