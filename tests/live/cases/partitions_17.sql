-- min: 17
-- Identity columns, access methods and exclusions on partitioned tables.
CREATE TABLE numbered (id bigint GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5), k integer) PARTITION BY LIST (k);
CREATE TABLE numbered_1 PARTITION OF numbered FOR VALUES IN (1);
CREATE TABLE numbered_2 PARTITION OF numbered FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE numbered_2_all PARTITION OF numbered_2 DEFAULT;
INSERT INTO numbered (k) VALUES (1), (2), (1);
CREATE TABLE with_method (a integer) PARTITION BY LIST (a) USING heap;
CREATE TABLE with_method_1 PARTITION OF with_method FOR VALUES IN (1);
CREATE TABLE excluded (a int4range, k integer, EXCLUDE USING gist (a WITH =)) PARTITION BY LIST (a);
CREATE TABLE excluded_1 PARTITION OF excluded FOR VALUES IN ('[1,2)');
