@flink
Feature: LAB 1 · Infrastructure
  River Hotels knows every booking and every review, a week too late. In this lab you put in place
  what the next one computes with: an environment, a Kafka cluster, a Flink compute pool, the
  hotel data in five topics, and a connection through which Flink may ask a model on
  Amazon Bedrock.

  Rule: The tools and the variables are complete before anything is created

    @A01 @may_skip
    Scenario: See your tools
      Given Terraform is on this machine
      When I run "tools.py"
      Then it prints "python: 3."
      And it prints "terraform: Terraform v"

    @A01
    Scenario: A missing tool is named
      When I run "no_terraform.py"
      Then it ends with the error "missing: terraform"

    @A02
    Scenario: Make your variables file
      When I run "init_variables.py"
      Then it prints "prefix, cloud_region, confluent_cloud_api_key, confluent_cloud_api_secret"
      And it prints "required, but not in the sample: none"
      And it prints "git ignores it: True"

    @A03
    Scenario: A file that is not filled in is refused
      When I run "half_filled.py"
      Then it ends with the error "prefix: is not filled in yet"
      And it ends with the error "confluent_cloud_api_key: is not filled in yet"
      And it ends with the error "confluent_cloud_api_secret: is not filled in yet"

    @A03
    Scenario: What is pasted wrong is named
      When I run "pasted_wrong.py"
      Then it prints these lines, in order:
        """text
        Windows line endings:
          ready
        a blank after the key:
          confluent_cloud_api_key: has a blank at its begin or end: paste it again without
        a profile of Europe:
          aws_bedrock_anthropic_model_id: begins with eu., which is not for us-east-1
        AWS_REGION is another:
          cloud_region: is us-east-1, but AWS_REGION is us-west-2
        """

  Rule: AWS credentials last as long as the lab

    @A10 @A11
    Scenario: Exchange long-term keys for a session, once
      When I run "session_twice.py"
      Then it prints "the key begins with AKIA"
      And it prints "asked for 10800 s: a new session; it lasts "
      And it prints "it ends in about three hours: True"
      And it prints "values: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN"
      And it prints "second run: your session is kept; it lasts "
      And it prints "the values are the same: True"
      And it prints "Cannot call GetSessionToken with session credentials"

    @A12
    Scenario: Both shells set the same three names
      When I run "two_shells.py"
      Then it prints "PowerShell sets the same three: True"
      And it prints "bash sets the same three: True"

    @A05 @bedrock
    Scenario: Sign in to AWS
      Then AWS knows who I am

  Rule: A model answers only while it is alive, and only those who may ask

    @A06 @bedrock
    Scenario: Name the inference profile of your region
      When I run "profiles.py"
      Then it prints these lines, in order:
        """text
        us-west-2 -> us.anthropic.claude-sonnet-4-6
        eu-west-1 -> eu.anthropic.claude-sonnet-4-6
        ap-south-1 -> apac.anthropic.claude-sonnet-4-6
        """
      And it prints "they fit"

    @A07 @bedrock
    Scenario: Say hello to the model
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model answers with "2"

    @A08
    Scenario: Be patient on an account's first day
      When I run "first_day.py"
      Then it prints "ResourceNotFoundException: fill in Anthropic's form"
      And it prints "AccessDeniedException: AWS is making the agreement"
      And it prints "answer: 1 + 1 = 2"

    @A09 @bedrock
    Scenario: A retired model is refused
      When I ask the model "anthropic.claude-3-7-sonnet-20250219-v1:0":
        """text
        Are you still there?
        """
      Then the model is refused because of "end of its life"

  Rule: Terraform describes the environment

    @A13
    Scenario: See what the module makes
      When I run "pinned.py"
      Then it prints "confluentinc/confluent ~> 2.83.0"
      And it prints "4 confluent_api_key"
      And it prints "secrets written down: none"
      And it prints "roles: FlinkAdmin, CloudClusterAdmin, ResourceOwner"

    @A14
    Scenario: The connection to Bedrock is made on request only
      When I run "bedrock_is_optional.py"
      Then it prints "confluent_flink_connection.bedrock count = var.enable_bedrock ? 1 : 0"
      And it prints "by default: False"

    @A17
    Scenario: What shows a secret is marked
      When I run "outputs.py"
      Then it prints "bedrock_endpoint: plain, 0 secrets in it"
      And it prints "confluent: sensitive, 4 secrets in it"
      And it prints "dotenv: sensitive, 5 secrets in it"

    @A18
    Scenario: The bucket's role trusts one integration
      When I run "trust_policy.py"
      Then it prints "sts:AssumeRole by confluent_provider_integration.s3.aws[0].iam_role_arn"
      And it prints "only if sts:ExternalId is confluent_provider_integration.s3.aws[0].external_id"
      And it prints "statements that allow everything: 0"

    @A13 @A14 @may_skip
    Scenario: Rehearse the plan
      Given Terraform is on this machine, with Confluent's provider
      When I run "terraform_plan.py"
      Then it prints "Success! The configuration is valid."
      And it prints "enable_bedrock=false: 11 resources, 0 connections to Bedrock"
      And it prints "enable_bedrock=true: 12 resources, 1 connections to Bedrock"

    @A15 @A16 @A17 @may_skip @slow
    Scenario: Rehearse the apply
      Given Terraform is on this machine, with Confluent's provider
      When I run "terraform_apply.py"
      Then it prints "Apply complete! Resources: 12 added, 0 changed, 0 destroyed."
      And it prints "a second plan changes: 0"
      And it prints "dotenv: sensitive"
      And it prints "Destroy complete! Resources: 12 destroyed."

    @A15 @A19
    Scenario: Follow Terraform call by call
      When I run "call_by_call.py"
      Then it prints "environment: neo-environment is there"
      And it prints "cluster: neo-cluster is PROVISIONED"
      And it prints "compute pool: neo-pool is PROVISIONED"
      And it prints "connection: bedrock-claude-connection is READY"
      And it prints "its keys make a topic: 200"
      And it prints "they open another environment: 403"

  Rule: Your keys open Confluent Cloud

    @A04
    Scenario: Sign in to Confluent Cloud
      Then the Cloud API key sees my environment

    @A15
    Scenario: Find the cluster, the pool and the registry
      Then the Kafka cluster is PROVISIONED
      And the compute pool is PROVISIONED
      And the Schema Registry is PROVISIONED
      And cluster and pool share one region

    @A05 @bedrock
    Scenario: AWS and Flink share one region
      When I run "who_am_i.py"
      Then it prints "account: "
      And it prints "AWS and the compute pool share one region: True"

  Rule: The topics hold the hotel data

    @A21
    Scenario: The same seed gives the same data
      When I run "data_twice.py"
      Then it prints "byte for byte the same: True"
      And it prints "bookings: 400 rows, promised 400"
      And it prints "hotel_reviews: 200 rows, promised 200"

    @A22 @A23
    Scenario: The data has no orphans, and words fit their stars
      When I run "data_facts.py"
      Then it prints "orphans: 0"
      And it prints "reviews of one booking, at most: 1"
      And it prints "stays last 2 to 5 days"
      And it prints "texts from the list of their stars: 200 of 200"

    @A24 @A25 @kafka
    Scenario: Load the hotel data
      When I load the data of River Hotels
      Then every topic holds as many records as were generated
      And the topic "bookings" has 6 partitions
      And the values of "bookings" have the fields:
        | BOOKING_ID | CUSTOMER_EMAIL | HOTEL_ID | CHECK_IN | CHECK_OUT | OCCUPANTS | PRICE | CREATED_AT |
      And the values of "hotel_reviews" have the fields:
        | REVIEW_ID | BOOKING_ID | REVIEW_RATING | REVIEW_TEXT | CREATED_AT |

    @A26 @kafka
    Scenario: Let the stream run for two minutes
      When I run "stream_grows.py"
      Then it prints "clickstream rose from 3000"
      And it prints "at least 6 more: True"

  Rule: Flink reaches Bedrock with keys that nobody reads back

    @A20
    Scenario: An endpoint in another region is caught
      When I run "other_region.py"
      Then it ends with the error "not created: the endpoint is in ap-south-1"

    @A19 @bedrock
    Scenario: Create the Bedrock connection
      When I submit the statement:
        """sql
        CREATE CONNECTION `bedrock-claude-connection`
          WITH (
            'type' = 'bedrock',
            'endpoint' = 'https://bedrock-runtime.${AWS_REGION}.amazonaws.com/model/${BEDROCK_MODEL_ID}/invoke',
            'aws-access-key' = '${AWS_ACCESS_KEY_ID}',
            'aws-secret-key' = '${AWS_SECRET_ACCESS_KEY}',
            'aws-session-token' = '${AWS_SESSION_TOKEN}'
          );
        """
      Then the connection "bedrock-claude-connection" is READY
      And the connection "bedrock-claude-connection" shows none of my secrets

    @A19 @bedrock
    Scenario: See the row of the connection
      Given the step "Create the Bedrock connection" is complete
      When I run "connection_row.py"
      Then it prints "type: BEDROCK"
      And it prints "cloud: AWS, region: "
      And it prints "status: READY"

    @bedrock
    Scenario: A connection without its secret key is refused
      When I submit the statement:
        """sql
        CREATE CONNECTION `half-a-connection`
          WITH (
            'type' = 'bedrock',
            'endpoint' = 'https://bedrock-runtime.${AWS_REGION}.amazonaws.com/model/${BEDROCK_MODEL_ID}/invoke',
            'aws-access-key' = '${AWS_ACCESS_KEY_ID}'
          );
        """
      Then the statement is refused because of "aws-secret-key"
