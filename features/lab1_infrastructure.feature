@flink
Feature: LAB 1 · Infrastructure
  River Hotels knows every booking and every review, a week too late. In this lab we put in place
  what the next one computes with: an environment, a Kafka cluster, a Flink compute pool, the
  hotel data in five topics, and a connection through which Flink may ask a model on
  Amazon Bedrock.

  Rule: Your keys open Confluent Cloud and AWS

    @A04
    Scenario: Sign in to Confluent Cloud
      Then the Cloud API key sees my environment

    Scenario: Find the cluster, the pool and the registry
      Then the Kafka cluster is PROVISIONED
      And the compute pool is PROVISIONED
      And the Schema Registry is PROVISIONED
      And cluster and pool share one region

    @A05 @bedrock
    Scenario: Sign in to AWS
      Then AWS knows who I am

  Rule: A model answers only while it is alive

    @A07 @bedrock
    Scenario: Say hello to the model
      When I ask the model:
        """text
        What is 1+1? Answer with the number.
        """
      Then the model answers with "2"

    @A09 @bedrock
    Scenario: A retired model is refused
      When I ask the model "anthropic.claude-3-7-sonnet-20250219-v1:0":
        """text
        Are you still there?
        """
      Then the model is refused because of "end of its life"

  Rule: The topics hold the hotel data

    @A24 @A25 @kafka
    Scenario: Load the hotel data
      When I load the data of River Hotels
      Then every topic holds as many records as were generated
      And the topic "bookings" has 6 partitions
      And the values of "bookings" have the fields:
        | BOOKING_ID | CUSTOMER_EMAIL | HOTEL_ID | CHECK_IN | CHECK_OUT | OCCUPANTS | PRICE | CREATED_AT |
      And the values of "hotel_reviews" have the fields:
        | REVIEW_ID | BOOKING_ID | REVIEW_RATING | REVIEW_TEXT | CREATED_AT |

  Rule: Flink reaches Bedrock with keys that nobody reads back

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
