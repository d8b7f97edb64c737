-- Row-level security: enabled, forced, policies of every command and to roles.
DO $$BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgark_case_reader') THEN CREATE ROLE pgark_case_reader; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgark Case "Writer"') THEN CREATE ROLE "pgark Case ""Writer"""; END IF;
END$$;
CREATE TABLE secret (id integer, owner text, level integer);
INSERT INTO secret VALUES (1, 'a', 1), (2, 'b', 2);
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE secret FORCE ROW LEVEL SECURITY;
CREATE POLICY all_public ON secret USING (true);
CREATE POLICY "Read ones" ON secret FOR SELECT TO pgark_case_reader USING (owner = current_user);
CREATE POLICY insert_checked ON secret FOR INSERT TO pgark_case_reader, "pgark Case ""Writer""" WITH CHECK (level < 5);
CREATE POLICY update_both ON secret FOR UPDATE USING (level < 5) WITH CHECK (level < 6 AND owner <> 'it''s');
CREATE POLICY delete_restrictive ON secret AS RESTRICTIVE FOR DELETE TO pgark_case_reader USING (EXISTS (SELECT 1 FROM secret s WHERE s.id = secret.id));
COMMENT ON POLICY all_public ON secret IS 'policy';
CREATE TABLE policies_but_off (a integer);
INSERT INTO policies_but_off VALUES (1);
CREATE POLICY inert ON policies_but_off USING (a > 0);
CREATE TABLE enabled_without_policies (a integer);
INSERT INTO enabled_without_policies VALUES (1);
ALTER TABLE enabled_without_policies ENABLE ROW LEVEL SECURITY;
CREATE TABLE forced_but_off (a integer);
ALTER TABLE forced_but_off FORCE ROW LEVEL SECURITY;
CREATE TABLE parted (a integer) PARTITION BY LIST (a);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
ALTER TABLE parted ENABLE ROW LEVEL SECURITY;
CREATE POLICY on_parted ON parted USING (a = 1);
INSERT INTO parted VALUES (1);
