-- hop
SELECT window_start, window_end, k, COUNT(*) AS c, SUM(v) AS s FROM HOP(TABLE a, DESCRIPTOR(rt), INTERVAL '30' SECOND, INTERVAL '1' MINUTE) GROUP BY window_start, window_end, k;
-- hop with an offset
SELECT window_start, COUNT(*) AS c FROM HOP(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE, INTERVAL '15' SECOND) GROUP BY window_start, window_end;
-- cumulate
SELECT window_start, window_end, COUNT(*) AS c, SUM(v) AS s FROM CUMULATE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE, INTERVAL '3' MINUTE) GROUP BY window_start, window_end;
-- session by key
SELECT window_start, window_end, k, COUNT(*) AS c, MAX(v) AS m FROM SESSION(TABLE a PARTITION BY k, DESCRIPTOR(rt), INTERVAL '90' SECOND) GROUP BY window_start, window_end, k;
-- rows of sessions
SELECT id, window_start, window_end FROM SESSION(TABLE a PARTITION BY k, DESCRIPTOR(rt), INTERVAL '1' MINUTE);
-- session grouped without its key
SELECT window_start, COUNT(*) AS c FROM SESSION(TABLE a PARTITION BY k, DESCRIPTOR(rt), INTERVAL '1' MINUTE) GROUP BY window_start, window_end;
-- tumble over an upsert table
SELECT window_start, COUNT(*) AS c, SUM(v) AS s, MAX(v) AS m FROM TUMBLE(TABLE u, DESCRIPTOR(rt), INTERVAL '1' MINUTE) GROUP BY window_start, window_end;
-- hop over a filter of an upsert table
WITH q AS (SELECT v, rt FROM u WHERE v > 50) SELECT window_start, COUNT(*) AS c FROM HOP(TABLE q, DESCRIPTOR(rt), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE) GROUP BY window_start, window_end;
-- one bound over an upsert table
SELECT window_start, COUNT(*) AS c FROM TUMBLE(TABLE u, DESCRIPTOR(rt), INTERVAL '1' MINUTE) GROUP BY window_start;
-- union of windows
SELECT window_start, window_end, COUNT(*) AS c FROM (SELECT window_start, window_end, id FROM TUMBLE(TABLE b, DESCRIPTOR(rt), INTERVAL '1' MINUTE) UNION ALL SELECT window_start, window_end, w FROM TUMBLE(TABLE b, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;
-- grouping sets of a window
SELECT window_start, k, COUNT(*) AS c FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '2' MINUTE) GROUP BY GROUPING SETS ((window_start, window_end, k), (window_start, window_end));
-- distinct of a window
SELECT DISTINCT window_start, window_end, k FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '2' MINUTE);
-- full window join
SELECT l.id, r.w FROM (SELECT * FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS l FULL JOIN (SELECT * FROM TUMBLE(TABLE b, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS r ON l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end;
-- window semi join
SELECT l.id FROM (SELECT * FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS l WHERE l.k IN (SELECT k FROM (SELECT * FROM TUMBLE(TABLE b, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS r WHERE l.window_start = r.window_start AND l.window_end = r.window_end);
-- window anti join
SELECT l.id FROM (SELECT * FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS l WHERE NOT EXISTS (SELECT * FROM (SELECT * FROM TUMBLE(TABLE b, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS r WHERE l.window_start = r.window_start AND l.window_end = r.window_end AND l.k = r.k);
-- window join of different sizes
SELECT l.id, r.w FROM (SELECT * FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS l JOIN (SELECT * FROM TUMBLE(TABLE b, DESCRIPTOR(rt), INTERVAL '2' MINUTE)) AS r ON l.window_start = r.window_start AND l.window_end = r.window_end;
-- window join with an upsert table
SELECT l.id, r.v FROM (SELECT * FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS l JOIN (SELECT * FROM TUMBLE(TABLE u, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS r ON l.window_start = r.window_start AND l.window_end = r.window_end;
-- the second and third of a window
SELECT id, window_start, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY v DESC, id) AS rn FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '2' MINUTE)) WHERE rn BETWEEN 2 AND 3;
-- window top-n of an upsert table
SELECT id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY v DESC) AS rn FROM TUMBLE(TABLE u, DESCRIPTOR(rt), INTERVAL '2' MINUTE)) WHERE rn <= 2;
-- partition of a tumble
SELECT window_start FROM TUMBLE(TABLE a PARTITION BY k, DESCRIPTOR(rt), INTERVAL '1' MINUTE);
-- order in a session
SELECT window_start FROM SESSION(TABLE a PARTITION BY k ORDER BY v, DESCRIPTOR(rt), INTERVAL '1' MINUTE);
-- cumulate whose step does not divide
SELECT window_start FROM CUMULATE(TABLE a, DESCRIPTOR(rt), INTERVAL '7' SECOND, INTERVAL '1' MINUTE);
-- offset beyond the size
SELECT window_start FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE);
-- too few arguments
SELECT window_start FROM HOP(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE);
-- unknown time column
SELECT window_start FROM TUMBLE(TABLE a, DESCRIPTOR(nope), INTERVAL '1' MINUTE);
-- number as time column
SELECT window_start FROM TUMBLE(TABLE a, DESCRIPTOR(v), INTERVAL '1' MINUTE);
-- number as size
SELECT window_start FROM TUMBLE(TABLE a, DESCRIPTOR(rt), 5);
-- current watermark of no time attribute
SELECT CURRENT_WATERMARK(ts) FROM t;
