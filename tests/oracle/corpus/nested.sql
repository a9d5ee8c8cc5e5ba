-- array element
SELECT id, arr[1] AS a1, arr[9] AS a2, words[2] AS a3 FROM t;
-- array element at zero
SELECT arr[0] FROM t;
-- cardinality
SELECT id, CARDINALITY(arr) AS a1, CARDINALITY(attr) AS a2 FROM t;
-- array literal
SELECT ARRAY[1, 2, 3] AS a1, ARRAY['a', 'bc'] AS a2, ARRAY[1, NULL] AS a3, ARRAY[1, 2.5] AS a4;
-- empty array
SELECT ARRAY[] AS a1;
-- array functions
SELECT id, ARRAY_CONTAINS(arr, 1) AS a1, ARRAY_POSITION(arr, 2) AS a2, ARRAY_REVERSE(arr) AS a3, ARRAY_MAX(arr) AS a4, ARRAY_MIN(arr) AS a5, ARRAY_SORT(arr) AS a6 FROM t;
-- array changes
SELECT id, ARRAY_APPEND(arr, 9) AS a1, ARRAY_PREPEND(arr, 9) AS a2, ARRAY_REMOVE(arr, 1) AS a3, ARRAY_CONCAT(arr, ARRAY[8]) AS a4, ARRAY_SLICE(arr, 1, 2) AS a5 FROM t;
-- array sets
SELECT id, ARRAY_DISTINCT(words) AS a1, ARRAY_UNION(words, ARRAY['z']) AS a2, ARRAY_INTERSECT(words, ARRAY['x']) AS a3, ARRAY_EXCEPT(words, ARRAY['x']) AS a4 FROM t;
-- array_join
SELECT id, ARRAY_JOIN(words, '-') AS a1, ARRAY_JOIN(words, '-', '?') AS a2 FROM t;
-- map
SELECT id, attr['p'] AS a1, attr['none'] AS a2, MAP_KEYS(attr) AS a3, MAP_VALUES(attr) AS a4 FROM t WHERE id <> 2;
-- map literal
SELECT MAP['a', 1, 'b', 2]['b'] AS a1, MAP['a', 1] AS a2;
-- map functions
SELECT MAP_FROM_ARRAYS(ARRAY['a'], ARRAY[1]) AS a1, MAP_ENTRIES(MAP['a', 1]) AS a2, MAP_UNION(MAP['a', 1], MAP['a', 2]) AS a3;
-- row
SELECT ROW(1, 'x') AS r, ROW(1, 'x', TRUE) AS q;
-- row field
SELECT r.b0, r.a0 + 1 AS n FROM (SELECT CAST(ROW(1, 'x') AS ROW<a0 INT, b0 STRING>) AS r);
-- array of rows
SELECT ARRAY[ROW(1, 'a'), ROW(2, 'b')] AS rows_;
-- unnest of words
SELECT t.id, x.word FROM t CROSS JOIN UNNEST(words) AS x(word);
-- left join unnest
SELECT t.id, x.n FROM t LEFT JOIN UNNEST(arr) AS x(n) ON TRUE;
-- unnest with ordinality
SELECT t.id, x.word, x.place FROM t CROSS JOIN UNNEST(words) WITH ORDINALITY AS x(word, place);
-- unnest of a map
SELECT t.id, x.k0, x.v0 FROM t CROSS JOIN UNNEST(attr) AS x(k0, v0);
-- unnest of an aggregate
SELECT q.k, x.n FROM (SELECT k, ARRAY_AGG(v) AS vs FROM a GROUP BY k) AS q CROSS JOIN UNNEST(q.vs) AS x(n);
-- unnest of rows
SELECT x.n, x.s FROM (SELECT ARRAY[ROW(1, 'a'), ROW(2, 'b')] AS rs) CROSS JOIN UNNEST(rs) AS x(n, s);
-- aggregate over unnest
SELECT x.word, COUNT(*) AS n FROM t CROSS JOIN UNNEST(words) AS x(word) GROUP BY x.word;
-- comparison of arrays
SELECT id FROM t WHERE arr = ARRAY[3, 1, 2];
-- json_value
SELECT id, JSON_VALUE(js, '$.a.b') AS a1, JSON_VALUE(js, '$.list[0]') AS a2, JSON_VALUE(js, '$.a') AS a3, JSON_VALUE(js, '$.nope') AS a4, JSON_VALUE(js, '$.t') AS a5 FROM t;
-- json_value returning
SELECT id, JSON_VALUE(js, '$.a.b' RETURNING DOUBLE) AS a1, JSON_VALUE(js, '$.list[1]' RETURNING INT) AS a2 FROM t WHERE id = 1;
-- json_value defaults
SELECT id, JSON_VALUE(js, 'lax $.nope' DEFAULT 'empty' ON EMPTY) AS a1, JSON_VALUE(js, '$.nope' DEFAULT 'bad' ON ERROR) AS a2 FROM t;
-- json_query
SELECT id, JSON_QUERY(js, '$.a') AS a1, JSON_QUERY(js, '$.list') AS a2, JSON_QUERY(js, '$.a.b') AS a3 FROM t;
-- json_query with wrapper
SELECT id, JSON_QUERY(js, '$.a.b' WITH WRAPPER) AS a1 FROM t WHERE id = 1;
-- json_exists
SELECT id, JSON_EXISTS(js, '$.a') AS a1, JSON_EXISTS(js, '$.nope') AS a2 FROM t;
-- is json
SELECT id, js IS JSON AS a1, js IS JSON OBJECT AS a2, js IS JSON ARRAY AS a3 FROM t;
-- json_object
SELECT JSON_OBJECT('k' VALUE 1, 'a' VALUE 'x') AS a1, JSON_OBJECT(KEY 'n' VALUE CAST(NULL AS INT)) AS a2, JSON_OBJECT('n' VALUE CAST(NULL AS INT) ABSENT ON NULL) AS a3, JSON_OBJECT('b' VALUE FALSE, 'p' VALUE 90.0) AS a4;
-- json_array
SELECT JSON_ARRAY(1, 'x', TRUE) AS a1, JSON_ARRAY() AS a2;
-- json_string
SELECT JSON_STRING('x') AS a1, JSON_STRING(5) AS a2, JSON_STRING(ARRAY[1, 2]) AS a3;
-- json_quote
SELECT JSON_QUOTE('a"b') AS a1, JSON_UNQUOTE('"a"') AS a2;
