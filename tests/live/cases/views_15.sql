-- min: 15
-- Views that check their invoker's privileges.
CREATE TABLE base (a integer);
INSERT INTO base VALUES (1);
CREATE VIEW invoker WITH (security_invoker = true, security_barrier = false) AS SELECT a FROM base WITH LOCAL CHECK OPTION;
