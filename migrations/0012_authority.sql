-- How often anything was taken away, or changed, of what someone may do. Whoever acts compares it with what their request
-- began with, under a lock (FOR KEY SHARE) that these triggers wait for: nothing is taken away from under an act
-- (docs/decisions/0258).

-- migrate:up

ALTER TABLE account ADD COLUMN authority bigint NOT NULL DEFAULT 0;
ALTER TABLE organization ADD COLUMN authority bigint NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN authority bigint NOT NULL DEFAULT 0;

CREATE FUNCTION change_authority() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT FROM %I.%I WHERE id = $1 FOR UPDATE', TG_TABLE_SCHEMA, TG_TABLE_NAME) USING OLD.id;
    NEW.authority := OLD.authority + 1;
    RETURN NEW;
END
$$;

CREATE FUNCTION change_authority_of_member() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whose uuid := CASE TG_OP WHEN 'INSERT' THEN NEW.member_id ELSE OLD.member_id END;
BEGIN
    EXECUTE format('SELECT FROM %I.member WHERE id = $1 FOR UPDATE', TG_TABLE_SCHEMA) USING whose;
    EXECUTE format('UPDATE %I.member SET authority = authority + 1 WHERE id = $1', TG_TABLE_SCHEMA) USING whose;
    RETURN NULL;
END
$$;

CREATE FUNCTION change_authority_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT FROM %I.account WHERE id = $1 FOR UPDATE', TG_TABLE_SCHEMA) USING OLD.account_id;
    EXECUTE format('UPDATE %I.account SET authority = authority + 1 WHERE id = $1', TG_TABLE_SCHEMA)
        USING OLD.account_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER account_authority BEFORE UPDATE ON account FOR EACH ROW WHEN (
    (OLD.locked_at, OLD.erased_at, OLD.is_operator) IS DISTINCT FROM (NEW.locked_at, NEW.erased_at, NEW.is_operator)
) EXECUTE FUNCTION change_authority();
CREATE TRIGGER organization_authority BEFORE UPDATE ON organization FOR EACH ROW WHEN (
    (OLD.suspended_at, OLD.merged_into_id) IS DISTINCT FROM (NEW.suspended_at, NEW.merged_into_id)
) EXECUTE FUNCTION change_authority();
CREATE TRIGGER member_authority BEFORE UPDATE ON member FOR EACH ROW WHEN (
    (OLD.organization_id, OLD.role, OLD.active, OLD.named_only, OLD.monthly_minutes)
    IS DISTINCT FROM (NEW.organization_id, NEW.role, NEW.active, NEW.named_only, NEW.monthly_minutes)
) EXECUTE FUNCTION change_authority();

CREATE TRIGGER member_resource_authority AFTER INSERT OR DELETE ON member_resource
    FOR EACH ROW EXECUTE FUNCTION change_authority_of_member();
CREATE TRIGGER api_token_authority AFTER UPDATE OF revoked_at ON api_token
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION change_authority_of_member();
CREATE TRIGGER api_token_is_gone AFTER DELETE ON api_token
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL) EXECUTE FUNCTION change_authority_of_member();
CREATE TRIGGER app_password_authority AFTER UPDATE OF revoked_at ON app_password
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION change_authority_of_member();
CREATE TRIGGER app_password_is_gone AFTER DELETE ON app_password
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL) EXECUTE FUNCTION change_authority_of_member();
CREATE TRIGGER session_authority AFTER DELETE ON session
    FOR EACH ROW WHEN (OLD.expires_at > now()) EXECUTE FUNCTION change_authority_of_account();

-- What a token made is never more than it is, and gone with it (docs/decisions/0259). No foreign keys: whoever is erased
-- loses all of them at once.
ALTER TABLE api_token ADD COLUMN parent_id uuid;
ALTER TABLE app_password ADD COLUMN token_id uuid;
ALTER TABLE feed ADD COLUMN token_id uuid;

-- migrate:down

ALTER TABLE feed DROP COLUMN token_id;
ALTER TABLE app_password DROP COLUMN token_id;
ALTER TABLE api_token DROP COLUMN parent_id;
DROP TRIGGER session_authority ON session;
DROP TRIGGER app_password_is_gone ON app_password;
DROP TRIGGER app_password_authority ON app_password;
DROP TRIGGER api_token_is_gone ON api_token;
DROP TRIGGER api_token_authority ON api_token;
DROP TRIGGER member_resource_authority ON member_resource;
DROP TRIGGER member_authority ON member;
DROP TRIGGER organization_authority ON organization;
DROP TRIGGER account_authority ON account;
DROP FUNCTION change_authority_of_account();
DROP FUNCTION change_authority_of_member();
DROP FUNCTION change_authority();
ALTER TABLE member DROP COLUMN authority;
ALTER TABLE organization DROP COLUMN authority;
ALTER TABLE account DROP COLUMN authority;
