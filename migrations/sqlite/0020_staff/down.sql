DROP TABLE approval_passkey;
DROP TABLE challenge;
DROP TABLE staff_session;
DROP TABLE terminal_jti;
DROP TABLE terminal;
DROP TABLE invite;
DROP TRIGGER staff_no_update;
-- Whoever had no Ed25519 key gets one that checks nothing.
ALTER TABLE staff ADD COLUMN public_key BLOB NOT NULL DEFAULT X'0000000000000000000000000000000000000000000000000000000000000000' CHECK (length(public_key) = 32);
UPDATE staff SET public_key = c.public_key FROM credential c WHERE c.staff = staff.id AND c.kind = 1 AND c.ended_at IS NULL;
UPDATE staff SET roles = trim(replace(',' || roles || ',', ',clerk,', ',agency,'), ',');
ALTER TABLE staff DROP COLUMN agency;
ALTER TABLE staff DROP COLUMN paused_at;
CREATE TRIGGER staff_no_update BEFORE UPDATE OF id, name, roles, public_key, added_at ON staff
BEGIN
    SELECT RAISE(ABORT, 'staff rows are immutable');
END;
DROP TABLE credential;
