-- Every query shape of facts/flink-sql-ai.md 5.2 that needs no model, by its number there.

-- 1 filter and projection
SELECT id + 1 AS x, k FROM a WHERE v > 1;
-- 1 values
VALUES (1, 'x'), (2, 'y');
-- 1 select without from
SELECT 1 AS one_, 'x' AS letter;
-- 2 filter and projection on upsert
SELECT id, v FROM u WHERE v > 100;
-- 2 filter that only looks at the key
SELECT v FROM u WHERE id > 1;
-- 3 filter and projection on retract
SELECT k FROM r WHERE v > 1;
-- 4 aggregate without group by
SELECT COUNT(*) AS c FROM a;
-- 4 two aggregates without group by
SELECT SUM(v) AS s, MAX(k) AS m FROM a;
-- 5 group by
SELECT k, COUNT(*) AS c FROM a GROUP BY k;
-- 6 group by on upsert
SELECT k, COUNT(*) AS c FROM u GROUP BY k;
-- 6 group by on retract
SELECT k, AVG(v) AS m FROM r GROUP BY k;
-- 7 having
SELECT k, COUNT(*) AS c FROM a GROUP BY k HAVING COUNT(*) > 1;
-- 8 distinct
SELECT DISTINCT k FROM a;
-- 8 distinct on retract
SELECT DISTINCT k FROM r;
-- 9 grouping sets
SELECT k, v, COUNT(*) AS c FROM a GROUP BY GROUPING SETS ((k), (v), ());
-- 9 rollup
SELECT k, v, COUNT(*) AS c FROM a GROUP BY ROLLUP (k, v);
-- 10 inner join
SELECT a.id, b.w FROM a JOIN b ON a.id = b.id;
-- 10 inner join without an equation
SELECT a.id, b.id AS other FROM a JOIN b ON a.id < b.id;
-- 11 inner join with upsert
SELECT a.id, u.v FROM a JOIN u ON a.id = u.id;
-- 12 left join
SELECT a.id, b.w FROM a LEFT JOIN b ON a.id = b.id;
-- 12 right join
SELECT a.v, b.id FROM a RIGHT JOIN b ON a.id = b.id;
-- 12 full join
SELECT a.id, b.id AS other FROM a FULL JOIN b ON a.id = b.id;
-- 13 interval join
SELECT a.id, b.w FROM a JOIN b ON a.k = b.k AND a.rt BETWEEN b.rt AND b.rt + INTERVAL '1' MINUTE;
-- 13 left interval join
SELECT a.id, b.w FROM a LEFT JOIN b
  ON a.k = b.k AND a.rt BETWEEN b.rt - INTERVAL '1' MINUTE AND b.rt + INTERVAL '1' MINUTE;
-- 14 temporal join
SELECT a.id, u.v FROM a JOIN u FOR SYSTEM_TIME AS OF a.rt ON a.id = u.id;
-- 14 left temporal join
SELECT a.id, u.v FROM a LEFT JOIN u FOR SYSTEM_TIME AS OF a.rt ON a.id = u.id;
-- 16 tumble alone
SELECT id, window_start, window_end FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE);
-- 16 hop alone
SELECT id, window_start, window_end
FROM HOP(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE);
-- 16 cumulate alone
SELECT id, window_start, window_end
FROM CUMULATE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE);
-- 17 tumble aggregate
SELECT window_start, window_end, k, COUNT(*) AS c
FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, k;
-- 17 hop aggregate
SELECT window_start, window_end, SUM(v) AS s
FROM HOP(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE)
GROUP BY window_start, window_end;
-- 17 cumulate aggregate
SELECT window_start, window_end, COUNT(*) AS c
FROM CUMULATE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE)
GROUP BY window_start, window_end;
-- 17 session aggregate
SELECT window_start, window_end, k, COUNT(*) AS c
FROM SESSION(TABLE a PARTITION BY k, DESCRIPTOR(rt), INTERVAL '90' SECOND)
GROUP BY window_start, window_end, k;
-- 18 tumble aggregate on upsert
SELECT window_start, window_end, COUNT(*) AS c
FROM TUMBLE(TABLE u, DESCRIPTOR(rt), INTERVAL '1' MINUTE) GROUP BY window_start, window_end;
-- 19 window grouped by its end alone
SELECT window_end, COUNT(*) AS c
FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE) GROUP BY window_end;
-- 20 window join
SELECT l.id, r.w, l.window_start
FROM (SELECT * FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS l
JOIN (SELECT * FROM TUMBLE(TABLE b, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS r
ON l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end;
-- 21 window top-n
SELECT id, v, window_start, rn FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY v DESC) AS rn
  FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '2' MINUTE)) WHERE rn <= 1;
