-- Large objects: owner, privileges with chains of grants, comments, content of every shape.
SELECT lo_create(70000 + g) FROM generate_series(0, 12) g;
-- 70000 stays empty; oids of any size are allowed.
SELECT lo_create(5);
SELECT lo_create(4294967295);
SELECT lo_put(5, 0, 'five'), lo_put(4294967295, 0, '\xff00fe');
SELECT lo_put(70001, 0, '\x00');
SELECT lo_put(70002, 0, decode(repeat('62', 2048), 'hex'));
SELECT lo_put(70003, 0, decode(repeat('63', 2049), 'hex'));
-- Holes at the start, in the middle and far away.
SELECT lo_put(70004, 5000, 'end');
SELECT lo_put(70005, 0, 'start'), lo_put(70005, 20000, 'middle'), lo_put(70005, 500000, 'end');
-- Ends with a hole.
SELECT lo_put(70006, 0, 'start'), lo_truncate64(lo_open(70006, 131072), 100000);
-- Cut at the end of a page, which leaves a page of no bytes behind it, and inside a page.
SELECT lo_put(70007, 0, decode(repeat('67', 10000), 'hex')), lo_truncate64(lo_open(70007, 131072), 4096);
SELECT lo_put(70008, 0, decode(repeat('68', 10000), 'hex')), lo_truncate64(lo_open(70008, 131072), 3000);
-- Cut to nothing, written over, and zeros that are stored.
SELECT lo_put(70009, 0, decode(repeat('69', 10000), 'hex')), lo_truncate64(lo_open(70009, 131072), 0);
SELECT lo_put(70010, 0, decode(repeat('70', 6000), 'hex')), lo_put(70010, 2000, 'written over a border of pages');
SELECT lo_put(70011, 0, decode(repeat('00', 9000), 'hex')), lo_put(70011, 4096, '\x01');
SELECT lo_put(70012, 0, 'gone'), lo_unlink(70012);

ALTER LARGE OBJECT 70001 OWNER TO pgark_owner;
ALTER LARGE OBJECT 70002 OWNER TO pgark_owner;
ALTER LARGE OBJECT 5 OWNER TO pgark_owner;
GRANT SELECT ON LARGE OBJECT 70001, 70002, 70003 TO pgark_reader;
GRANT ALL ON LARGE OBJECT 70004 TO PUBLIC;
GRANT SELECT ON LARGE OBJECT 70005 TO pgark_reader WITH GRANT OPTION;
SET ROLE pgark_reader;
GRANT SELECT ON LARGE OBJECT 70005 TO pgark_writer;
RESET ROLE;
REVOKE ALL ON LARGE OBJECT 70006 FROM postgres;

COMMENT ON LARGE OBJECT 5 IS 'an oid of the system''s range';
COMMENT ON LARGE OBJECT 70001 IS 'one byte';
COMMENT ON LARGE OBJECT 4294967295 IS E'the last\noid; -- "really"';
