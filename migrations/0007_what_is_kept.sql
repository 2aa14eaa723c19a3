-- What is only added to: these triggers refuse everything else, whoever asks. The rights of the application say so too;
-- they are granted after every run, where the migrating user may make roles.

-- migrate:up

CREATE TRIGGER audit_entry_is_kept BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
CREATE TRIGGER audit_entry_is_not_emptied BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();

CREATE TRIGGER audit_seal_is_kept BEFORE UPDATE OR DELETE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
CREATE TRIGGER audit_seal_is_not_emptied BEFORE TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();

CREATE TRIGGER booking_change_is_kept BEFORE UPDATE OR DELETE ON booking_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
CREATE TRIGGER booking_change_is_not_emptied BEFORE TRUNCATE ON booking_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();

CREATE TRIGGER decision_is_kept BEFORE UPDATE OR DELETE ON decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();

-- migrate:down

DROP TRIGGER decision_is_kept ON decision;
DROP TRIGGER booking_change_is_not_emptied ON booking_change;
DROP TRIGGER booking_change_is_kept ON booking_change;
DROP TRIGGER audit_seal_is_not_emptied ON audit_seal;
DROP TRIGGER audit_seal_is_kept ON audit_seal;
DROP TRIGGER audit_entry_is_not_emptied ON audit_entry;
DROP TRIGGER audit_entry_is_kept ON audit_entry;