-- 22 top-n with its rank
SELECT id, k, v, rn FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) AS rn FROM a) WHERE rn <= 2;
-- 22 top-n without its rank
SELECT id, k, v FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) AS rn FROM a) WHERE rn <= 2;
-- 23 deduplication, keep first
SELECT id, k FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY rt ASC) AS rn FROM a) WHERE rn = 1;
-- 24 deduplication, keep last
SELECT id, k FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY rt DESC) AS rn FROM a) WHERE rn = 1;
-- 25 over range
SELECT id, k, SUM(v) OVER (PARTITION BY k ORDER BY rt) AS s FROM a;
-- 25 over rows
SELECT id, COUNT(*) OVER (PARTITION BY k ORDER BY rt ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS c
FROM a;
-- 25 lag
SELECT id, LAG(v) OVER (PARTITION BY k ORDER BY rt) AS before_ FROM a;
-- 25 named window
SELECT id, SUM(v) OVER win AS s, COUNT(*) OVER win AS c FROM a
WINDOW win AS (PARTITION BY k ORDER BY rt);
-- 26 over of a window aggregate
SELECT window_start, SUM(c) OVER (ORDER BY window_time) AS s FROM (
  SELECT window_start, window_end, window_time, COUNT(*) AS c
  FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE)
  GROUP BY window_start, window_end, window_time);
-- 27 over a column without time
SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY v) AS s FROM a;
-- 28 over on upsert
SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY rt) AS s FROM u;
-- 29 union all
SELECT id, k FROM a UNION ALL SELECT id, k FROM b;
-- 30 union all with retract
SELECT id, k FROM a UNION ALL SELECT id, k FROM r;
-- 31 union
SELECT k FROM a UNION SELECT k FROM b;
-- 31 intersect
SELECT k FROM a INTERSECT SELECT k FROM b;
-- 32 except
SELECT k FROM a EXCEPT SELECT k FROM b;
-- 33 in
SELECT id, k FROM a WHERE id IN (SELECT id FROM b);
-- 33 exists
SELECT id, k FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k);
-- 34 not in
SELECT id, k FROM a WHERE id NOT IN (SELECT id FROM b);
-- 34 not exists
SELECT id, k FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k);
-- 35 scalar subquery
SELECT id, (SELECT MAX(w) FROM b) AS most FROM a;
-- 36 limit
SELECT id FROM a LIMIT 3;
-- 36 limit on retract
SELECT id, k FROM r LIMIT 10;
-- 37 order by time
SELECT id, v FROM a ORDER BY rt;
-- 38 order by another column
SELECT id, v FROM a ORDER BY v;
-- 39 order by and limit
SELECT id, v FROM a ORDER BY v, id LIMIT 5;
-- 40 unnest
SELECT t.id, x.n FROM t CROSS JOIN UNNEST(arr) AS x(n);
-- 45 match recognize
SELECT * FROM a MATCH_RECOGNIZE (
  PARTITION BY k ORDER BY rt
  MEASURES x.id AS first_id, y.id AS second_id
  ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW
  PATTERN (x y) DEFINE y AS y.v >= x.v);
-- 46 match recognize on upsert
SELECT * FROM u MATCH_RECOGNIZE (
  PARTITION BY k ORDER BY rt
  MEASURES x.id AS first_id PATTERN (x y) DEFINE y AS y.v > x.v);
-- 47 aggregate over left join
SELECT COALESCE(a.k, 'none') AS k, COUNT(b.w) AS c, AVG(CAST(b.w AS DOUBLE)) AS m
FROM a LEFT JOIN b ON a.id = b.id GROUP BY a.k;
-- 48 to changelog
SELECT op, k FROM TO_CHANGELOG(input => TABLE r);
-- 49 from changelog
WITH q AS (SELECT 'INSERT' AS op, id FROM a)
SELECT * FROM FROM_CHANGELOG(input => TABLE q, op => DESCRIPTOR(op));
-- 5.3 coalesced group key
SELECT COALESCE(k, 'U') AS k, COUNT(*) AS c FROM a GROUP BY k;
-- 5.3 grouped by the coalesced key
SELECT COALESCE(k, 'U') AS k2, COUNT(*) AS c FROM a GROUP BY COALESCE(k, 'U');
-- 5.3 upsert without its key
SELECT v FROM u;
-- 5.3 key joined with key
SELECT u.id, u.v, w.x FROM u LEFT JOIN w ON u.id = w.id;
-- 5.3 foreign key joined with key
SELECT u.id, w.x FROM u LEFT JOIN w ON u.v = w.id;
