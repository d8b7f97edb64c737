-- min: 15
CREATE SUBSCRIPTION two_phase CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false, two_phase = true);
CREATE SUBSCRIPTION stops CONNECTION 'host=nowhere.invalid' PUBLICATION p
  WITH (connect = false, disable_on_error = true, two_phase = false, slot_name = NONE);
