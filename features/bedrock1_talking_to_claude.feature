@bedrock
Feature: Talking to Claude on Bedrock
  A model on Amazon Bedrock is one signed request away. In this lab we find a model that is alive,
  call it through its inference profile, give it instructions, and hold a conversation that it
  remembers, because we send it.

  Rule: A client needs boto3, a region and keys

    Scenario: Check the set-up
      When I run "check_setup.py"
      Then it prints "boto3 version: 1."
      And it prints "region: "
      And it prints "keys found by: "

    @F01
    Scenario: Choose a model that is alive
      When I run "list_models.py"
      Then it prints "anthropic.claude-"
      And it prints "Your model is ACTIVE"

  Rule: A newer model is called through an inference profile

    Scenario: See where a profile sends your call
      When I run "show_profile.py"
      Then it prints "is ACTIVE"
      And it prints "answers from: "

    @F05
    Scenario: Say the first words
      When I run "first_words.py"
      Then it prints "role: assistant"
      And it prints "2"
      And it prints "stopReason: end_turn"
      And it prints "totalTokens"

    @F04
    Scenario: The plain id is refused
      When I run "plain_id.py"
      Then it ends with the error "ValidationException"
      And it ends with the error "with on-demand throughput"
      And it ends with the error "inference profile"

    Scenario: A retired model is gone
      When I run "retired.py"
      Then it ends with the error "ResourceNotFoundException"
      And it ends with the error "end of its life"

  Rule: Instructions and limits go beside the messages

    @F06
    Scenario: Give the model instructions
      When I run "instructions.py"
      Then it prints "Bonjour"

    @F08
    Scenario: Cap the answer
      When I run "short_answer.py"
      Then it prints "stopReason: max_tokens"
      And it prints "outputTokens: 10"

    Scenario: Wrap Converse in a function
      When I run "chat.py"
      Then it prints "42"

    Scenario: A system prompt that is nothing is refused
      When I run "no_system.py"
      Then it ends with the error "ParamValidationError"
      And it ends with the error "system[0].text"

  Rule: The model remembers what you send it

    @F07
    Scenario: Memory is the list of messages
      When I run "memory.py"
      Then it prints these lines, in order:
        """text
        It knew the room from the question alone: False
        It knew the room from the conversation: True
        """

    Scenario: Two messages of yours in a row are refused
      When I run "two_in_a_row.py"
      Then it ends with the error "must alternate between user and assistant roles"

    Scenario: The model may not begin
      When I run "model_first.py"
      Then it ends with the error "must start with a user message"

    Scenario: Talk until you say nothing more
      When I run "talk.py"
      Then it prints "144"
      And it prints "green"
      And it prints "The conversation has 6 messages."
