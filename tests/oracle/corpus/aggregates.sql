-- every plain aggregate
SELECT k, COUNT(*) AS n, COUNT(v) AS nv, SUM(v) AS s, AVG(v) AS m, MIN(v) AS lo, MAX(v) AS hi FROM a GROUP BY k;
-- aggregates of double
SELECT k, SUM(d) AS s, AVG(d) AS m, MIN(d) AS lo, MAX(d) AS hi FROM a GROUP BY k;
-- aggregates of decimal
SELECT k, SUM(m) AS s, AVG(m) AS m, MIN(m) AS lo, MAX(m) AS hi FROM a GROUP BY k;
-- aggregates of bigint
SELECT SUM(n) AS s, AVG(n) AS m, MIN(n) AS lo, MAX(n) AS hi FROM t;
-- aggregates of text and time
SELECT MIN(s) AS s1, MAX(s) AS s2, MIN(day_) AS d1, MAX(ts) AS t2, MIN(ltz) AS l1 FROM t;
-- count distinct
SELECT COUNT(DISTINCT k) AS n, COUNT(DISTINCT v) AS m FROM a;
-- sum distinct by key
SELECT k, SUM(DISTINCT v) AS s, AVG(DISTINCT v) AS m FROM a GROUP BY k;
-- filter clause
SELECT k, COUNT(*) FILTER (WHERE v > 15) AS high, SUM(v) FILTER (WHERE v < 15) AS low FROM a GROUP BY k;
-- deviation and variance of double
SELECT STDDEV_POP(d) AS a1, STDDEV_SAMP(d) AS a2, VAR_POP(d) AS a3, VAR_SAMP(d) AS a4 FROM a WHERE d < 100;
-- deviation of int
SELECT k, STDDEV_POP(v) AS a1, VAR_SAMP(v) AS a2 FROM a GROUP BY k;
-- array_agg
SELECT k, ARRAY_AGG(v) AS vs FROM a GROUP BY k;
-- array_agg joined
SELECT k, ARRAY_JOIN(ARRAY_AGG(CAST(v AS STRING)), '|') AS vs FROM a GROUP BY k;
-- listagg
SELECT k, LISTAGG(CAST(id AS STRING)) AS ids, LISTAGG(CAST(v AS STRING), '-') AS vs FROM a GROUP BY k;
-- first and last value
SELECT k, FIRST_VALUE(v) AS f, LAST_VALUE(v) AS l FROM a GROUP BY k;
-- collect
SELECT k, CARDINALITY(COLLECT(v)) AS n FROM a GROUP BY k;
-- grouped by two
SELECT k, v, COUNT(*) AS n FROM a GROUP BY k, v;
-- grouped by an expression
SELECT v / 10 AS tens, COUNT(*) AS n FROM a GROUP BY v / 10;
-- grouped, key not shown
SELECT COUNT(*) AS n FROM a GROUP BY k;
-- expression over aggregates
SELECT k, SUM(v) * 1.0 / COUNT(*) AS m, MAX(v) - MIN(v) AS spread FROM a GROUP BY k;
-- having on another aggregate
SELECT k, SUM(v) AS s FROM a GROUP BY k HAVING COUNT(*) > 1 AND MAX(v) < 30;
-- having without group by
SELECT COUNT(*) AS n FROM a HAVING COUNT(*) > 3;
-- aggregate of an aggregate
SELECT MAX(n) AS most, COUNT(*) AS groups_ FROM (SELECT k, COUNT(*) AS n FROM a GROUP BY k);
-- filter over aggregate
SELECT k, n FROM (SELECT k, COUNT(*) AS n FROM a GROUP BY k) WHERE n > 1;
-- aggregate of distinct rows
SELECT COUNT(*) AS n FROM (SELECT DISTINCT k, v FROM a);
-- distinct of two columns
SELECT DISTINCT k, v FROM a;
-- distinct of expression
SELECT DISTINCT v > 10 AS big FROM a;
-- aggregates on retract
SELECT k, COUNT(*) AS n, SUM(v) AS s, MIN(v) AS lo, MAX(v) AS hi FROM r GROUP BY k;
-- aggregates on upsert
SELECT k, COUNT(*) AS n, SUM(v) AS s, MIN(v) AS lo, MAX(v) AS hi FROM u GROUP BY k;
-- aggregate without group on retract
SELECT COUNT(*) AS n, SUM(v) AS s FROM r;
-- count distinct on upsert
SELECT COUNT(DISTINCT k) AS n FROM u;
-- distinct on upsert
SELECT DISTINCT k FROM u;
-- aggregate over a filter that leaves nothing
SELECT COUNT(*) AS n, SUM(v) AS s FROM a WHERE v > 1000;
-- group by over a filter that leaves nothing
SELECT k, COUNT(*) AS n FROM a WHERE v > 1000 GROUP BY k;
-- group by a constant
SELECT 'all' AS what, COUNT(*) AS n FROM a GROUP BY 'all';
-- group by a position
SELECT k, COUNT(*) FROM a GROUP BY 1;
-- group by an alias
SELECT UPPER(k) AS kk, COUNT(*) FROM a GROUP BY kk;
-- column not grouped
SELECT k, v, COUNT(*) FROM a GROUP BY k;
-- nested aggregate calls
SELECT MAX(COUNT(*)) FROM a GROUP BY k;
-- sum of text
SELECT SUM(k) FROM a;
-- avg of boolean
SELECT AVG(ok) FROM t;
-- unknown aggregate
SELECT MEDIAN(v) FROM a;
-- string_agg
SELECT STRING_AGG(k, ',') FROM a;
-- approx_count_distinct
SELECT APPROX_COUNT_DISTINCT(k) FROM a;
-- cube
SELECT k, v, COUNT(*) AS c FROM a GROUP BY CUBE (k, v);
-- grouping
SELECT k, GROUPING(k) AS g, COUNT(*) AS c FROM a GROUP BY GROUPING SETS ((k), ());
-- json_arrayagg
SELECT JSON_ARRAYAGG(k) AS js FROM b;
-- json_objectagg
SELECT JSON_OBJECTAGG(KEY x VALUE id) AS js FROM w WHERE id = 1;
