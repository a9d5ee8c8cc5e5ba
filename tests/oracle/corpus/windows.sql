-- every column of a window
SELECT * FROM TUMBLE(TABLE b, DESCRIPTOR(rt), INTERVAL '1' MINUTE);
-- table wrapper
SELECT id, window_time FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE));
-- named arguments
SELECT window_start, COUNT(*) AS c FROM TUMBLE(DATA => TABLE a, TIMECOL => DESCRIPTOR(rt), SIZE => INTERVAL '1' MINUTE) GROUP BY window_start, window_end;
-- offset
SELECT window_start, COUNT(*) AS c FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE, INTERVAL '10' SECOND) GROUP BY window_start, window_end;
-- several aggregates
SELECT window_start, k, COUNT(*) AS c, SUM(v) AS s, AVG(d) AS m, MAX(m) AS x FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '2' MINUTE) GROUP BY window_start, window_end, k;
-- having of a window
SELECT window_start, COUNT(*) AS c FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE) GROUP BY window_start, window_end HAVING COUNT(*) > 1;
-- window over a filter
SELECT window_start, COUNT(*) AS c FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE) WHERE v > 5 GROUP BY window_start, window_end;
-- window over a query
WITH q AS (SELECT rt, v FROM a WHERE k IS NOT NULL) SELECT window_end, SUM(v) AS s FROM TUMBLE(TABLE q, DESCRIPTOR(rt), INTERVAL '1' MINUTE) GROUP BY window_start, window_end;
-- count distinct in a window
SELECT window_start, COUNT(DISTINCT k) AS c FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '5' MINUTE) GROUP BY window_start, window_end;
-- hop of days
SELECT window_start, window_end, COUNT(*) AS c FROM HOP(TABLE a, DESCRIPTOR(rt), INTERVAL '12' HOUR, INTERVAL '1' DAY) GROUP BY window_start, window_end;
-- session without partition
SELECT window_start, window_end, COUNT(*) AS c FROM SESSION(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE) GROUP BY window_start, window_end;
-- window over windows
WITH q AS (SELECT window_time AS wt, COUNT(*) AS c FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, window_time) SELECT window_start, SUM(c) AS s FROM TUMBLE(TABLE q, DESCRIPTOR(wt), INTERVAL '5' MINUTE) GROUP BY window_start, window_end;
-- left window join
SELECT l.id, r.w FROM (SELECT * FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS l LEFT JOIN (SELECT * FROM TUMBLE(TABLE b, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) AS r ON l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end;
-- window deduplication
SELECT id, k, window_start FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY rt DESC) AS rn FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '2' MINUTE)) WHERE rn = 1;
-- column without a watermark
SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE);
-- size that slide does not divide
SELECT window_start, COUNT(*) AS c FROM HOP(TABLE a, DESCRIPTOR(rt), INTERVAL '7' SECOND, INTERVAL '1' MINUTE) GROUP BY window_start, window_end;
-- month as size
SELECT * FROM TUMBLE(TABLE a, DESCRIPTOR(rt), INTERVAL '1' MONTH);
-- over sum and average
SELECT id, SUM(v) OVER w AS s, AVG(v) OVER w AS m, MIN(v) OVER w AS lo FROM a WINDOW w AS (PARTITION BY k ORDER BY rt RANGE BETWEEN INTERVAL '1' MINUTE PRECEDING AND CURRENT ROW);
-- over rows unbounded
SELECT id, COUNT(*) OVER (ORDER BY rt ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS c FROM a;
-- over range without partition
SELECT id, COUNT(v) OVER (ORDER BY rt) AS c FROM a;
-- over first and last value
SELECT id, FIRST_VALUE(v) OVER (PARTITION BY k ORDER BY rt) AS f, LAST_VALUE(v) OVER (PARTITION BY k ORDER BY rt) AS l FROM a;
-- over with two windows
SELECT SUM(v) OVER (ORDER BY rt) AS s, SUM(v) OVER (PARTITION BY k ORDER BY rt) AS t FROM a;
-- over descending
SELECT SUM(v) OVER (ORDER BY rt DESC) AS s FROM a;
-- over without order
SELECT SUM(v) OVER (PARTITION BY k) AS s FROM a;
-- over with following
SELECT SUM(v) OVER (ORDER BY rt ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS s FROM a;
-- lead
SELECT LEAD(v) OVER (ORDER BY rt) AS n FROM a;
-- lag with a default
SELECT id, LAG(v, 2, -1) OVER (ORDER BY rt) AS n FROM a;
