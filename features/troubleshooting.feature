Feature: Troubleshooting
  What goes wrong in a workshop, word for word, and what helps. Each entry of this page was brought
  about on purpose, seen, and put right. What is for the emulator alone changes an account or spoils
  answers, which no live service lets anyone do.

  Rule: Bedrock answers an account that is ready

    @bedrock @emulator_only
    Scenario: The use-case form is missing
      Given this AWS account:
        """yaml
        access: {use_case_form: missing}
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "use case details have not been submitted"

    @bedrock @emulator_only
    Scenario: The form is handed in
      Given this AWS account:
        """yaml
        access: {use_case_form: missing}
        """
      When I run "hand_in_form.py"
      Then it prints "The form is handed in."
      And it prints "The model answers: end_turn"

    @bedrock @emulator_only
    Scenario: The agreement is being made
      Given this AWS account:
        """yaml
        access: {agreements: {"anthropic.*": pending}}
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "agreement for this model is being created"

    @bedrock @emulator_only
    Scenario: The agreement is waited for
      Given this AWS account:
        """yaml
        access: {agreements: {"anthropic.*": pending}}
        """
      When I run "wait_for_agreement.py"
      Then it prints "not yet: AccessDeniedException"
      And it prints "The model answers: end_turn"

    @bedrock @emulator_only
    Scenario: The account has no means of payment
      Given this AWS account:
        """yaml
        access: {agreements: {"anthropic.*": none}, payment: invalid}
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "INVALID_PAYMENT_INSTRUMENT"

    @bedrock @emulator_only
    Scenario: A means of payment is there
      Given this AWS account:
        """yaml
        access: {agreements: {"anthropic.*": none}, payment: valid, agreement_reads: 0}
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model answers with "2"

    @bedrock @emulator_only
    Scenario: Nobody here may subscribe to the model
      Given this AWS account:
        """yaml
        access: {agreements: {"anthropic.*": none}}
        iam: [{effect: Allow, actions: ["bedrock:*"]}]
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "required AWS Marketplace actions"

    @bedrock @emulator_only
    Scenario: The rights to subscribe are given
      Given this AWS account:
        """yaml
        access: {agreements: {"anthropic.*": none}, agreement_reads: 0}
        iam:
          - effect: Allow
            actions: ["bedrock:*", "aws-marketplace:ViewSubscriptions", "aws-marketplace:Subscribe"]
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model answers with "2"

    @bedrock @emulator_only
    Scenario: The account is on hold
      Given this AWS account:
        """yaml
        access: {standing: hold}
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "Operation not allowed"

    @bedrock @emulator_only
    Scenario: The account is barred
      Given this AWS account:
        """yaml
        access: {standing: barred}
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "Your account is not authorized to invoke"

    @bedrock @emulator_only
    Scenario: The model is withdrawn from the account
      Given this AWS account:
        """yaml
        access: {agreements: {"anthropic.*": denied}}
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "You don't have access to the model"

    @bedrock @emulator_only
    Scenario: Another model answers
      Given this AWS account:
        """yaml
        access: {agreements: {"anthropic.*": denied}}
        """
      When I ask the model "amazon.nova-lite-v1:0":
        """text
        What is 1+1? Answer with the number.
        """
      Then the model answers with "2"

  Rule: Your keys may call the model where it answers

    @bedrock @emulator_only
    Scenario: The keys may not call models
      Given this AWS account:
        """yaml
        iam: [{effect: Allow, actions: ["bedrock:List*"]}]
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "no identity-based policy allows"

    @bedrock @emulator_only
    Scenario: The keys may call models
      Given this AWS account:
        """yaml
        iam: [{effect: Allow, actions: ["bedrock:Invoke*"]}]
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model answers with "2"

    @bedrock @emulator_only
    Scenario: A region is closed to the account
      Given this AWS account:
        """yaml
        closed_regions: [us-west-2]
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "an explicit deny in a service control policy"

    @bedrock @emulator_only
    Scenario: A model of the region itself answers
      Given this AWS account:
        """yaml
        closed_regions: [us-west-2]
        """
      When I ask the model "anthropic.claude-haiku-4-5-20251001-v1:0":
        """text
        What is 1+1? Answer with the number.
        """
      Then the model answers with "2"

    @bedrock @emulator_only
    Scenario: The prefix belongs to another part of the world
      When I ask the model "eu.anthropic.claude-sonnet-4-6":
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "The provided model identifier is invalid"

    @bedrock @emulator_only
    Scenario: The prefix belongs to the region
      When I ask the model "us.anthropic.claude-sonnet-4-6":
        """text
        What is 1+1? Answer with the number.
        """
      Then the model answers with "2"

  Rule: A quota leaves room for a workshop

    @bedrock @emulator_only
    Scenario: A new account has no tokens a day
      Given this AWS account:
        """yaml
        quotas: [{quota: "*tokens per day*", value: 0}]
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "Too many tokens per day"

    @bedrock @emulator_only
    Scenario: The quota of the day is raised
      Given this AWS account:
        """yaml
        quotas: [{quota: "*tokens per day*", value: 1000000}]
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model answers with "2"

    @bedrock @emulator_only
    Scenario: The model is asked too often
      Given this AWS account:
        """yaml
        quotas: [{quota: "*requests per minute*", value: 0}]
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "Too many requests, please wait"

    @bedrock @emulator_only
    Scenario: The client tries again by itself
      Given this fault:
        """yaml
        match: {family: Bedrock}
        times: 2
        answer: {status: 429}
        """
      When I run "try_again.py"
      Then it prints "The model answers: end_turn"
      And it prints "Tried again: 2 times"

  Rule: Keys arrive whole, are of the right kind and still live

    @bedrock @emulator_only
    Scenario: The session has ended
      Given this AWS account:
        """yaml
        keys:
          - access_key_id: "${AWS_ACCESS_KEY_ID}"
            secret_access_key: "${AWS_SECRET_ACCESS_KEY}"
            session_token: "${AWS_SESSION_TOKEN}"
            lifetime: 0s
            arn: arn:aws:sts::111122223333:assumed-role/WorkshopRole/attendee
        """
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model is refused because of "security token included in the request is expired"

    @bedrock @emulator_only
    Scenario: Flink goes on with keys that have ended
      Given the step "Create the review summarizer" of lab "lab2" is complete
      And this AWS account:
        """yaml
        keys:
          - access_key_id: "${AWS_ACCESS_KEY_ID}"
            secret_access_key: "${AWS_SECRET_ACCESS_KEY}"
            session_token: "${AWS_SESSION_TOKEN}"
            lifetime: 0s
            arn: arn:aws:sts::111122223333:assumed-role/WorkshopRole/attendee
        """
      When I submit the statement:
        """sql
        SELECT `REVIEW_SUMMARY`
        FROM (VALUES ('Lovely garden.')) AS t(`reviews`),
          LATERAL TABLE(ML_PREDICT('HOTEL_REVIEW_SUMMARIZER', `reviews`));
        """
      Then the statement is refused because of "The security token included in the request is expired"

    @bedrock @emulator_only
    Scenario: Flink asks the model too often
      Given the step "Create the review summarizer" of lab "lab2" is complete
      And this AWS account:
        """yaml
        quotas: [{quota: "*requests per minute*", value: 0}]
        """
      When I submit the statement:
        """sql
        SELECT `REVIEW_SUMMARY`
        FROM (VALUES ('Warm pool.')) AS t(`reviews`),
          LATERAL TABLE(ML_PREDICT('HOTEL_REVIEW_SUMMARIZER', `reviews`));
        """
      Then the statement is refused because of "bad response code 429"

    @bedrock @emulator_only
    Scenario: Flink calls the model no more than it may
      Given the step "Create the review summarizer" of lab "lab2" is complete
      When I run the query:
        """sql
        SELECT `REVIEW_SUMMARY`
        FROM (VALUES ('Warm pool.')) AS t(`reviews`),
          LATERAL TABLE(ML_PREDICT('HOTEL_REVIEW_SUMMARIZER', `reviews`, MAP['max_parallelism', '1']));
        """
      Then the result has 1 rows
      And no "REVIEW_SUMMARY" is empty

    @bedrock @emulator_only
    Scenario: A session cannot make a session
      When I run "session_of_a_session.py"
      Then it ends with the error "Cannot call GetSessionToken with session credentials"

    @bedrock
    Scenario: A session is kept as it is
      When I run "keep_the_session.py"
      Then it prints "They belong to arn:aws:"

    @bedrock @emulator_only
    Scenario: The third value of temporary keys is forgotten
      When I run "no_token.py"
      Then it ends with the error "UnrecognizedClientException"
      And it ends with the error "The security token included in the request is invalid"

    @bedrock @emulator_only
    Scenario: A blank came with the secret key
      When I run "pasted_blank.py"
      Then it ends with the error "The request signature we calculated does not match"

    @bedrock @emulator_only
    Scenario: A file of keys has Windows line endings
      When I run "windows_lines.py"
      Then it ends with the error "Invalid header value"

    @bedrock @emulator_only
    Scenario: Keys are trimmed as they are read
      When I run "trimmed_keys.py"
      Then it prints "The model answers: end_turn"

    Scenario: The Confluent key is one of a cluster
      When I run "wrong_key.py"
      Then it ends with the error "not a Cluster API Key"

    Scenario: The Confluent key is one for the cloud
      When I run "right_key.py"
      Then it prints "Environments: "

    @kafka @emulator_only
    Scenario: A new key is not known yet
      Given this fault:
        """yaml
        match: {family: Schema Registry}
        times: 2
        answer: {status: 401}
        """
      When I run "subjects_at_once.py"
      Then it ends with the error "HTTP status code 401"

    @kafka @emulator_only
    Scenario: A new key is waited for
      Given this fault:
        """yaml
        match: {family: Schema Registry}
        times: 2
        answer: {status: 401}
        """
      When I run "subjects_patiently.py"
      Then it prints "401: not known yet"
      And it prints "The key is known."

  Rule: Flink says what it cannot do, before it does anything

    @flink
    Scenario: Another name is free
      Given the step "Denormalize the bookings" of lab "lab2" is complete
      When I submit the statement "trouble-another-name":
        """sql
        SELECT * FROM `DENORMALIZED_HOTEL_BOOKINGS`;
        """
      Then the statement "trouble-another-name" is RUNNING

    @flink
    Scenario: A key may be empty
      Given I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_stays` (
          `hotel` STRING NOT NULL, `guest` STRING, `at_time` TIMESTAMP_LTZ(3),
          WATERMARK FOR `at_time` AS `at_time` - INTERVAL '1' SECOND
        );
        """
      When I submit the statement:
        """sql
        CREATE TABLE `trouble_guests` (PRIMARY KEY (`guest`) NOT ENFORCED) AS
        SELECT `guest`, COUNT(*) AS `stays`
        FROM `trouble_stays`
        GROUP BY `guest`;
        """
      Then the statement is refused because of "Column 'guest' is nullable"

    @flink
    Scenario: A key is never empty
      Given I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_stays` (
          `hotel` STRING NOT NULL, `guest` STRING, `at_time` TIMESTAMP_LTZ(3),
          WATERMARK FOR `at_time` AS `at_time` - INTERVAL '1' SECOND
        );
        """
      When I submit the statement "trouble-guests":
        """sql
        CREATE TABLE `trouble_known_guests` (PRIMARY KEY (`guest`) NOT ENFORCED) AS
        SELECT COALESCE(`guest`, 'nobody') AS `guest`, COUNT(*) AS `stays`
        FROM `trouble_stays`
        GROUP BY COALESCE(`guest`, 'nobody');
        """
      Then the statement "trouble-guests" is RUNNING

    @flink
    Scenario: An interval join meets rows that change
      Given I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_stays` (
          `hotel` STRING NOT NULL, `guest` STRING, `at_time` TIMESTAMP_LTZ(3),
          WATERMARK FOR `at_time` AS `at_time` - INTERVAL '1' SECOND
        );
        """
      And I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_prices` (
          `hotel` STRING NOT NULL, `price` INT, `at_time` TIMESTAMP_LTZ(3),
          WATERMARK FOR `at_time` AS `at_time` - INTERVAL '1' SECOND,
          PRIMARY KEY (`hotel`) NOT ENFORCED
        );
        """
      When I submit the statement:
        """sql
        SELECT s.`hotel`, p.`price`
        FROM `trouble_stays` s
        JOIN `trouble_prices` p ON s.`hotel` = p.`hotel`
          AND s.`at_time` BETWEEN p.`at_time` AND p.`at_time` + INTERVAL '1' DAY;
        """
      Then the statement is refused because of "StreamPhysicalIntervalJoin doesn't support consuming update and delete changes"

    @flink
    Scenario: A temporal join finds no key
      Given I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_stays` (
          `hotel` STRING NOT NULL, `guest` STRING, `at_time` TIMESTAMP_LTZ(3),
          WATERMARK FOR `at_time` AS `at_time` - INTERVAL '1' SECOND
        );
        """
      And I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_list` (`hotel` STRING NOT NULL, `price` INT);
        """
      When I submit the statement:
        """sql
        SELECT s.`hotel`, p.`price`
        FROM `trouble_stays` s
        JOIN `trouble_list` FOR SYSTEM_TIME AS OF s.`at_time` AS p ON s.`hotel` = p.`hotel`;
        """
      Then the statement is refused because of "requires primary key in versioned table"

    @flink
    Scenario: A temporal join asks for a computed time
      Given I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_stays` (
          `hotel` STRING NOT NULL, `guest` STRING, `at_time` TIMESTAMP_LTZ(3),
          WATERMARK FOR `at_time` AS `at_time` - INTERVAL '1' SECOND
        );
        """
      And I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_prices` (
          `hotel` STRING NOT NULL, `price` INT, `at_time` TIMESTAMP_LTZ(3),
          WATERMARK FOR `at_time` AS `at_time` - INTERVAL '1' SECOND,
          PRIMARY KEY (`hotel`) NOT ENFORCED
        );
        """
      When I submit the statement:
        """sql
        SELECT s.`hotel`, p.`price`
        FROM `trouble_stays` s
        JOIN `trouble_prices` FOR SYSTEM_TIME AS OF s.`at_time` - INTERVAL '1' DAY AS p
          ON s.`hotel` = p.`hotel`;
        """
      Then the statement is refused because of "left table's time attribute field"

    @flink
    Scenario: A temporal join looks up the row of that moment
      Given I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_stays` (
          `hotel` STRING NOT NULL, `guest` STRING, `at_time` TIMESTAMP_LTZ(3),
          WATERMARK FOR `at_time` AS `at_time` - INTERVAL '1' SECOND
        );
        """
      And I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_prices` (
          `hotel` STRING NOT NULL, `price` INT, `at_time` TIMESTAMP_LTZ(3),
          WATERMARK FOR `at_time` AS `at_time` - INTERVAL '1' SECOND,
          PRIMARY KEY (`hotel`) NOT ENFORCED
        );
        """
      When I submit the statement "trouble-prices-then":
        """sql
        SELECT s.`hotel`, p.`price`
        FROM `trouble_stays` s
        JOIN `trouble_prices` FOR SYSTEM_TIME AS OF s.`at_time` AS p ON s.`hotel` = p.`hotel`;
        """
      Then the statement "trouble-prices-then" is RUNNING

    @flink
    Scenario: A window finds no watermark
      Given I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_copy` (
          `hotel` STRING, `arrived_at` TIMESTAMP_LTZ(3)
        );
        """
      When I submit the statement:
        """sql
        SELECT `window_start`, COUNT(*) AS `stays`
        FROM TABLE(TUMBLE(TABLE `trouble_copy`, DESCRIPTOR(`arrived_at`), INTERVAL '1' HOUR))
        GROUP BY `window_start`, `window_end`;
        """
      Then the statement is refused because of "requires the timecol is a time attribute type"

    @flink
    Scenario: A window has its watermark
      Given I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_timed_copy` (
          `hotel` STRING, `arrived_at` TIMESTAMP_LTZ(3),
          WATERMARK FOR `arrived_at` AS `arrived_at` - INTERVAL '1' SECOND
        );
        """
      When I submit the statement "trouble-hourly":
        """sql
        SELECT `window_start`, COUNT(*) AS `stays`
        FROM TABLE(TUMBLE(TABLE `trouble_timed_copy`, DESCRIPTOR(`arrived_at`), INTERVAL '1' HOUR))
        GROUP BY `window_start`, `window_end`;
        """
      Then the statement "trouble-hourly" is RUNNING

  Rule: What is in use is not deleted

    @B28 @emulator_only
    Scenario: A provider integration is deleted too early
      Given I have submitted the statement:
        """sql
        CREATE TABLE IF NOT EXISTS `trouble_in_use` (`hotel` STRING);
        """
      When I run "destroy_too_early.py"
      Then it prints "too early: 409 Provider Integration"
      And it prints "Tableflow off: 204"
      And it prints "once more: 204"
