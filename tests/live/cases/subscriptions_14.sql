-- min: 14
CREATE SUBSCRIPTION binary_on CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false, binary = true, streaming = on);
CREATE SUBSCRIPTION binary_off CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false, binary = false, streaming = off);
