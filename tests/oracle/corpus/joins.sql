-- inner join of appends with a filter
SELECT a.id, a.v, b.w FROM a JOIN b ON a.id = b.id WHERE b.w > 1;
-- comma join
SELECT a.id, b.w FROM a, b WHERE a.id = b.id AND a.v > 5;
-- cross join
SELECT a.id, w.x FROM a CROSS JOIN w;
-- join on two columns
SELECT a.id, b.w FROM a JOIN b ON a.id = b.id AND a.k = b.k;
-- join with null keys
SELECT a.id, b.id AS other FROM a JOIN b ON a.k = b.k;
-- left join with null keys
SELECT a.id, b.id AS other FROM a LEFT JOIN b ON a.k = b.k;
-- left join with a condition on the right
SELECT a.id, b.w FROM a LEFT JOIN b ON a.id = b.id AND b.w > 1;
-- left join with a condition on the left
SELECT a.id, b.w FROM a LEFT JOIN b ON a.id = b.id AND a.v > 15;
-- left join and where on the right
SELECT a.id, b.w FROM a LEFT JOIN b ON a.id = b.id WHERE b.w IS NULL;
-- right join
SELECT a.id, b.id AS other, b.w FROM a RIGHT JOIN b ON a.id = b.id;
-- full join
SELECT a.id, b.id AS other FROM a FULL OUTER JOIN b ON a.id = b.id;
-- join of three
SELECT a.id, b.w, u.v FROM a JOIN b ON a.id = b.id JOIN u ON u.id = a.id;
-- left joins of three
SELECT a.id, b.w, w.x FROM a LEFT JOIN b ON a.id = b.id LEFT JOIN w ON w.id = a.id;
-- append with upsert, left
SELECT a.id, u.v FROM a LEFT JOIN u ON a.id = u.id;
-- upsert with upsert
SELECT u.id, u.v, w.x FROM u JOIN w ON u.id = w.id;
-- upsert full upsert
SELECT u.id, w.id AS other FROM u FULL JOIN w ON u.id = w.id;
-- retract with append
SELECT r.id, b.w FROM r JOIN b ON r.k = b.k;
-- retract left upsert
SELECT r.id, r.v, w.x FROM r LEFT JOIN w ON r.id = w.id;
-- self join
SELECT x.id, y.id AS other FROM a AS x JOIN a AS y ON x.v = y.v AND x.id < y.id;
-- join on an expression
SELECT a.id, b.id AS other FROM a JOIN b ON a.id + 1 = b.id;
-- join on different types
SELECT a.id, t.n FROM a JOIN t ON a.id = t.n;
-- join with an aggregate
SELECT a.id, q.n FROM a JOIN (SELECT k, COUNT(*) AS n FROM b GROUP BY k) AS q ON a.k = q.k;
-- left join of two aggregates
SELECT x.k, x.n, y.s FROM (SELECT k, COUNT(*) AS n FROM a GROUP BY k) AS x
LEFT JOIN (SELECT k, SUM(w) AS s FROM b GROUP BY k) AS y ON x.k = y.k;
-- aggregate over join
SELECT a.k, SUM(b.w) AS s FROM a JOIN b ON a.id = b.id GROUP BY a.k;
-- using
SELECT id, v, w FROM a JOIN b USING (id);
-- natural join
SELECT id, v, x FROM u NATURAL JOIN w;
-- in subquery with filter
SELECT id FROM a WHERE k IN (SELECT k FROM b WHERE w > 1);
-- not in with nulls in the subquery
SELECT id FROM a WHERE k NOT IN (SELECT k FROM b);
-- exists without correlation
SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE w > 100);
-- in over upsert
SELECT id FROM a WHERE id IN (SELECT id FROM u);
-- not exists over retract
SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.id = a.id);
-- in over an aggregate
SELECT id, k FROM a WHERE k IN (SELECT k FROM b GROUP BY k HAVING COUNT(*) > 1);
-- exists with two conditions
SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.w < a.v);
-- scalar subquery in where
SELECT id, v FROM a WHERE v > (SELECT AVG(w) FROM b);
-- correlated scalar subquery
SELECT id, (SELECT MAX(w) FROM b WHERE b.k = a.k) AS most FROM a;
-- join without a condition
SELECT a.id FROM a JOIN b;
-- join on an unknown column
SELECT a.id FROM a JOIN b ON a.nope = b.id;
-- the same alias twice
SELECT x.id FROM a AS x JOIN b AS x ON x.id = x.id;
-- join on text and number
SELECT a.id FROM a JOIN b ON a.id = b.k;
-- interval join with strict bounds
SELECT a.id, b.w FROM a JOIN b ON a.id = b.id AND a.rt > b.rt - INTERVAL '1' MINUTE AND a.rt < b.rt + INTERVAL '1' MINUTE;
-- full interval join
SELECT a.id, b.id AS other FROM a FULL JOIN b ON a.k = b.k AND a.rt BETWEEN b.rt - INTERVAL '30' SECOND AND b.rt + INTERVAL '30' SECOND;
-- interval join with upsert
SELECT a.id, u.v FROM a JOIN u ON a.id = u.id AND a.rt BETWEEN u.rt AND u.rt + INTERVAL '1' HOUR;
-- temporal join without the key
SELECT a.id, u.v FROM a JOIN u FOR SYSTEM_TIME AS OF a.rt ON a.k = u.k;
-- temporal join on a table without key
SELECT a.id, b.w FROM a JOIN b FOR SYSTEM_TIME AS OF a.rt ON a.id = b.id;
-- temporal join, then aggregate
SELECT a.k, SUM(u.v) AS s FROM a JOIN u FOR SYSTEM_TIME AS OF a.rt ON a.id = u.id GROUP BY a.k;
-- left join of a single row that nothing reads
SELECT x.id FROM a AS x LEFT JOIN (SELECT COUNT(*) AS c0 FROM a) AS y ON x.id = y.c0;
-- left join of a single row on true that nothing reads
SELECT x.id, x.v FROM a AS x LEFT JOIN (SELECT COUNT(*) AS c0 FROM a) AS y ON TRUE;
-- left join of groups that nothing reads
SELECT x.id FROM a AS x LEFT JOIN (SELECT k, COUNT(*) AS c FROM b GROUP BY k) AS y ON x.k = y.k AND x.id > y.c;
-- right join of groups that nothing reads
SELECT x.id FROM (SELECT k, COUNT(*) AS c FROM b GROUP BY k) AS y RIGHT JOIN a AS x ON x.k = y.k WHERE x.id > 2;
-- left join by half a key that nothing reads
SELECT x.id FROM a AS x LEFT JOIN (SELECT DISTINCT id, k FROM b) AS y ON x.k = y.k;
-- left join of an upsert table that nothing reads
SELECT a.id FROM a LEFT JOIN u ON a.id = u.id;
-- left join of a set that nothing reads
SELECT a.id FROM a LEFT JOIN (SELECT k FROM a INTERSECT SELECT k FROM b) AS y ON a.k = y.k;
-- left join of joined groups that nothing reads
SELECT x.id FROM a AS x LEFT JOIN (SELECT g.k FROM (SELECT k, COUNT(*) AS c FROM a GROUP BY k) AS g JOIN (SELECT k, COUNT(*) AS c FROM b GROUP BY k) AS h ON g.k = h.k) AS y ON x.k = y.k;
-- left join that nothing reads between joins
SELECT x.id, z.w FROM a AS x LEFT JOIN (SELECT k, COUNT(*) AS c FROM b GROUP BY k) AS y ON x.k = y.k JOIN b AS z ON z.id = x.id;
-- left join that only another join reads
SELECT x.id, y.c FROM a AS x LEFT JOIN (SELECT k, COUNT(*) AS c FROM b GROUP BY k) AS y ON x.k = y.k LEFT JOIN (SELECT k, COUNT(*) AS c FROM b GROUP BY k) AS z ON y.c = z.c;
-- left join that nothing reads under a limit
SELECT x.id FROM a AS x LEFT JOIN (SELECT k, COUNT(*) AS c FROM b GROUP BY k) AS y ON x.k = y.k LIMIT 3;
-- left join that nothing reads under a count
SELECT x.k, COUNT(*) AS n FROM a AS x LEFT JOIN (SELECT k, COUNT(*) AS c FROM b GROUP BY k) AS y ON x.k = y.k GROUP BY x.k;
-- left join that nothing reads under a union
SELECT id FROM (SELECT x.id, y.c FROM a AS x LEFT JOIN (SELECT k, COUNT(*) AS c FROM b GROUP BY k) AS y ON x.k = y.k UNION ALL SELECT id, w FROM b);
-- left join that nothing reads in a subquery
SELECT id FROM a WHERE id IN (SELECT x.id FROM b AS x LEFT JOIN (SELECT k, COUNT(*) AS c FROM a GROUP BY k) AS y ON x.k = y.k);
-- left join that nothing reads in with
WITH q AS (SELECT x.id, x.v, y.c FROM a AS x LEFT JOIN (SELECT k, COUNT(*) AS c FROM b GROUP BY k) AS y ON x.k = y.k) SELECT id FROM q WHERE v > 5;
-- left join that one of two reads in with
WITH q AS (SELECT x.id, y.c FROM a AS x LEFT JOIN (SELECT k, COUNT(*) AS c FROM b GROUP BY k) AS y ON x.k = y.k) SELECT q.id, p.c FROM q JOIN q AS p ON q.id = p.id;
-- distinct over a left join that repeats rows
SELECT DISTINCT x.id FROM a AS x LEFT JOIN b AS y ON x.k = y.k WHERE x.v > 3;
-- distinct over two left joins that repeat rows
SELECT DISTINCT x.id FROM a AS x LEFT JOIN b AS y ON x.k = y.k LEFT JOIN b AS z ON x.id = z.id;
-- distinct of an expression over a left join
SELECT DISTINCT x.id + 1 AS more FROM a AS x LEFT JOIN b AS y ON x.k = y.k;
-- count distinct over a left join that repeats rows
SELECT x.k, COUNT(DISTINCT x.v) AS n FROM a AS x LEFT JOIN b AS y ON x.k = y.k GROUP BY x.k;
-- maximum over a left join that repeats rows
SELECT x.k, MAX(x.v) AS m FROM a AS x LEFT JOIN b AS y ON x.k = y.k GROUP BY x.k;
