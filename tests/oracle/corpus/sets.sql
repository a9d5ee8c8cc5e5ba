-- union all of three
SELECT id FROM a UNION ALL SELECT id FROM b UNION ALL SELECT id FROM u;
-- union of two columns
SELECT id, k FROM a UNION SELECT id, k FROM b;
-- union with upsert
SELECT k FROM a UNION SELECT k FROM u;
-- intersect of two columns
SELECT id, k FROM a INTERSECT SELECT id, k FROM b;
-- intersect all
SELECT k FROM a INTERSECT ALL SELECT k FROM b;
-- except of two columns
SELECT id, k FROM a EXCEPT SELECT id, k FROM b;
-- except all
SELECT k FROM a EXCEPT ALL SELECT k FROM b;
-- intersect with retract
SELECT k FROM a INTERSECT SELECT k FROM r;
-- except with retract
SELECT k FROM a EXCEPT SELECT k FROM r;
-- union of int and double
SELECT v AS x FROM a UNION ALL SELECT d FROM a;
-- union of int and decimal
SELECT v AS x FROM a UNION ALL SELECT m FROM a;
-- union of text lengths
SELECT 'ab' AS x UNION ALL SELECT 'c';
-- union with null
SELECT id, CAST(NULL AS STRING) AS k FROM a UNION ALL SELECT id, k FROM b;
-- aggregate over union all
SELECT k, COUNT(*) AS n FROM (SELECT k FROM a UNION ALL SELECT k FROM b) GROUP BY k;
-- filter over union
SELECT k FROM (SELECT k FROM a UNION SELECT k FROM b) WHERE k > 'a';
-- union of different widths
SELECT id, k FROM a UNION ALL SELECT id FROM b;
-- union of different types
SELECT id FROM a UNION ALL SELECT k FROM b;
-- order by limit over union all
SELECT x FROM (SELECT id AS x FROM a UNION ALL SELECT id FROM b) ORDER BY x DESC LIMIT 3;
-- union all and limit
SELECT id FROM a UNION ALL SELECT id FROM b LIMIT 100;
