-- arithmetic in a projection
SELECT id, v * 2 + 1 AS x, v - id AS y, v / 3 AS z, MOD(v, 4) AS w, -v AS n FROM a;
-- double and decimal arithmetic
SELECT id, d * 2 AS d2, d / 3 AS d3, m * 2 AS m2, m / 3 AS m3, m + v AS mv, m - 0.5 AS mh FROM a;
-- comparison with null
SELECT id FROM a WHERE v <> 10;
-- is null
SELECT id, k IS NULL AS unknown_, v IS NOT NULL AS known FROM a;
-- between and in
SELECT id FROM a WHERE v BETWEEN 5 AND 20 AND k IN ('a', 'b');
-- not in a list with null in the column
SELECT id FROM a WHERE k NOT IN ('a', 'b');
-- like
SELECT id FROM t WHERE s LIKE 'H%o%';
-- like with escape
SELECT id, s LIKE '%!_%' ESCAPE '!' AS e FROM t;
-- not like
SELECT id FROM t WHERE s NOT LIKE '%e%';
-- or with null
SELECT id FROM a WHERE v > 15 OR k IS NULL;
-- not of a comparison
SELECT id FROM a WHERE NOT (v > 15);
-- is distinct from
SELECT id FROM a WHERE k IS DISTINCT FROM 'a';
-- is true
SELECT id, ok IS TRUE AS yes_, ok IS NOT FALSE AS perhaps, ok IS UNKNOWN AS what FROM t;
-- case
SELECT id, CASE WHEN v > 15 THEN 'high' WHEN v > 5 THEN 'mid' ELSE 'low' END AS c FROM a;
-- simple case without else
SELECT id, CASE k WHEN 'a' THEN 1 WHEN 'b' THEN 2 END AS c FROM a;
-- case of int and decimal
SELECT id, CASE WHEN v > 15 THEN v ELSE m END AS c FROM a;
-- star with an alias of the table
SELECT x.* FROM b AS x WHERE x.w > 1;
-- star and more
SELECT *, w + 1 AS more_ FROM b;
-- subquery in from
SELECT x + 1 AS y FROM (SELECT v * 2 AS x FROM a WHERE v IS NOT NULL) AS q WHERE x > 20;
-- with
WITH q AS (SELECT k, v FROM a WHERE v > 5) SELECT k, v FROM q WHERE k IS NOT NULL;
-- with used twice
WITH q AS (SELECT id, k FROM a) SELECT x.id, y.id AS other FROM q AS x JOIN q AS y ON x.k = y.k AND x.id < y.id;
-- renamed columns of with
WITH q (one_, two_) AS (SELECT id, v FROM a) SELECT two_ FROM q WHERE one_ = 1;
-- values as a table
SELECT x, y FROM (VALUES (1, 'a'), (2, 'b')) AS q(x, y) WHERE x > 1;
-- values of several types
SELECT * FROM (VALUES (1, 2.5), (3, 4)) AS q(x, y);
-- constant comparison
SELECT id FROM a WHERE 1 = 0;
-- duplicate names
SELECT a.id, b.id, b.k, a.k FROM a JOIN b ON a.id = b.id;
-- unnamed expressions
SELECT id + 1, UPPER(k), 'x' FROM a;
-- filter over upsert on a column that changes
SELECT id, k FROM u WHERE k = 'c';
-- expression over retract
SELECT id * 10 AS ten, UPPER(k) AS up FROM r;
-- unknown column
SELECT nope FROM a;
-- column in another case
SELECT ID FROM a;
-- unknown table
SELECT id FROM nothing_;
-- table in another case
SELECT id FROM A;
-- unknown function
SELECT NOPE(id) FROM a;
-- ambiguous column
SELECT id FROM a JOIN b ON a.id = b.id;
-- alias in where
SELECT v + 1 AS plus FROM a WHERE plus > 3;
-- number compared with text
SELECT id FROM a WHERE id = '1';
-- text less than number
SELECT id FROM a WHERE k < 10;
-- plus of number and text
SELECT id + 'x' FROM a;
-- concatenation of number
SELECT k || 1 FROM a;
-- where of a number
SELECT id FROM a WHERE v;
-- aggregate in where
SELECT id FROM a WHERE COUNT(*) > 1;
-- bang equal
SELECT id FROM a WHERE v != 10;
-- double quoted name
SELECT "id" FROM a;
-- reserved word as alias
SELECT id AS order FROM a;
-- trailing comma
SELECT id, FROM a;
-- unknown table in a qualified column
SELECT q.id FROM a;
-- limit zero
SELECT id FROM a LIMIT 0;
-- limit and offset
SELECT id FROM a LIMIT 3 OFFSET 2;
-- fetch first
SELECT id FROM a FETCH FIRST 2 ROWS ONLY;
