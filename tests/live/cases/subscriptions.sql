-- Subscriptions: where to, of what, through which slot; nothing connects.
CREATE SUBSCRIPTION plain CONNECTION 'host=nowhere.invalid dbname=x' PUBLICATION p WITH (connect = false);
CREATE SUBSCRIPTION no_slot CONNECTION 'host=nowhere.invalid password=''it\''s secret'' application_name=''a b''' PUBLICATION p, "P ""odd"
  WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION "Odd ""subscription" CONNECTION 'postgresql://u:p%40ss@nowhere.invalid/x' PUBLICATION "all"
  WITH (connect = false, slot_name = 'other_slot', synchronous_commit = remote_apply);
COMMENT ON SUBSCRIPTION plain IS 'of p';
COMMENT ON SUBSCRIPTION "Odd ""subscription" IS 'it''s odd';
