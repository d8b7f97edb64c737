-- min: 17
CREATE SUBSCRIPTION fails_over CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false, failover = true);
CREATE SUBSCRIPTION stays CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false, failover = false);
