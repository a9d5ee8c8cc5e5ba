@flink
Feature: Race tracker
  Eight racers, one message each a second, for a minute. Three statements in SQL do the work of
  three services: one writes a comment on what happens at the front, one finds the engine that is
  too hot or too cold, one answers questions about earlier races.

  Rule: One program makes all that the race needs, and only after it has asked

    @E01
    Scenario: Check the tools
      When I run "check_tools.py"
      Then it prints "Python 3."
      And it prints "httpx, boto3, confluent_kafka, runthrough"

    @E01
    Scenario: Stop where a tool is missing
      When I run "no_tools.py"
      Then it ends with the error "missing: httpx, boto3, confluent_kafka, runthrough"
      And it ends with the error "Nothing was made"
      And it ends with the error "python -m pip install"

    Scenario: Try the Cloud API key
      When I run "cloud.py"
      Then it prints "Environments your key sees: "

    @E02
    Scenario: Say no
      When I run "setup.py" and answer "n"
      Then it prints "Nothing was made. Later: python setup.py"

    @E03 @sets_up
    Scenario: Set the race up
      When I run "setup.py" and answer "y"
      Then it prints "environment race-tracker-env: env-"
      And it prints "Basic cluster race-tracker-cluster: lkc-"
      And it prints "compute pool race-tracker-pool: lfcp-"
      And it prints "topic race-positions: ready"
      And it prints "the keys are in .race.env"

    Scenario: The keys are yours alone
      Given the step "Set the race up" is complete
      When I run "notes.py"
      Then it prints "SCHEMA_REGISTRY_API_SECRET = (kept)"
      And it prints "FLINK_API_SECRET = (kept)"

    @E05
    Scenario: Set it up again
      Given the step "Set the race up" is complete
      When I run "setup.py" and answer "y"
      Then it prints "race-tracker-cluster: lkc-"
      And it prints "Made 0 things"

    # Only the emulator can be asked to know a key later than it was made.
    @E04 @emulator_only
    Scenario: A new key is not known everywhere at once
      Given the step "Set the race up" is complete
      And this fault:
        """yaml
        match: {route: "/subjects/{subject}/versions"}
        times: 2
        answer: {status: 401}
        """
      When I run "setup.py" and answer "y"
      Then it prints "waiting: 401 from "
      And it prints "topic race-positions: ready"
      And it prints "Made 0 things"

  Rule: A race is a stream of messages

    @kafka
    Scenario: Run a race
      When I load the data of the race
      Then the topic "race-positions" has 1 partitions
      And the values of "race-positions" have the fields:
        | race_id | racer | team | position | race_second | happened_at |
      And the values of "race-car-metrics" have the fields:
        | race_id | team | engine_temperature | race_second | happened_at |

    @E09
    Scenario: Every second has each place once
      Given the step "Run a race" is complete
      When I run the query:
        """sql
        SELECT DISTINCT `messages`, `racers`, `places`, `first`, `last`
        FROM (
          SELECT
            `race_second`,
            COUNT(*) AS `messages`,
            COUNT(DISTINCT `racer`) AS `racers`,
            COUNT(DISTINCT `position`) AS `places`,
            MIN(`position`) AS `first`,
            MAX(`position`) AS `last`
          FROM `race-positions`
          GROUP BY `race_id`, `race_second`
        );
        """
      Then the result shows, in order:
        | messages | racers | places | first | last |
        | 8        | 8      | 8      | 1     | 8    |

    @E16 @kafka
    Scenario: Follow a topic before it is there
      When I run "follow_topic.py"
      Then it prints these lines, in order:
        """text
        before the topic is there: nothing
        without a restart: Box, box.
        """

  Rule: A statement is a service that comments on the race

    @bedrock
    Scenario: Connect Flink with Bedrock
      When I submit the statement:
        """sql
        CREATE CONNECTION `race-bedrock`
          WITH (
            'type' = 'bedrock',
            'endpoint' = 'https://bedrock-runtime.${AWS_REGION}.amazonaws.com/model/${BEDROCK_MODEL_ID}/invoke',
            'aws-access-key' = '${AWS_ACCESS_KEY_ID}',
            'aws-secret-key' = '${AWS_SECRET_ACCESS_KEY}',
            'aws-session-token' = '${AWS_SESSION_TOKEN}'
          );
        """
      Then the connection "race-bedrock" is READY
      And the connection "race-bedrock" shows none of my secrets

    @E07 @bedrock
    Scenario: Create the commentator
      Given the step "Connect Flink with Bedrock" is complete
      When I submit the statement:
        """sql
        CREATE MODEL `race_commentator`
        INPUT (`race_context` STRING)
        OUTPUT (`commentary` STRING)
        WITH (
          'provider' = 'bedrock',
          'task' = 'text_generation',
          'bedrock.connection' = 'race-bedrock',
          'bedrock.params.max_tokens' = '100',
          'bedrock.system_prompt' = 'You comment on a race. You are told who is where in one moment.
        Answer with one lively sentence of at most 80 characters, and nothing else.'
        );
        """
      Then the model "race_commentator" takes "race_context" and gives "commentary"

    @E08
    Scenario: Make a table for the comments
      When I submit the statement:
        """sql
        CREATE TABLE `race-commentary` (
          `id` STRING,
          `message` STRING,
          `was_too_long` BOOLEAN,
          `type` STRING,
          `race_id` STRING,
          `racer` STRING,
          `race_second` INT
        ) WITH (
          'changelog.mode' = 'append',
          'value.format' = 'json-registry'
        );
        """
      Then the table "race-commentary" has the changelog mode "append"

    @E08
    Scenario: Read the format of the comments
      Given the step "Make a table for the comments" is complete
      When I run the query:
        """sql
        SHOW CREATE TABLE `race-commentary`;
        """
      Then the result says "'value.format' = 'json-registry'"

    @E12
    Scenario: A comment's type follows the place
      When I run the query:
        """sql
        SELECT
          `position`,
          CASE
            WHEN `position` = 1 THEN 'highlight'
            WHEN `position` <= 3 THEN 'warning'
            ELSE 'info'
          END AS `type`
        FROM (VALUES (1), (2), (3), (4), (10)) AS t(`position`)
        ORDER BY `position`;
        """
      Then the result shows, in order:
        | position | type      |
        | 1        | highlight |
        | 2        | warning   |
        | 3        | warning   |
        | 4        | info      |
        | 10       | info      |

    Scenario: Keep what is worth a comment
      Given the step "Run a race" is complete
      When I submit the statement "race-podium":
        """sql
        CREATE VIEW `race-podium` AS
        SELECT `race_id`, `racer`, `team`, `position`, `race_second`
        FROM `race-positions`
        WHERE `position` <= 3;
        """
      Then the statement "race-podium" is COMPLETED

    @E10 @E11 @E13 @bedrock
    Scenario: Comment on the podium
      Given the step "Keep what is worth a comment" is complete
      And the step "Make a table for the comments" is complete
      And the step "Create the commentator" is complete
      When I submit the statement "race-commentary":
        """sql
        INSERT INTO `race-commentary`
        SELECT
          CONCAT(`race_id`, '-', CAST(`race_second` AS STRING), '-', REPLACE(`racer`, ' ', '_')),
          LEFT(`commentary`, 80),
          CHAR_LENGTH(`commentary`) > 80,
          CASE
            WHEN `position` = 1 THEN 'highlight'
            WHEN `position` <= 3 THEN 'warning'
            ELSE 'info'
          END,
          `race_id`,
          `racer`,
          `race_second`
        FROM `race-podium`,
          LATERAL TABLE(AI_COMPLETE('race_commentator', CONCAT(
            `racer`, ' of team ', `team`, ' is in place ', CAST(`position` AS STRING),
            ' after ', CAST(`race_second` AS STRING), ' seconds. Comment in under 80 characters.'
          )));
        """
      Then the statement "race-commentary" is RUNNING
      And every change of "race-podium" has a row in "race-commentary" within 5 minutes

    @E11 @bedrock
    Scenario: No comment is too long for the screen
      Given the step "Comment on the podium" is complete
      When I run the query:
        """sql
        SELECT
          `type`,
          MAX(CHAR_LENGTH(`message`)) <= 80 AS `fits`,
          COUNT(CASE WHEN `was_too_long` IS NULL THEN 1 END) AS `unmeasured`
        FROM `race-commentary`
        GROUP BY `type`
        ORDER BY `type`;
        """
      Then the result shows, in order:
        | type      | fits | unmeasured |
        | highlight | True | 0          |
        | warning   | True | 0          |

    @bedrock
    Scenario: Create a commentator who knows no limit
      Given the step "Connect Flink with Bedrock" is complete
      When I submit the statement:
        """sql
        CREATE MODEL `race_storyteller`
        INPUT (`race_context` STRING)
        OUTPUT (`story` STRING)
        WITH (
          'provider' = 'bedrock',
          'task' = 'text_generation',
          'bedrock.connection' = 'race-bedrock',
          'bedrock.params.max_tokens' = '300',
          'bedrock.system_prompt' = 'You comment on a race. You are told who is where in one moment.
        Repeat all of it, in whole sentences, in your own lively words.'
        );
        """
      Then the model "race_storyteller" takes "race_context" and gives "story"

    @E11 @bedrock
    Scenario: See a comment cut
      Given the step "Create a commentator who knows no limit" is complete
      When I run the query:
        """sql
        SELECT
          `story`,
          LEFT(`story`, 80) AS `message`,
          CHAR_LENGTH(LEFT(`story`, 80)) AS `kept`,
          CHAR_LENGTH(`story`) > 80 AS `was_too_long`
        FROM (VALUES (
            'Night Heron of team Cirrus is in place 1 after 31 seconds, Blue Static of team Dynamo'
            || ' in place 2, and Iron Thistle of team Basalt in place 3.'
          )) AS t(`moment`),
          LATERAL TABLE(AI_COMPLETE('race_storyteller', `moment`));
        """
      Then the result shows, in order:
        | kept | was_too_long |
        | 80   | True         |

    @bedrock
    Scenario: Read the comments
      Given the step "Comment on the podium" is complete
      When I run the query:
        """sql
        SELECT `race_second`, `type`, `message` FROM `race-commentary` LIMIT 10;
        """
      Then the result has 10 rows
      And no "message" is empty

    Scenario: Make a table that stays empty
      When I submit the statement:
        """sql
        CREATE TABLE `race-rehearsals` (`racer` STRING, `position` INT)
        WITH ('changelog.mode' = 'append');
        """
      Then the table "race-rehearsals" has the changelog mode "append"

    Scenario: Let a pipeline run before its race
      Given the step "Make a table that stays empty" is complete
      When I submit the statement "race-rehearsal-leaders":
        """sql
        CREATE TABLE `race-rehearsal-leaders`
        WITH ('changelog.mode' = 'append')
        AS SELECT `racer` FROM `race-rehearsals` WHERE `position` = 1;
        """
      Then the statement "race-rehearsal-leaders" is RUNNING

    @E06
    Scenario: A pipeline waits for its first message
      Given the step "Let a pipeline run before its race" is complete
      When I run the query:
        """sql
        SELECT * FROM `race-rehearsal-leaders`;
        """
      Then the result has 0 rows
      And the statement "race-rehearsal-leaders" is RUNNING

  Rule: A function in SQL knows what an engine usually does

    Scenario: Make a table for the anomalies
      When I submit the statement:
        """sql
        CREATE TABLE `race-anomalies` (
          `race_id` STRING,
          `team` STRING,
          `race_second` INT,
          `engine_temperature` DOUBLE,
          `lower_bound` DOUBLE,
          `upper_bound` DOUBLE,
          `is_anomaly` BOOLEAN
        ) WITH ('changelog.mode' = 'append');
        """
      Then the table "race-anomalies" has the changelog mode "append"

    Scenario: Say when a second is over
      Given the step "Run a race" is complete
      When I submit the statement "race-clock":
        """sql
        ALTER TABLE `race-car-metrics`
        MODIFY WATERMARK FOR `happened_at` AS `happened_at` - INTERVAL '1' SECOND;
        """
      Then the statement "race-clock" is COMPLETED

    Scenario: Name what was injected
      Given the step "Run a race" is complete
      When I submit the statement "race-injected":
        """sql
        CREATE VIEW `race-injected` AS
        SELECT `race_id`, `team`, `race_second`, `engine_temperature`
        FROM `race-car-metrics`
        WHERE `engine_temperature` NOT BETWEEN 60 AND 120;
        """
      Then the statement "race-injected" is COMPLETED

    @E14
    Scenario: Catch the engines that run hot or cold
      Given the step "Say when a second is over" is complete
      And the step "Name what was injected" is complete
      And the step "Make a table for the anomalies" is complete
      When I submit the statement "race-anomalies":
        """sql
        INSERT INTO `race-anomalies`
        SELECT
          `race_id`, `team`, `race_second`, `engine_temperature`,
          `r`.`lower_bound`, `r`.`upper_bound`, `r`.`is_anomaly`
        FROM (
          SELECT
            `race_id`, `team`, `race_second`, `engine_temperature`,
            ML_DETECT_ANOMALIES(
              `engine_temperature`,
              `happened_at`,
              JSON_OBJECT(
                'p' VALUE 0, 'd' VALUE 0, 'q' VALUE 0,
                'minTrainingSize' VALUE 16,
                'confidencePercentage' VALUE 95.0
              )
            ) OVER (
              PARTITION BY `race_id`, `team` ORDER BY `happened_at`
              RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS `r`
          FROM `race-car-metrics`
        )
        WHERE `r`.`is_anomaly` AND ABS(`engine_temperature` - `r`.`forecast_value`) > 10;
        """
      Then the statement "race-anomalies" is RUNNING
      And every change of "race-injected" has a row in "race-anomalies" within 5 minutes

    @E14
    Scenario: Hold the anomalies against the truth
      Given the step "Catch the engines that run hot or cold" is complete
      When I run the query:
        """sql
        SELECT
          COUNT(m.`team`) AS `injected`,
          COUNT(a.`team`) AS `found`,
          COUNT(CASE WHEN m.`team` = a.`team` THEN 1 END) AS `the_same`
        FROM `race-injected` m
        FULL JOIN `race-anomalies` a
          ON a.`race_id` = m.`race_id` AND a.`team` = m.`team` AND a.`race_second` = m.`race_second`
        WHERE COALESCE(m.`race_id`, a.`race_id`) = 'race-42';
        """
      Then the result shows, in order:
        | injected | found | the_same |
        | 4        | 4     | 4        |

    Scenario: Look at the anomalies and their bounds
      Given the step "Hold the anomalies against the truth" is complete
      When I run the query:
        """sql
        SELECT
          `team`,
          `race_second`,
          `engine_temperature`,
          ROUND(`lower_bound`, 1) AS `at_least`,
          ROUND(`upper_bound`, 1) AS `at_most`,
          `is_anomaly`
        FROM `race-anomalies`
        WHERE `race_id` = 'race-42'
        ORDER BY `race_second`;
        """
      Then the result has 4 rows
      And no "is_anomaly" is empty

    @E15
    Scenario: Nothing is said while the model still learns
      Given the step "Say when a second is over" is complete
      When I run the query:
        """sql
        SELECT COUNT(*) AS `measured`, COUNT(`r`.`is_anomaly`) AS `judged`
        FROM (
          SELECT
            ML_DETECT_ANOMALIES(
              `engine_temperature`,
              `happened_at`,
              JSON_OBJECT('minTrainingSize' VALUE 5000, 'maxTrainingSize' VALUE 5000)
            ) OVER (
              PARTITION BY `team` ORDER BY `happened_at`
              RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS `r`
          FROM `race-car-metrics` WHERE `race_id` = 'race-42'
        );
        """
      Then the result shows, in order:
        | measured | judged |
        | 240      | 0      |

  Rule: A question finds what was said about it

    Scenario: Connect Flink with OpenAI
      When I submit the statement:
        """sql
        CREATE CONNECTION `race-openai`
          WITH (
            'type' = 'openai',
            'endpoint' = 'https://api.openai.com/v1/embeddings',
            'api-key' = '${OPENAI_API_KEY}'
          );
        """
      Then the connection "race-openai" is READY

    Scenario: Create the embedding model
      Given the step "Connect Flink with OpenAI" is complete
      When I submit the statement:
        """sql
        CREATE MODEL `question_embedder`
        INPUT (`question` STRING)
        OUTPUT (`embedding` ARRAY<FLOAT>)
        WITH (
          'provider' = 'openai',
          'task' = 'embedding',
          'openai.connection' = 'race-openai',
          'openai.model_version' = 'text-embedding-3-small'
        );
        """
      Then the model "question_embedder" takes "question" and gives "embedding"

    Scenario: Make a table for the questions
      When I submit the statement:
        """sql
        CREATE TABLE `race-questions` (`question` STRING)
        WITH ('changelog.mode' = 'append');
        """
      Then the table "race-questions" has the changelog mode "append"

    Scenario: Ask a question
      Given the step "Make a table for the questions" is complete
      When I submit the statement "race-first-question":
        """sql
        INSERT INTO `race-questions` VALUES ('What happened to Night Heron?');
        """
      Then the statement "race-first-question" is COMPLETED

    @E17
    Scenario: Turn questions into vectors
      Given the step "Create the embedding model" is complete
      And the step "Ask a question" is complete
      When I submit the statement "race-question-vectors":
        """sql
        CREATE TABLE `race-question-vectors`
        WITH ('changelog.mode' = 'append')
        AS SELECT `question`, `embedding` AS `vector`
        FROM `race-questions`, LATERAL TABLE(AI_EMBEDDING('question_embedder', `question`));
        """
      Then the statement "race-question-vectors" is RUNNING
      And every change of "race-questions" has a row in "race-question-vectors" within 5 minutes

    @E17
    Scenario: Measure a vector
      Given the step "Turn questions into vectors" is complete
      When I run the query:
        """sql
        SELECT `question`, CARDINALITY(`vector`) AS `numbers` FROM `race-question-vectors`;
        """
      Then the result shows, in order:
        | question                      | numbers |
        | What happened to Night Heron? | 1536    |

    Scenario: Connect Flink with MongoDB
      When I submit the statement:
        """sql
        CREATE CONNECTION `race-mongodb`
          WITH (
            'type' = 'mongodb',
            'endpoint' = 'mongodb+srv://race.example.mongodb.net',
            'username' = 'race',
            'password' = 'a password of your own'
          );
        """
      Then the connection "race-mongodb" is READY

    Scenario: Look at a collection as a table
      Given the step "Connect Flink with MongoDB" is complete
      When I submit the statement "race-archive":
        """sql
        CREATE TABLE `race_archive` (`message` STRING, `embedding` ARRAY<FLOAT>)
        WITH (
          'connector' = 'mongodb',
          'mongodb.connection' = 'race-mongodb',
          'mongodb.database' = 'race',
          'mongodb.collection' = 'comments',
          'mongodb.index' = 'comments_by_meaning',
          'mongodb.embedding_column' = 'embedding',
          'mongodb.numcandidates' = '100'
        );
        """
      Then the statement "race-archive" is COMPLETED

    Scenario: Turn comments into vectors
      Given the step "Comment on the podium" is complete
      And the step "Create the embedding model" is complete
      When I submit the statement "race-comment-vectors":
        """sql
        CREATE TABLE `race-comment-vectors`
        WITH ('changelog.mode' = 'append')
        AS SELECT `message`, `embedding`
        FROM `race-commentary`, LATERAL TABLE(AI_EMBEDDING('question_embedder', `message`))
        WHERE `type` = 'highlight';
        """
      Then the statement "race-comment-vectors" is RUNNING
      And every change of "race-commentary" where "type = 'highlight'" has a row in "race-comment-vectors" within 5 minutes

    # The emulator stands in for the database: nobody else could fill it from here.
    @E18 @emulator_only
    Scenario: Read the five comments that fit best
      Given the step "Turn questions into vectors" is complete
      And the step "Look at a collection as a table" is complete
      And the MongoDB collection "race.comments" holds these comments with their vectors:
        """text
        Night Heron takes the lead on the last straight
        What a start for Night Heron, two places up
        Night Heron happened to brake late and lost a place
        Night Heron holds off the whole field
        A slow stop for Night Heron, eleven seconds
        Copper Comet wins from the third row
        Rain falls on the far side of the track
        Blue Static sets the fastest lap
        The safety car leaves the pit lane
        Paper Tiger retires with smoke from the engine
        """
      When I run the query:
        """sql
        SELECT `hit`.`message` AS `comment`, `hit`.`score`
        FROM (
          SELECT `search_results` FROM `race-question-vectors`,
            LATERAL TABLE(VECTOR_SEARCH_AGG(`race_archive`, DESCRIPTOR(`embedding`), `vector`, 5))
        )
        CROSS JOIN UNNEST(`search_results`) AS `hit`(`message`, `embedding`, `score`)
        WHERE `hit`.`message` LIKE '%Night Heron%';
        """
      Then the result has 5 rows

    Scenario: Name an index that nobody made
      Given the step "Connect Flink with MongoDB" is complete
      When I submit the statement "race-archive-without-index":
        """sql
        CREATE TABLE `race_archive_without_index` (`message` STRING, `embedding` ARRAY<FLOAT>)
        WITH (
          'connector' = 'mongodb',
          'mongodb.connection' = 'race-mongodb',
          'mongodb.database' = 'race',
          'mongodb.collection' = 'comments',
          'mongodb.index' = 'an_index_nobody_made',
          'mongodb.embedding_column' = 'embedding'
        );
        """
      Then the statement "race-archive-without-index" is COMPLETED

    @E19 @emulator_only
    Scenario: A search without its index finds nothing
      Given the step "Turn questions into vectors" is complete
      And the step "Name an index that nobody made" is complete
      And the MongoDB collection "race.comments" holds these comments with their vectors:
        """text
        Night Heron takes the lead on the last straight
        """
      When I run the query:
        """sql
        SELECT `question`, CARDINALITY(`search_results`) AS `hits`
        FROM `race-question-vectors`, LATERAL TABLE(VECTOR_SEARCH_AGG(
          `race_archive_without_index`, DESCRIPTOR(`embedding`), `vector`, 5));
        """
      Then the result shows, in order:
        | question                      | hits |
        | What happened to Night Heron? | 0    |

  Rule: A model is asked as little as possible, and as much as it may

    @E13
    Scenario: Count what the filter saves
      Given the step "Run a race" is complete
      When I run the query:
        """sql
        SELECT
          COUNT(*) / COUNT(DISTINCT `race_second`) AS `calls_a_second_unfiltered`,
          COUNT(CASE WHEN `position` <= 3 THEN 1 END) / COUNT(DISTINCT `race_second`)
            AS `calls_a_second_filtered`
        FROM `race-positions`
        WHERE `race_id` = 'race-42';
        """
      Then the result shows, in order:
        | calls_a_second_unfiltered | calls_a_second_filtered |
        | 8                         | 3                       |

    @bedrock
    Scenario: Compare the race with your quotas
      When I run "size_it.py"
      Then it prints "Cross-region model inference"
      And it prints "every message: 480 calls"
      And it prints "the podium: 180 calls"
      And it prints "races at once"

    # Only the emulator can be asked to throttle.
    @E20 @bedrock @emulator_only
    Scenario: Throttled calls are made again
      Given the step "Create the commentator" is complete
      And this fault:
        """yaml
        match: {route: "/model/{modelId}/invoke"}
        times: 2
        answer: {status: 429}
        """
      When I run the query:
        """sql
        SELECT `commentary`
        FROM (VALUES ('Blue Static is in place 1 after 59 seconds.')) AS t(`moment`),
          LATERAL TABLE(AI_COMPLETE('race_commentator', `moment`));
        """
      Then the result has 1 rows
      And no "commentary" is empty

  Rule: What was made is deleted, users first

    @E21 @takes_down
    Scenario: Take everything down
      Given the step "Set the race up" is complete
      When I run "teardown.py" and answer "race-tracker"
      Then it prints these lines, in order:
        """text
        gone: statements
        gone: subjects
        gone: topics
        gone: keys
        gone: compute pool
        gone: cluster
        gone: service account
        gone: environment
        """
