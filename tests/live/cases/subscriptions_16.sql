-- min: 16
-- Options of 15 and 16, and owners that are no superusers.
CREATE SUBSCRIPTION two_phase CONNECTION 'host=nowhere.invalid password=x' PUBLICATION p
  WITH (connect = false, two_phase = true, disable_on_error = true, streaming = parallel);
CREATE SUBSCRIPTION careful CONNECTION 'host=nowhere.invalid password=x' PUBLICATION p
  WITH (connect = false, origin = none, run_as_owner = true, password_required = false, streaming = on);
CREATE SUBSCRIPTION owned CONNECTION 'host=nowhere.invalid password=x' PUBLICATION p
  WITH (connect = false, origin = any, streaming = off);
ALTER SUBSCRIPTION owned OWNER TO pgark_owner;
