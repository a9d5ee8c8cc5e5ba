@flink
Feature: LAB 2 · Stream processing
  Bookings, customers, hotels and reviews arrive in topics of their own. We join them into one
  table, gather what guests say of each hotel, and let a model write one sentence about it that
  is ready for a customer e-mail. Everything runs on as new reviews come in.

  Rule: A topic with a schema is a table already

    @B01
    Scenario: Look at the source tables
      Given the step "Load the hotel data" of lab "lab1" is complete
      When I run the query:
        """sql
        SHOW TABLES;
        """
      Then the result lists:
        | table name                 |
        | bookings                   |
        | clickstream                |
        | hotel_reviews              |
        | riverhotel.SAMPLE.CUSTOMER |
        | riverhotel.SAMPLE.HOTEL    |

    @B02
    Scenario: A table is looked for in the chosen database
      Given the step "Load the hotel data" of lab "lab1" is complete
      When I submit the statement without a database:
        """sql
        SELECT * FROM bookings;
        """
      Then the statement is refused because of "bookings"

    @B03
    Scenario: Peek at the bookings
      Given the step "Load the hotel data" of lab "lab1" is complete
      When I run the query:
        """sql
        SELECT * FROM bookings LIMIT 10;
        """
      Then the result has 10 rows
      And every "BOOKING_ID" begins with "B6"
      And every "CHECK_IN" is a number of 13 digits

    @B04
    Scenario: Count the bookings as they come
      Given the step "Load the hotel data" of lab "lab1" is complete
      When I watch the query:
        """sql
        SELECT COUNT(*) AS TOTAL_BOOKINGS FROM bookings;
        """
      Then the last "TOTAL_BOOKINGS" is the number of bookings

    Scenario: A misspelt column is found at its place
      Given the step "Load the hotel data" of lab "lab1" is complete
      When I submit the statement:
        """sql
        SELECT BOOKING_ID, HOTEL_IDD FROM bookings;
        """
      Then the statement is refused because of "Column 'HOTEL_IDD' not found in any table"

  Rule: A join of streams keeps its rows up to date

    @B05 @B07
    Scenario: Denormalize the bookings
      Given the step "Load the hotel data" of lab "lab1" is complete
      When I submit the statement "denormalized-hotel-bookings":
        """sql
        CREATE TABLE `DENORMALIZED_HOTEL_BOOKINGS` AS (
        SELECT
          h.`NAME` AS `HOTEL_NAME`,
          h.`DESCRIPTION` AS `HOTEL_DESCRIPTION`,
          h.`CLASS` AS `HOTEL_CLASS`,
          h.`CITY` AS `HOTEL_CITY`,
          h.`COUNTRY` AS `HOTEL_COUNTRY`,
          b.`PRICE` AS `BOOKING_AMOUNT`,
          b.`OCCUPANTS` AS `GUEST_COUNT`,
          b.`CREATED_AT` AS `BOOKING_DATE`,
          TO_TIMESTAMP_LTZ(b.`CHECK_IN`, 3) AS `CHECK_IN`,
          TO_TIMESTAMP_LTZ(b.`CHECK_OUT`, 3) AS `CHECK_OUT`,
          c.`EMAIL` AS `CUSTOMER_EMAIL`,
          c.`FIRST_NAME` AS `CUSTOMER_FIRST_NAME`,
          r.`REVIEW_RATING`,
          r.`REVIEW_TEXT`,
          r.`CREATED_AT` AS `REVIEW_DATE`,
          b.`BOOKING_ID`,
          h.`HOTEL_ID`
        FROM `bookings` b
        JOIN `riverhotel.SAMPLE.CUSTOMER` c ON c.`EMAIL` = b.`CUSTOMER_EMAIL`
        JOIN `riverhotel.SAMPLE.HOTEL` h ON h.`HOTEL_ID` = b.`HOTEL_ID`
        LEFT JOIN `hotel_reviews` r ON r.`BOOKING_ID` = b.`BOOKING_ID`
        );
        """
      Then the statement "denormalized-hotel-bookings" is RUNNING
      And the table "DENORMALIZED_HOTEL_BOOKINGS" holds every booking once
      And a booking without a review has no rating and no text

    @B06
    Scenario: Read the new table's columns
      Given the step "Denormalize the bookings" is complete
      When I run the query:
        """sql
        DESCRIBE `DENORMALIZED_HOTEL_BOOKINGS`;
        """
      Then the result shows, in order:
        | Column Name         | Data Type        |
        | HOTEL_NAME          | STRING           |
        | HOTEL_DESCRIPTION   | STRING           |
        | HOTEL_CLASS         | STRING           |
        | HOTEL_CITY          | STRING           |
        | HOTEL_COUNTRY       | STRING           |
        | BOOKING_AMOUNT      | INT              |
        | GUEST_COUNT         | INT              |
        | BOOKING_DATE        | TIMESTAMP_LTZ(3) |
        | CHECK_IN            | TIMESTAMP_LTZ(3) |
        | CHECK_OUT           | TIMESTAMP_LTZ(3) |
        | CUSTOMER_EMAIL      | STRING           |
        | CUSTOMER_FIRST_NAME | STRING           |
        | REVIEW_RATING       | INT              |
        | REVIEW_TEXT         | STRING           |
        | REVIEW_DATE         | TIMESTAMP_LTZ(3) |
        | BOOKING_ID          | STRING           |
        | HOTEL_ID            | STRING           |

    Scenario: Look at the joined bookings
      Given the step "Denormalize the bookings" is complete
      When I run the query:
        """sql
        SELECT `BOOKING_ID`, `HOTEL_NAME`, `CHECK_IN`, `CUSTOMER_FIRST_NAME`, `REVIEW_RATING`, `REVIEW_TEXT`
        FROM `DENORMALIZED_HOTEL_BOOKINGS`
        LIMIT 20;
        """
      Then the result has 20 rows

    @B08
    Scenario: A statement's name is taken until it is deleted
      Given the step "Denormalize the bookings" is complete
      When I submit the statement "denormalized-hotel-bookings":
        """sql
        SELECT * FROM `DENORMALIZED_HOTEL_BOOKINGS`;
        """
      Then the statement is refused because of "409"

  Rule: An aggregate changes with every review

    @B09 @B10 @B11
    Scenario: Aggregate the reviews by hotel
      Given the step "Denormalize the bookings" is complete
      When I submit the statement "aggregate-hotel-reviews":
        """sql
        CREATE TABLE `AGGREGATE_HOTEL_REVIEWS` AS (
        SELECT
          COALESCE(`HOTEL_ID`, 'UNKNOWN_HOTEL') AS `HOTEL_ID`,
          `HOTEL_NAME`,
          `HOTEL_CITY`,
          `HOTEL_COUNTRY`,
          `HOTEL_DESCRIPTION`,
          AVG(CAST(`REVIEW_RATING` AS DECIMAL(10, 2))) AS `AVERAGE_REVIEW_RATING`,
          COUNT(`REVIEW_RATING`) AS `REVIEW_COUNT`,
          ARRAY_JOIN(ARRAY_AGG(`REVIEW_TEXT`), '||| ') AS `HOTEL_REVIEWS`
        FROM `DENORMALIZED_HOTEL_BOOKINGS`
        GROUP BY `HOTEL_ID`, `HOTEL_NAME`, `HOTEL_CITY`, `HOTEL_COUNTRY`, `HOTEL_DESCRIPTION`
        );
        """
      Then the statement "aggregate-hotel-reviews" is RUNNING
      And the table "AGGREGATE_HOTEL_REVIEWS" knows every booked hotel
      And every hotel's review count in "AGGREGATE_HOTEL_REVIEWS" is right
      And every hotel's mean rating in "AGGREGATE_HOTEL_REVIEWS" is right to the cent
      And the texts of "AGGREGATE_HOTEL_REVIEWS" fall into as many parts as there are reviews

    @B12
    Scenario: Ask how the aggregate changes
      Given the step "Denormalize the bookings" is complete
      When I watch the query:
        """sql
        EXPLAIN
        SELECT `HOTEL_ID`, COUNT(`REVIEW_RATING`) AS `REVIEW_COUNT`
        FROM `DENORMALIZED_HOTEL_BOOKINGS`
        GROUP BY `HOTEL_ID`;
        """
      Then the result says "Changelog mode: retract"

    Scenario: Look at the hotels and their reviews
      Given the step "Aggregate the reviews by hotel" is complete
      When I run the query:
        """sql
        SELECT `HOTEL_NAME`, `HOTEL_CITY`, `AVERAGE_REVIEW_RATING`, `REVIEW_COUNT`, `HOTEL_REVIEWS`
        FROM `AGGREGATE_HOTEL_REVIEWS`
        LIMIT 10;
        """
      Then the result has 10 rows

  Rule: A model reads rows that never change

    @B15 @bedrock
    Scenario: Create the review summarizer
      Given the step "Create the Bedrock connection" of lab "lab1" is complete
      When I submit the statement:
        """sql
        CREATE MODEL `HOTEL_REVIEW_SUMMARIZER`
        INPUT (`prompt` STRING)
        OUTPUT (`REVIEW_SUMMARY` STRING)
        COMMENT 'One sentence about what guests say of a hotel'
        WITH (
          'provider' = 'bedrock',
          'task' = 'text_generation',
          'bedrock.connection' = 'bedrock-claude-connection',
          'bedrock.params.max_tokens' = '200',
          'bedrock.system_prompt' = 'You write for the customer e-mails of a hotel group. After the word Reviews: you are
        given what guests wrote about one hotel: nothing at all, one review, or several reviews
        divided by |||. Answer with one natural sentence that tells a future guest what people
        liked there, and nothing else: no list, no code, no word about how you wrote it. If you
        are given nothing, answer exactly: NO REVIEWS FOUND. If you are given one review, say
        its point in a few words of your own and never repeat it. If you are given several,
        merge them into one sentence.'
        );
        """
      Then the model "HOTEL_REVIEW_SUMMARIZER" takes "prompt" and gives "REVIEW_SUMMARY"

    @B16 @bedrock
    Scenario: A model goes by its exact name
      Given the step "Create the review summarizer" is complete
      When I submit the statement:
        """sql
        SELECT `REVIEW_SUMMARY`
        FROM (VALUES ('Quiet rooms.')) AS t(`reviews`),
          LATERAL TABLE(ML_PREDICT('REVIEW_SUMMARIZER', `reviews`));
        """
      Then the statement is refused because of "REVIEW_SUMMARIZER"

    @B17 @B18 @B19 @bedrock
    Scenario: Try the summarizer on three inputs
      Given the step "Create the review summarizer" is complete
      When I run the query:
        """sql
        SELECT `label`, `reviews`, `REVIEW_SUMMARY`
        FROM (VALUES
            ('none', ''),
            ('one', 'The rooftop bar was a joy at sunset and the team upstairs could not have been kinder. Only the lift kept us waiting.'),
            ('many', 'Spotless room and a very soft bed.||| Breakfast offered fresh fruit and good coffee every day.||| The walk to the old town took five minutes.||| Friendly staff at the desk, day and night.||| The pool was cold but the spa made up for it.')
          ) AS t(`label`, `reviews`),
          LATERAL TABLE(ML_PREDICT('HOTEL_REVIEW_SUMMARIZER', CONCAT('Reviews: ', `reviews`)));
        """
      Then the answer to "none" is "NO REVIEWS FOUND"
      And the answer to "one" is shorter than its review
      And the answer to "many" is one sentence

    @B13 @bedrock
    Scenario: A model refuses a table that takes rows back
      Given the step "Create the review summarizer" is complete
      And the step "Denormalize the bookings" is complete
      When I submit the statement:
        """sql
        CREATE TABLE `SUMMARY_TOO_EARLY`
        WITH ('changelog.mode' = 'append')
        AS (
        SELECT `HOTEL_NAME`, `REVIEW_SUMMARY`
        FROM (
            SELECT `HOTEL_NAME`, ARRAY_JOIN(ARRAY_AGG(`REVIEW_TEXT`), '||| ') AS `HOTEL_REVIEWS`
            FROM `DENORMALIZED_HOTEL_BOOKINGS`
            GROUP BY `HOTEL_NAME`
          ),
          LATERAL TABLE(ML_PREDICT('HOTEL_REVIEW_SUMMARIZER', `HOTEL_REVIEWS`))
        );
        """
      Then the statement is refused because of "doesn't support consuming update"

    @B14
    Scenario: Switch the aggregate to append
      Given the step "Aggregate the reviews by hotel" is complete
      When I submit the statement:
        """sql
        ALTER TABLE `AGGREGATE_HOTEL_REVIEWS` SET ('changelog.mode' = 'append');
        """
      Then the table "AGGREGATE_HOTEL_REVIEWS" has the changelog mode "append"

    @B20 @B21 @bedrock
    Scenario: Summarize the reviews
      Given the step "Switch the aggregate to append" is complete
      And the step "Create the review summarizer" is complete
      When I submit the statement "aggregate-hotel-reviews-with-summary":
        """sql
        CREATE TABLE `AGGREGATE_HOTEL_REVIEWS_WITH_SUMMARY` AS (
        SELECT *
        FROM `AGGREGATE_HOTEL_REVIEWS`,
          LATERAL TABLE(ML_PREDICT('HOTEL_REVIEW_SUMMARIZER', CONCAT('Reviews: ', `HOTEL_REVIEWS`))) AS ai_summary(`REVIEW_SUMMARY`)
        );
        """
      Then the statement "aggregate-hotel-reviews-with-summary" is RUNNING
      And every change of "AGGREGATE_HOTEL_REVIEWS" has a row in "AGGREGATE_HOTEL_REVIEWS_WITH_SUMMARY" within 5 minutes
      And every reviewed hotel in "AGGREGATE_HOTEL_REVIEWS_WITH_SUMMARY" has a summary of its own
      And every hotel without reviews in "AGGREGATE_HOTEL_REVIEWS_WITH_SUMMARY" says "NO REVIEWS FOUND"
      And the model was called at most 4 times for each booking

    @bedrock
    Scenario: Read the summaries
      Given the step "Summarize the reviews" is complete
      When I run the query:
        """sql
        SELECT `HOTEL_NAME`, `HOTEL_CITY`, `REVIEW_COUNT`, `AVERAGE_REVIEW_RATING`, `REVIEW_SUMMARY`
        FROM `AGGREGATE_HOTEL_REVIEWS_WITH_SUMMARY`
        LIMIT 10;
        """
      Then the result has 10 rows
      And no "REVIEW_SUMMARY" is empty

    @B22 @bedrock
    Scenario: Keys that no longer work stop the model
      Given the step "Create the review summarizer" is complete
      And I have submitted the statement:
        """sql
        CREATE CONNECTION IF NOT EXISTS `stale-connection`
          WITH (
            'type' = 'bedrock',
            'endpoint' = 'https://bedrock-runtime.${AWS_REGION}.amazonaws.com/model/${BEDROCK_MODEL_ID}/invoke',
            'aws-access-key' = '${AWS_ACCESS_KEY_ID}',
            'aws-secret-key' = '${AWS_SECRET_ACCESS_KEY}',
            'aws-session-token' = 'a token from last week'
          );
        """
      And I have submitted the statement:
        """sql
        CREATE MODEL IF NOT EXISTS `STALE_SUMMARIZER`
        INPUT (`prompt` STRING)
        OUTPUT (`REVIEW_SUMMARY` STRING)
        WITH (
          'provider' = 'bedrock',
          'task' = 'text_generation',
          'bedrock.connection' = 'stale-connection',
          'bedrock.params.max_tokens' = '200'
        );
        """
      When I submit the statement:
        """sql
        SELECT `REVIEW_SUMMARY`
        FROM (VALUES ('Quiet rooms.')) AS t(`reviews`),
          LATERAL TABLE(ML_PREDICT('STALE_SUMMARIZER', `reviews`));
        """
      Then the statement is refused because of "403"

    @B22 @bedrock
    Scenario: Fresh keys bring the model back
      Given the step "Create the review summarizer" is complete
      And I have submitted the statement:
        """sql
        CREATE CONNECTION IF NOT EXISTS `renewed-connection`
          WITH (
            'type' = 'bedrock',
            'endpoint' = 'https://bedrock-runtime.${AWS_REGION}.amazonaws.com/model/${BEDROCK_MODEL_ID}/invoke',
            'aws-access-key' = '${AWS_ACCESS_KEY_ID}',
            'aws-secret-key' = '${AWS_SECRET_ACCESS_KEY}',
            'aws-session-token' = 'a token from last week'
          );
        """
      And I have submitted the statement:
        """sql
        CREATE MODEL IF NOT EXISTS `RENEWED_SUMMARIZER`
        INPUT (`prompt` STRING)
        OUTPUT (`REVIEW_SUMMARY` STRING)
        WITH (
          'provider' = 'bedrock',
          'task' = 'text_generation',
          'bedrock.connection' = 'renewed-connection',
          'bedrock.params.max_tokens' = '200'
        );
        """
      And I have submitted the statement:
        """sql
        ALTER CONNECTION `renewed-connection` SET (
          'aws-access-key' = '${AWS_ACCESS_KEY_ID}',
          'aws-secret-key' = '${AWS_SECRET_ACCESS_KEY}',
          'aws-session-token' = '${AWS_SESSION_TOKEN}'
        );
        """
      When I run the query:
        """sql
        SELECT `REVIEW_SUMMARY`
        FROM (VALUES ('Reviews: Quiet rooms and a kind team at the desk.')) AS t(`reviews`),
          LATERAL TABLE(ML_PREDICT('RENEWED_SUMMARIZER', `reviews`));
        """
      Then the result has 1 rows
      And no "REVIEW_SUMMARY" is empty

  Rule: A lake takes rows that stay, or rows with a key

    @B24 @tableflow
    Scenario: Store the clicks in a lake
      Given the step "Load the hotel data" of lab "lab1" is complete
      When I turn on Tableflow for the topic "clickstream"
      Then Tableflow keeps the topic "clickstream" RUNNING within 15 minutes

    @B26 @tableflow
    Scenario: Look into the lake
      Given the step "Store the clicks in a lake" is complete
      When I run "read_lake.py"
      Then it prints "files in _delta_log:"
      And it prints "data files:"
      And it prints "booking-click:"

    @B12
    Scenario: Count the bookings of each city
      Given the step "Denormalize the bookings" is complete
      When I submit the statement "bookings-by-city":
        """sql
        CREATE TABLE `BOOKINGS_BY_CITY` AS (
        SELECT
          COALESCE(`HOTEL_CITY`, 'UNKNOWN_CITY') AS `HOTEL_CITY`,
          COUNT(*) AS `BOOKINGS`
        FROM `DENORMALIZED_HOTEL_BOOKINGS`
        GROUP BY `HOTEL_CITY`
        );
        """
      Then the statement "bookings-by-city" is RUNNING
      And the table "BOOKINGS_BY_CITY" has the changelog mode "retract"

    @B25 @tableflow
    Scenario: A lake refuses a table that takes rows back
      Given the step "Count the bookings of each city" is complete
      When I turn on Tableflow for the topic "BOOKINGS_BY_CITY"
      Then Tableflow refuses the topic because of "retract"

    Scenario: Switch the bookings to append
      Given the step "Denormalize the bookings" is complete
      When I submit the statement:
        """sql
        ALTER TABLE `DENORMALIZED_HOTEL_BOOKINGS` SET ('changelog.mode' = 'append');
        """
      Then the table "DENORMALIZED_HOTEL_BOOKINGS" has the changelog mode "append"

    @B23 @B25 @tableflow
    Scenario: Store the bookings in a lake
      Given the step "Switch the bookings to append" is complete
      When I turn on Tableflow for the topic "DENORMALIZED_HOTEL_BOOKINGS"
      Then Tableflow keeps the topic "DENORMALIZED_HOTEL_BOOKINGS" RUNNING within 15 minutes

  Rule: A model is called once for every row it reads

    Scenario: Keep a book of the guests' notes
      Given the step "Load the hotel data" of lab "lab1" is complete
      When I submit the statement:
        """sql
        CREATE TABLE `GUEST_NOTES` (
          `HOTEL_ID` STRING NOT NULL,
          `NOTE` STRING NOT NULL,
          `WRITTEN` TIMESTAMP_LTZ(3) NOT NULL,
          WATERMARK FOR `WRITTEN` AS `WRITTEN`
        )
        DISTRIBUTED INTO 1 BUCKETS
        WITH ('changelog.mode' = 'append');
        """
      Then the table "GUEST_NOTES" has the changelog mode "append"

    Scenario: Gather the notes of each hotel
      Given the step "Keep a book of the guests' notes" is complete
      When I submit the statement "notes-by-hotel":
        """sql
        CREATE TABLE `NOTES_BY_HOTEL`
        WITH ('changelog.mode' = 'retract')
        AS (
        SELECT
          `HOTEL_ID`,
          COUNT(*) AS `NOTE_COUNT`,
          ARRAY_JOIN(ARRAY_AGG(`NOTE`), '||| ') AS `NOTES`
        FROM `GUEST_NOTES`
        GROUP BY `HOTEL_ID`
        );
        """
      Then the statement "notes-by-hotel" is RUNNING

    Scenario: Gather the notes under a key
      Given the step "Keep a book of the guests' notes" is complete
      When I submit the statement "notes-by-key":
        """sql
        CREATE TABLE `NOTES_BY_KEY` (PRIMARY KEY (`HOTEL_ID`) NOT ENFORCED)
        WITH ('changelog.mode' = 'upsert')
        AS (
        SELECT
          `HOTEL_ID`,
          COUNT(*) AS `NOTE_COUNT`,
          ARRAY_JOIN(ARRAY_AGG(`NOTE`), '||| ') AS `NOTES`
        FROM `GUEST_NOTES`
        GROUP BY `HOTEL_ID`
        );
        """
      Then the statement "notes-by-key" is RUNNING

    Scenario: Let the notes come in
      Given the step "Gather the notes of each hotel" is complete
      And the step "Gather the notes under a key" is complete
      When I run "write_notes.py"
      Then it prints "notes sent: 13"

    @B21 @bedrock
    Scenario: Summarize every change
      Given the step "Create the review summarizer" is complete
      And the step "Let the notes come in" is complete
      And I have submitted the statement:
        """sql
        ALTER TABLE `NOTES_BY_HOTEL` SET ('changelog.mode' = 'append');
        """
      When I submit the statement "summaries-of-every-change":
        """sql
        CREATE TABLE `SUMMARIES_OF_EVERY_CHANGE` AS (
        SELECT `HOTEL_ID`, `NOTE_COUNT`, `REVIEW_SUMMARY`
        FROM `NOTES_BY_HOTEL`,
          LATERAL TABLE(ML_PREDICT('HOTEL_REVIEW_SUMMARIZER', CONCAT('Reviews: ', `NOTES`)))
        );
        """
      Then the statement "summaries-of-every-change" is RUNNING
      And every change of "NOTES_BY_HOTEL" has a row in "SUMMARIES_OF_EVERY_CHANGE" within 5 minutes

    @bedrock
    Scenario: Summarize from the third note on
      Given the step "Create the review summarizer" is complete
      And the step "Let the notes come in" is complete
      And I have submitted the statement:
        """sql
        ALTER TABLE `NOTES_BY_HOTEL` SET ('changelog.mode' = 'append');
        """
      When I submit the statement "summaries-from-three":
        """sql
        CREATE TABLE `SUMMARIES_FROM_THREE` AS (
        SELECT `HOTEL_ID`, `NOTE_COUNT`, `REVIEW_SUMMARY`
        FROM (SELECT * FROM `NOTES_BY_HOTEL` WHERE `NOTE_COUNT` >= 3),
          LATERAL TABLE(ML_PREDICT('HOTEL_REVIEW_SUMMARIZER', CONCAT('Reviews: ', `NOTES`)))
        );
        """
      Then the statement "summaries-from-three" is RUNNING
      And every change of "NOTES_BY_HOTEL" where "NOTE_COUNT >= 3" has a row in "SUMMARIES_FROM_THREE" within 5 minutes

    @bedrock
    Scenario: Summarize every third note
      Given the step "Create the review summarizer" is complete
      And the step "Let the notes come in" is complete
      And I have submitted the statement:
        """sql
        ALTER TABLE `NOTES_BY_KEY` SET ('changelog.mode' = 'append');
        """
      When I submit the statement "summaries-of-every-third":
        """sql
        CREATE TABLE `SUMMARIES_OF_EVERY_THIRD` AS (
        SELECT `HOTEL_ID`, `NOTE_COUNT`, `REVIEW_SUMMARY`
        FROM (SELECT * FROM `NOTES_BY_KEY` WHERE MOD(`NOTE_COUNT`, 3) = 0),
          LATERAL TABLE(ML_PREDICT('HOTEL_REVIEW_SUMMARIZER', CONCAT('Reviews: ', `NOTES`)))
        );
        """
      Then the statement "summaries-of-every-third" is RUNNING
      And every change of "NOTES_BY_KEY" where "MOD(NOTE_COUNT, 3) = 0" has a row in "SUMMARIES_OF_EVERY_THIRD" within 5 minutes

    Scenario: Gather the notes week by week
      Given the step "Let the notes come in" is complete
      When I submit the statement "notes-by-week":
        """sql
        CREATE TABLE `NOTES_BY_WEEK` AS (
        SELECT
          `HOTEL_ID`, `window_end`,
          COUNT(*) AS `NOTE_COUNT`,
          ARRAY_JOIN(ARRAY_AGG(`NOTE`), '||| ') AS `NOTES`
        FROM TABLE(TUMBLE(TABLE `GUEST_NOTES`, DESCRIPTOR(`WRITTEN`), INTERVAL '7' DAY))
        GROUP BY `HOTEL_ID`, `window_start`, `window_end`
        );
        """
      Then the statement "notes-by-week" is RUNNING
      And the table "NOTES_BY_WEEK" has the changelog mode "append"

    @bedrock
    Scenario: Summarize week by week
      Given the step "Create the review summarizer" is complete
      And the step "Gather the notes week by week" is complete
      When I submit the statement "summaries-of-weeks":
        """sql
        CREATE TABLE `SUMMARIES_OF_WEEKS` AS (
        SELECT `HOTEL_ID`, `window_end`, `NOTE_COUNT`, `REVIEW_SUMMARY`
        FROM `NOTES_BY_WEEK`,
          LATERAL TABLE(ML_PREDICT('HOTEL_REVIEW_SUMMARIZER', CONCAT('Reviews: ', `NOTES`)))
        );
        """
      Then the statement "summaries-of-weeks" is RUNNING
      And every change of "NOTES_BY_WEEK" has a row in "SUMMARIES_OF_WEEKS" within 5 minutes

    @bedrock
    Scenario: Ask once for what is there
      Given the step "Create the review summarizer" is complete
      And the step "Let the notes come in" is complete
      When I run the query:
        """sql
        SELECT `HOTEL_ID`, `NOTE_COUNT`, `REVIEW_SUMMARY`
        FROM (
            SELECT
              `HOTEL_ID`,
              COUNT(*) AS `NOTE_COUNT`,
              ARRAY_JOIN(ARRAY_AGG(`NOTE`), '||| ') AS `NOTES`
            FROM `GUEST_NOTES`
            GROUP BY `HOTEL_ID`
          ),
          LATERAL TABLE(ML_PREDICT('HOTEL_REVIEW_SUMMARIZER', CONCAT('Reviews: ', `NOTES`)));
        """
      Then the result has 2 rows
      And no "REVIEW_SUMMARY" is empty

    @B21 @bedrock
    Scenario: Compare what the designs cost
      Given the step "Summarize every change" is complete
      And the step "Summarize from the third note on" is complete
      And the step "Summarize every third note" is complete
      And the step "Summarize week by week" is complete
      When I run the query:
        """sql
        SELECT d.`DESIGN`, d.`CALLS`, d.`CALLS` < every_change.`CALLS` AS `IS_CHEAPER`
        FROM (
            SELECT 'every change' AS `DESIGN`, COUNT(*) AS `CALLS` FROM `SUMMARIES_OF_EVERY_CHANGE`
            UNION ALL
            SELECT 'from the third note on', COUNT(*) FROM `SUMMARIES_FROM_THREE`
            UNION ALL
            SELECT 'every third note', COUNT(*) FROM `SUMMARIES_OF_EVERY_THIRD`
            UNION ALL
            SELECT 'week by week', COUNT(*) FROM `SUMMARIES_OF_WEEKS`
          ) d
          CROSS JOIN (SELECT COUNT(*) AS `CALLS` FROM `SUMMARIES_OF_EVERY_CHANGE`) every_change;
        """
      Then the result lists:
        | DESIGN                 | IS_CHEAPER |
        | every change           | False      |
        | from the third note on | True       |
        | every third note       | True       |
        | week by week           | True       |
      And no "CALLS" is empty

  Rule: What stands on something else is taken down first

    @B27 @tableflow
    Scenario: Take a lab down
      Given the step "Load the hotel data" of lab "lab1" is complete
      When I run "teardown.py"
      Then it prints these lines, in order:
        """text
        made: rehearsal-clicks REHEARSAL_CLICKS REHEARSAL_MODEL rehearsal-connection
        statement stopped: rehearsal-clicks
        Tableflow off: REHEARSAL_CLICKS
        table dropped: REHEARSAL_CLICKS
        model dropped: REHEARSAL_MODEL
        connection dropped: rehearsal-connection
        schema deleted: REHEARSAL_CLICKS-value
        statement deleted: rehearsal-clicks
        left: nothing
        """

    @B28 @tableflow @emulator_only
    Scenario: An integration in use stops the destroying
      Given the step "Load the hotel data" of lab "lab1" is complete
      When I run "destroy_conflict.py"
      Then it prints these lines, in order:
        """text
        first destroy: 409 Conflict
        Tableflow off: hotel_reviews
        second destroy: done
        left: nothing
        """
      And it prints "in use by Tableflow"
