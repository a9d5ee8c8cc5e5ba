@flink
Feature: Flink AI in three steps
  A model is to Flink what a table is: something with a name, made by a statement and asked in a
  query. In this lab we tell Flink where a model is, give it a job with a prompt, and measure it
  before anybody trusts it.

  Rule: A connection holds an address and a key that nobody reads back

    @D01
    Scenario: Check the version of the CLI
      When I run "cli.py"
      Then it prints these lines, in order:
        """text
        confluent version v3.60.0: too old, install 4.7 or newer
        confluent version v4.6.2: too old, install 4.7 or newer
        confluent version v4.7.0: new enough
        confluent version v4.10.0: new enough
        """

    @D02 @may_skip
    Scenario: Create the connection with the CLI
      Given the confluent CLI is on this machine
      When I run "by_cli.py"
      Then it prints "OPENAI"
      And it prints "<REDACTED>"
      And it prints "exit code: 0"

    @D03 @may_skip
    Scenario: A connection that leads nowhere is refused
      Given the confluent CLI is on this machine
      When I run "no_endpoint.py"
      Then it prints "required flag"
      And it prints "endpoint"
      And it prints "exit code: 1"

    @D04 @may_skip
    Scenario: The key of another provider is refused
      Given the confluent CLI is on this machine
      When I run "wrong_secret.py"
      Then it prints "api-key is invalid for connection bedrock"
      And it prints "aws-access-key"
      And it prints "aws-secret-key"
      And it prints "aws-session-token"
      And it prints "exit code: 1"

    @D02
    Scenario: Create the OpenAI connection
      When I submit the statement:
        """sql
        CREATE CONNECTION `openai-chat-connection`
          WITH (
            'type' = 'openai',
            'endpoint' = 'https://api.openai.com/v1/chat/completions',
            'api-key' = '${OPENAI_API_KEY}'
          );
        """
      Then the connection "openai-chat-connection" is READY
      And the connection "openai-chat-connection" shows none of my secrets

    @D02
    Scenario: See what others see of it
      Given the step "Create the OpenAI connection" is complete
      When I run "list_connections.py"
      Then it prints "openai-chat-connection | OPENAI | https://api.openai.com/v1/chat/completions"
      And it prints "<REDACTED> | READY"

    Scenario: A connection without a key is refused
      When I submit the statement:
        """sql
        CREATE CONNECTION `openai-without-a-key`
          WITH (
            'type' = 'openai',
            'endpoint' = 'https://api.openai.com/v1/chat/completions'
          );
        """
      Then the statement is refused because of "api-key"

  Rule: A model is a connection, a signature and a prompt

    Scenario: Write down what customers say
      When I submit the statement "customer-messages":
        """sql
        CREATE TABLE `customer_messages` AS
        SELECT * FROM (VALUES
            (1, 'The replacement came overnight and works perfectly, thank you!', 'POSITIVE'),
            (2, 'Your driver was friendly and carried the box upstairs.', 'POSITIVE'),
            (3, 'I love the new colours.', 'POSITIVE'),
            (4, 'Great value, I would recommend it to anybody.', 'POSITIVE'),
            (5, 'The screen was broken when I opened the box.', 'NEGATIVE'),
            (6, 'Terrible service, nobody ever answered my mails.', 'NEGATIVE'),
            (7, 'I am disappointed: the fabric is rough and it smells awful.', 'NEGATIVE'),
            (8, 'The app is slow and the menu is confusing.', 'NEGATIVE'),
            (9, 'My order number ends in 4471.', 'NEUTRAL'),
            (10, 'I moved to another street in May.', 'NEUTRAL'),
            (11, 'The invoice shall go to my company.', 'NEUTRAL'),
            (12, 'The parcel weighs two kilograms.', 'NEUTRAL')
          ) AS t(`id`, `text`, `label`);
        """
      Then the statement "customer-messages" is COMPLETED

    Scenario: Look at the messages
      Given the step "Write down what customers say" is complete
      When I run the query:
        """sql
        SELECT `id`, `text`, `label` FROM `customer_messages`;
        """
      Then the result has 12 rows
      And every "label" is one of "POSITIVE, NEGATIVE, NEUTRAL"

    @D05
    Scenario: Create the sentiment bot
      Given the step "Create the OpenAI connection" is complete
      When I submit the statement:
        """sql
        CREATE MODEL `sentiment_bot`
        INPUT (`text` STRING)
        OUTPUT (`sentiment` STRING)
        WITH (
          'provider' = 'openai',
          'task' = 'classification',
          'openai.connection' = 'openai-chat-connection',
          'openai.model_version' = 'gpt-5.4-mini',
          'openai.client_timeout' = '120',
          'openai.system_prompt' = 'You are given one message of a customer. Classify its tone. Answer with one of these
        words and nothing else, no full stop either: POSITIVE, NEGATIVE, NEUTRAL. A message that
        only tells a fact is NEUTRAL.'
        );
        """
      Then the model "sentiment_bot$1" takes "text" and gives "sentiment"

    @D06
    Scenario: Three labels and no other
      Given the step "Write down what customers say" is complete
      And the step "Create the sentiment bot" is complete
      When I run the query:
        """sql
        SELECT `id`, `text`, `sentiment`
        FROM `customer_messages`,
          LATERAL TABLE(ML_PREDICT('sentiment_bot', `text`));
        """
      Then the result has 12 rows
      And every "sentiment" is one of "POSITIVE, NEGATIVE, NEUTRAL"

    Scenario: A bot that names no model of OpenAI
      Given the step "Create the OpenAI connection" is complete
      When I submit the statement:
        """sql
        CREATE MODEL `forgetful_bot`
        INPUT (`text` STRING)
        OUTPUT (`sentiment` STRING)
        WITH (
          'provider' = 'openai',
          'task' = 'classification',
          'openai.connection' = 'openai-chat-connection',
          'openai.system_prompt' = 'Classify the tone of this message. Answer with one word: POSITIVE, NEGATIVE or NEUTRAL.'
        );
        """
      Then the model "forgetful_bot" takes "text" and gives "sentiment"

    Scenario: What nobody named has retired
      Given the step "A bot that names no model of OpenAI" is complete
      When I submit the statement:
        """sql
        SELECT `sentiment`
        FROM (VALUES ('I love the new colours.')) AS t(`text`),
          LATERAL TABLE(ML_PREDICT('forgetful_bot', `text`));
        """
      Then the statement is refused because of "gpt-3.5-turbo"

  Rule: A model is changed by a new version, and measured before it is trusted

    @D07
    Scenario: Create the sentiment bot again
      Given the step "Create the sentiment bot" is complete
      When I submit the statement:
        """sql
        CREATE MODEL `sentiment_bot`
        INPUT (`text` STRING)
        OUTPUT (`sentiment` STRING)
        WITH (
          'provider' = 'openai',
          'task' = 'classification',
          'openai.connection' = 'openai-chat-connection',
          'openai.model_version' = 'gpt-5.4-mini',
          'openai.client_timeout' = '120',
          'openai.system_prompt' = 'You are given one message of a customer. Classify its tone and take a side. Answer with
        one of these words and nothing else, no full stop either: POSITIVE, NEGATIVE.'
        );
        """
      Then the model "sentiment_bot$2" takes "text" and gives "sentiment"

    @D07
    Scenario: See both versions
      Given the step "Create the sentiment bot again" is complete
      When I run the query:
        """sql
        DESCRIBE MODEL `sentiment_bot$all`;
        """
      Then the result has 2 rows
      And the result says "only tells a fact is NEUTRAL"
      And the result says "take a side"

    @D08
    Scenario: Switch the default
      Given the step "Create the sentiment bot again" is complete
      When I submit the statement:
        """sql
        ALTER MODEL `sentiment_bot` SET ('default_version' = '2');
        """
      Then the statement says "Default version: 2"

    @D08
    Scenario: The name alone means the default
      Given the step "Write down what customers say" is complete
      And the step "Switch the default" is complete
      When I run the query:
        """sql
        SELECT `id`, `text`, `sentiment`
        FROM `customer_messages`,
          LATERAL TABLE(ML_PREDICT('sentiment_bot', `text`))
        WHERE `label` = 'NEUTRAL';
        """
      Then the result has 4 rows
      And every "sentiment" is one of "POSITIVE, NEGATIVE"

    @D09
    Scenario: Pin a version
      Given the step "Write down what customers say" is complete
      And the step "Switch the default" is complete
      When I run the query:
        """sql
        SELECT `id`, `text`, `sentiment`
        FROM `customer_messages`,
          LATERAL TABLE(ML_PREDICT('sentiment_bot$1', `text`))
        WHERE `label` = 'NEUTRAL';
        """
      Then the result has 4 rows
      And every "sentiment" is one of "NEUTRAL"

    @D10
    Scenario: A version cannot have another output
      Given the step "Create the sentiment bot" is complete
      When I submit the statement:
        """sql
        CREATE MODEL `sentiment_bot`
        INPUT (`text` STRING)
        OUTPUT (`mood` STRING)
        WITH (
          'provider' = 'openai',
          'task' = 'classification',
          'openai.connection' = 'openai-chat-connection',
          'openai.model_version' = 'gpt-5.4-mini'
        );
        """
      Then the statement is refused because of "OUTPUT"

    @D11
    Scenario: Measure every version
      Given the step "Write down what customers say" is complete
      And the step "Create the sentiment bot again" is complete
      When I run the query:
        """sql
        SELECT ML_EVALUATE(`sentiment_bot$all`, `label`, `text`) AS `metrics`
        FROM `customer_messages`;
        """
      Then the result has 2 rows
      And the result says "Accuracy"
      And the result says "F1"

    @D11
    Scenario: Measure one version
      Given the step "Write down what customers say" is complete
      And the step "Create the sentiment bot again" is complete
      When I run the query:
        """sql
        SELECT ML_EVALUATE(`sentiment_bot$1`, `label`, `text`) AS `metrics`
        FROM `customer_messages`;
        """
      Then the result says "Precision"
      And the result says "Recall"

    Scenario: An evaluation without right answers is refused
      Given the step "Write down what customers say" is complete
      And the step "Create the sentiment bot" is complete
      When I submit the statement:
        """sql
        SELECT ML_EVALUATE(`sentiment_bot`, `text`) AS `metrics`
        FROM `customer_messages`;
        """
      Then the statement is refused because of "ML_EVALUATE"

    Scenario: Create a spare bot
      Given the step "Create the OpenAI connection" is complete
      When I submit the statement:
        """sql
        CREATE MODEL `spare_bot`
        INPUT (`text` STRING)
        OUTPUT (`sentiment` STRING)
        WITH (
          'provider' = 'openai',
          'task' = 'classification',
          'openai.connection' = 'openai-chat-connection',
          'openai.model_version' = 'gpt-5.4-mini'
        );
        """
      Then the statement says "created"

    @D12
    Scenario: Drop every version
      Given the step "Create a spare bot" is complete
      And I have submitted the statement:
        """sql
        CREATE MODEL `spare_bot`
        INPUT (`text` STRING)
        OUTPUT (`sentiment` STRING)
        WITH (
          'provider' = 'openai',
          'task' = 'classification',
          'openai.connection' = 'openai-chat-connection',
          'openai.model_version' = 'gpt-5.4'
        );
        """
      When I submit the statement:
        """sql
        DROP MODEL `spare_bot$all`;
        """
      Then the statement says "dropped"

    @D12
    Scenario: Nothing of the spare bot is left
      Given the step "Drop every version" is complete
      When I run the query:
        """sql
        SHOW MODELS LIKE 'spare%';
        """
      Then the result has 0 rows

  Rule: A search looks into tables outside Kafka

    @D13
    Scenario: The search of older demos is gone
      Given the step "Write down what customers say" is complete
      When I submit the statement:
        """sql
        SELECT *
        FROM `customer_messages`,
          LATERAL TABLE(FEDERATED_SEARCH('customer_messages', 3, `text`));
        """
      Then the statement is refused because of "FEDERATED_SEARCH"

    @D13
    Scenario: A search by key takes no topic
      Given the step "Write down what customers say" is complete
      When I submit the statement:
        """sql
        SELECT *
        FROM `customer_messages`,
          LATERAL TABLE(KEY_SEARCH_AGG(`customer_messages`, DESCRIPTOR(`id`), 2));
        """
      Then the statement is refused because of "KEY_SEARCH_AGG"

    @D13
    Scenario: A search by meaning takes no topic
      Given the step "Write down what customers say" is complete
      When I submit the statement:
        """sql
        SELECT *
        FROM `customer_messages`,
          LATERAL TABLE(VECTOR_SEARCH_AGG(`customer_messages`, DESCRIPTOR(`text`), ARRAY[0.1, 0.2], 5));
        """
      Then the statement is refused because of "VECTOR_SEARCH_AGG"
