-- min: 15
-- ON DELETE SET for some of the columns.
CREATE TABLE tenants (id integer, n integer, PRIMARY KEY (id, n));
CREATE TABLE posts (tenant integer, author integer DEFAULT 7, FOREIGN KEY (tenant, author) REFERENCES tenants ON DELETE SET NULL (author));
CREATE TABLE posts2 (tenant integer, author integer DEFAULT 7, FOREIGN KEY (tenant, author) REFERENCES tenants ON DELETE SET DEFAULT (author));
INSERT INTO tenants VALUES (1, 7);
INSERT INTO posts VALUES (1, 7);
