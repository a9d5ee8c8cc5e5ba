-- upper lower initcap
SELECT id, UPPER(s) AS u, LOWER(s) AS l, INITCAP(s) AS i FROM t;
-- char_length and position
SELECT id, CHAR_LENGTH(s) AS n, POSITION('o' IN s) AS p, INSTR(s, 'l') AS i, LOCATE('o', s) AS l, LOCATE('o', s, 6) AS l2 FROM t;
-- substring
SELECT id, SUBSTRING(s FROM 2 FOR 3) AS a1, SUBSTRING(s, 3) AS a2, SUBSTR(s, -3) AS a3, SUBSTRING(s, -3, 2) AS a4 FROM t;
-- trim
SELECT id, TRIM(s) AS a1, LTRIM(s) AS a2, RTRIM(s) AS a3, TRIM(BOTH 'H' FROM s) AS a4, TRIM(TRAILING 'd' FROM s) AS a5, BTRIM(s) AS a6 FROM t;
-- pad
SELECT id, LPAD(s, 4, '*') AS a1, RPAD(s, 14, '-') AS a2 FROM t;
-- left right repeat reverse
SELECT id, `LEFT`(s, 3) AS a1, `RIGHT`(s, 3) AS a2, REPEAT(s, 2) AS a3, REVERSE(s) AS a4 FROM t;
-- concat
SELECT id, CONCAT(s, '-', k) AS c FROM (SELECT id, s, CAST(n AS STRING) AS k FROM t);
-- concat operator
SELECT id, s || '!' AS c, s || CAST(NULL AS STRING) AS n FROM t;
-- concat_ws
SELECT id, CONCAT_WS('-', s, CAST(n AS STRING), 'x') AS c FROM t;
-- replace
SELECT id, REPLACE(s, 'l', 'L') AS a1, REPLACE(s, '', 'x') AS a2 FROM t;
-- overlay
SELECT id, OVERLAY(s PLACING 'xx' FROM 2) AS a1, OVERLAY(s PLACING 'xx' FROM 2 FOR 4) AS a2 FROM t;
-- translate
SELECT id, TRANSLATE(s, 'lo', '01') AS a1 FROM t;
-- split_index and split
SELECT id, SPLIT_INDEX(s, ',', 0) AS a1, SPLIT_INDEX(s, ',', 1) AS a2, SPLIT_INDEX(s, ',', 5) AS a3 FROM t;
-- split
SELECT id, SPLIT(s, ',') AS a1 FROM t;
-- startswith endswith
SELECT id, STARTSWITH(s, 'He') AS a1, ENDSWITH(s, 'd') AS a2 FROM t;
-- regexp
SELECT id, REGEXP(s, '[A-Z]') AS a1, REGEXP_REPLACE(s, '[aeiou]', '_') AS a2 FROM t;
-- regexp_extract
SELECT id, REGEXP_EXTRACT(s, '(\w+), (\w+)', 2) AS a1, REGEXP_EXTRACT(s, '\w+') AS a2 FROM t;
-- regexp_extract of a bad pattern
SELECT REGEXP_EXTRACT('abc', '(', 1) AS x;
-- regexp count instr substr
SELECT id, REGEXP_COUNT(s, 'o') AS a1, REGEXP_INSTR(s, 'o') AS a2, REGEXP_SUBSTR(s, '[a-z]+') AS a3 FROM t;
-- regexp_extract_all
SELECT id, REGEXP_EXTRACT_ALL(s, '([a-z])o', 1) AS a1 FROM t;
-- similar to
SELECT id, s SIMILAR TO 'H%' AS a1 FROM t;
-- ascii and chr
SELECT id, ASCII(s) AS a1, CHR(65) AS a2 FROM t;
-- md5 and sha
SELECT MD5('a') AS a1, SHA1('a') AS a2, SHA256('a') AS a3, SHA2('a', 256) AS a4;
-- base64 and hex
SELECT TO_BASE64('abc') AS a1, FROM_BASE64('YWJj') AS a2, HEX('abc') AS a3, HEX(255) AS a4;
-- encode and decode
SELECT ENCODE('abc', 'UTF-8') AS a1, DECODE(ENCODE('abc', 'UTF-8'), 'UTF-8') AS a2;
-- str_to_map
SELECT STR_TO_MAP('a=1,b=2') AS a1, STR_TO_MAP('a:1;b:2', ';', ':') AS a2;
-- parse_url
SELECT PARSE_URL('http://example.com/p?q=1', 'HOST') AS a1, PARSE_URL('http://example.com/p?q=1', 'QUERY', 'q') AS a2;
-- printf
SELECT PRINTF('%d-%s', 5, 'x') AS a1;
-- elt and coalesce
SELECT id, ELT(2, 'a', 'b') AS a1, COALESCE(s, 'none') AS a2, IFNULL(s, 'none') AS a3, NULLIF(s, '') AS a4 FROM t;
-- if
SELECT id, IF(n > 0, 'plus', 'minus') AS a1, IF(ok, 1, 0) AS a2 FROM t;
-- greatest and least
SELECT id, GREATEST(n, 3, 5) AS a1, LEAST(n, 3, 5) AS a2, GREATEST(s, 'M') AS a3 FROM t;
-- abs sign ceil floor
SELECT id, ABS(f) AS a1, ABS(x) AS a2, ABS(n) AS a3, SIGN(f) AS a4, SIGN(x) AS a5, CEIL(f) AS a6, CEIL(x) AS a7, FLOOR(f) AS a8, FLOOR(x) AS a9 FROM t;
-- round and truncate
SELECT id, ROUND(f) AS a1, ROUND(f, 2) AS a2, ROUND(x, 1) AS a3, ROUND(x) AS a4, TRUNCATE(f, 2) AS a5, TRUNCATE(x, 1) AS a6, ROUND(n, -1) AS a7 FROM t;
-- powers and logarithms
SELECT POWER(2, 10) AS a1, SQRT(2) AS a2, EXP(1) AS a3, LN(10) AS a4, LOG10(1000) AS a5, LOG2(8) AS a6, LOG(2, 8) AS a7;
-- trigonometry
SELECT SIN(1) AS a1, COS(1) AS a2, TAN(1) AS a3, ASIN(0.5) AS a4, ACOS(0.5) AS a5, ATAN(1) AS a6, ATAN2(1, 2) AS a7, COT(1) AS a8, SINH(1) AS a9, PI() AS b1, DEGREES(1) AS b2, RADIANS(180) AS b3;
-- mod
SELECT MOD(7, 3) AS a1, MOD(-7, 3) AS a2, 7 % -3 AS a3, MOD(7.5, 2) AS a4;
-- integer division
SELECT 5 / 2 AS a1, -5 / 2 AS a2, 5 / 2.0 AS a3, 5.0 / 2 AS a4, CAST(5 AS DOUBLE) / 2 AS a5, 1.00 / 3 AS a6;
-- division by zero
SELECT 1 / v0 FROM (SELECT 0 AS v0);
-- division of double by zero
SELECT 1.0E0 / 0 AS a1;
-- decimal arithmetic types
SELECT x + 1 AS a1, x - m0 AS a2, x * m0 AS a3, x / m0 AS a4, x * x * x AS a5 FROM (SELECT x, CAST(1.5 AS DECIMAL(5, 2)) AS m0 FROM t WHERE id = 1);
-- literals
SELECT 1 AS a1, 1.5 AS a2, 1e3 AS a3, 'abc' AS a4, TRUE AS a5, x'48' AS a6, DATE '2024-01-02' AS a7, TIME '01:02:03' AS a8, TIMESTAMP '2024-01-02 03:04:05.678' AS a9, 10000000000 AS b1, -0.001 AS b2, U&'\00e4' AS b3, 'it''s' AS b4;
-- bit functions
SELECT BIN(5) AS a1, CONV('ff', 16, 10) AS a2;
-- uuid and rand are of chance
SELECT CHAR_LENGTH(UUID()) AS a1, RAND() < 1 AS a2, RAND_INTEGER(5) < 5 AS a3;
-- typeof
SELECT TYPEOF(1) AS a1, TYPEOF('a') AS a2, TYPEOF(v) AS a3 FROM (SELECT CAST(1 AS BIGINT) AS v);
-- length
SELECT LENGTH('a');
-- nvl
SELECT NVL('a', 'b');
-- substring of a number
SELECT SUBSTRING(id, 1) FROM t;
-- upper of a number
SELECT UPPER(id) FROM t;
-- too many arguments
SELECT UPPER(s, s) FROM t;
-- concat of a number
SELECT CONCAT(s, id) FROM t;
-- round of text
SELECT ROUND(s) FROM t;
-- url_encode
SELECT URL_ENCODE('a b&c') AS a1, URL_DECODE('a%20b') AS a2;
-- unhex and is functions
SELECT IS_ALPHA('abc') AS a1, IS_DIGIT('12') AS a2, IS_DECIMAL('1.5') AS a3;
-- percentile
SELECT PERCENTILE(v, 0.5) AS p FROM a;
-- levenshtein
SELECT LEVENSHTEIN('kitten', 'sitting') AS n;
