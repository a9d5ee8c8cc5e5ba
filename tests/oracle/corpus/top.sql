-- order by limit descending
SELECT id, v FROM a ORDER BY v DESC, id LIMIT 3;
-- order by limit with nulls first
SELECT id, v FROM a ORDER BY v ASC, id LIMIT 2;
-- order by limit with nulls last asked
SELECT id, v FROM a ORDER BY v ASC NULLS LAST, id LIMIT 8;
-- order by limit offset
SELECT id, v FROM a ORDER BY id LIMIT 2 OFFSET 3;
-- order by an alias
SELECT id, v * -1 AS neg FROM a ORDER BY neg, id LIMIT 3;
-- order by a column that is not shown
SELECT k FROM a ORDER BY id DESC LIMIT 2;
-- order by an aggregate
SELECT k, COUNT(*) AS n FROM a GROUP BY k ORDER BY n DESC, k LIMIT 2;
-- order by a position
SELECT id, v FROM a ORDER BY 2 DESC, 1 LIMIT 2;
-- top-n over upsert
SELECT id, v FROM u ORDER BY v DESC LIMIT 2;
-- top-n over retract
SELECT id, v FROM r ORDER BY v LIMIT 2;
-- limit over an aggregate
SELECT k, n FROM (SELECT k, COUNT(*) AS n FROM a GROUP BY k) LIMIT 10;
-- limit within a subquery
SELECT id + 1 AS x FROM (SELECT id FROM a LIMIT 3);
-- top 1 by key
SELECT k, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) AS rn FROM a) WHERE rn = 1;
-- top-n without partition
SELECT id, v, rn FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY v DESC, id) AS rn FROM a) WHERE rn <= 3;
-- top-n from the second on
SELECT id, v, rn FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY v DESC, id) AS rn FROM a) WHERE rn BETWEEN 2 AND 3;
-- top-n over an aggregate
SELECT k, n FROM (SELECT k, n, ROW_NUMBER() OVER (ORDER BY n DESC, k) AS rn FROM (SELECT k, COUNT(*) AS n FROM a GROUP BY k)) WHERE rn <= 2;
-- top-n over upsert by key
SELECT k, id, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS rn FROM u) WHERE rn <= 2;
-- qualify
SELECT id, k, v FROM a QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) <= 1;
-- rank
SELECT id FROM (SELECT *, RANK() OVER (PARTITION BY k ORDER BY v) AS rn FROM a) WHERE rn <= 2;
-- row_number without a bound
SELECT id, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS rn FROM a;
-- keep first by time over two keys
SELECT id, k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k, v ORDER BY rt) AS rn FROM a) WHERE rn = 1;
-- keep last, aggregated
SELECT COUNT(*) AS n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY rt DESC) AS rn FROM a) WHERE rn = 1;
-- top-n without a rank in the middle
SELECT id, k, rn FROM (SELECT id, k, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS rn FROM a) WHERE rn <= 3 AND rn <> 2;
-- top-n without its last rank
SELECT id, k, rn FROM (SELECT id, k, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS rn FROM a) WHERE rn <= 3 AND rn <> 3;
-- top-n without its first rank from outside
SELECT id, k, rn FROM (SELECT * FROM (SELECT id, k, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS rn FROM a) WHERE rn <= 2) WHERE rn <> 1;
-- top-n by two columns without its first rank from outside
SELECT id, k, rn FROM (SELECT * FROM (SELECT id, k, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v, id) AS rn FROM a) WHERE rn <= 2) WHERE rn <> 1;
-- top-n of a join without its first rank from outside
SELECT b.id, y.rn FROM b JOIN (SELECT * FROM (SELECT id, k, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS rn FROM a) WHERE rn <= 2) AS y ON b.id = y.id WHERE y.rn <> 1;
