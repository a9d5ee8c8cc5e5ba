@bedrock
Feature: The Bedrock API
  Two endpoints, five ways to ask a model, and a body for each vendor. In this lab we look at every
  one of them, at what may go wrong, and decide which to use.

  Rule: The control plane knows the models, the data plane asks them

    Scenario: The data plane lists no models
      When I run "two_endpoints.py"
      Then it ends with the error "no attribute 'list_foundation_models'"

    @F01
    Scenario: Ask what a model can do
      When I run "what_it_can.py"
      Then it prints "gives:   TEXT"
      And it prints "streams: True"
      And it prints "gives:   EMBEDDING"
      And it prints "streams: False"

    Scenario: Ask what stands between you and a model
      When I run "may_i_call.py"
      Then it prints these lines, in order:
        """text
        in this region: AVAILABLE
        agreement:      AVAILABLE
        entitlement:    AVAILABLE
        account:        AUTHORIZED
        """

    Scenario: The models of older lessons are gone
      When I run "retired_models.py"
      Then it prints these lines, in order:
        """text
        404 ResourceNotFoundException - Claude 2
        404 ResourceNotFoundException - Claude 3.5 Haiku
        404 ResourceNotFoundException - Titan Text Express
        404 ResourceNotFoundException - Jurassic-2 Ultra
        404 ResourceNotFoundException - Stable Diffusion XL
        """
      And it prints "This model version has reached the end of its life."

  Rule: A call is one signed request

    Scenario: Look at the request itself
      When I run "anatomy.py"
      Then it prints "POST /model/us.amazon.nova-2-lite-v1%3A0/converse"
      And it prints "/bedrock/aws4_request"
      And it prints "answered: 200"

  Rule: InvokeModel takes the vendor's own body

    @F02
    Scenario: Send Claude its own body
      When I run "invoke_claude.py"
      Then it prints "42"
      And it prints "stop_reason: end_turn"

    @F03
    Scenario: The body of Claude 2 is refused
      When I run "old_body.py"
      Then it ends with the error "ValidationException"

    Scenario: Ask three vendors in their own words
      When I run "invoke_others.py"
      Then it prints "answers with: output, stopReason, usage"
      And it prints "choices"
      And it prints "42"

    Scenario: Turn sentences into numbers
      When I run "embed.py"
      Then it prints "numbers in a vector: 256"
      And it prints "The two about breakfast are nearer: True"

  Rule: Converse takes one body for all

    Scenario: Ask four vendors in the same words
      When I run "same_request.py"
      Then it prints "us.amazon.nova-2-lite-v1:0"
      And it prints "mistral.mistral-large-3-675b-instruct"
      And it prints "openai.gpt-oss-20b-1:0"
      And it prints "42"

    Scenario: Pass what only one vendor knows
      When I run "vendor_fields.py"
      Then it prints "Claude stopped: stop_sequence"
      And it prints "Claude adds: {'stop_sequence': '42'}"
      And it prints "Nova refuses: "

    @F11
    Scenario: A document has a name without dots
      When I run "document.py"
      Then it prints "'house rules' is accepted"
      And it prints "'house_rules.txt' is refused"

  Rule: A stream is read event by event

    @F10
    Scenario: Stream what Converse answers
      When I run "stream_converse.py"
      Then it prints these lines, in order:
        """text
        messageStart
        contentBlockDelta
        contentBlockStop
        messageStop
        metadata
        More than one delta: True
        """

    Scenario: Stream the vendor's own chunks
      When I run "stream_invoke.py"
      Then it prints "stop_reason: end_turn"
      And it prints "tokens out: "

    Scenario: A stream is no context manager
      When I run "with_stream.py"
      Then it ends with the error "TypeError"
      And it ends with the error "context manager"

    Scenario: List what a stream may send
      When I run "stream_events.py"
      Then it prints "modelStreamErrorException"
      And it prints "modelTimeoutException"

    @emulator_only
    Scenario: A stream that breaks off is asked for again
      Given this fault:
        """yaml
        match: {route: "/model/{modelId}/converse-stream"}
        times: 1
        ends_with: {exception: modelStreamErrorException, after_events: 3}
        """
      When I run "careful_stream.py"
      Then it prints "attempt 1 broke off: modelStreamErrorException"
      And it prints "whole: "

  Rule: Parameters shape the answer

    @F09
    Scenario: Do the sampling by hand
      When I run "sampling.py"
      Then it prints these lines, in order:
        """text
        start             tea 0.700  coffee 0.200  cocoa 0.100
        temperature 0.5   tea 0.907  coffee 0.074  cocoa 0.019
        temperature 2     tea 0.523  coffee 0.279  cocoa 0.198
        topK 2            tea 0.778  coffee 0.222
        topP 0.7          tea 1.000
        topP 0.9          tea 0.778  coffee 0.222
        """

    Scenario: End an answer where you want
      When I run "parameters.py"
      Then it prints "one two three"
      And it prints "stopReason: stop_sequence"

    Scenario: Temperature and top-p together are refused
      When I run "both_at_once.py"
      Then it ends with the error "ValidationException"
      And it ends with the error "cannot both be specified"

  Rule: A refusal has a code

    Scenario: Catch refusals by their code
      When I run "catch_errors.py"
      Then it prints these lines, in order:
        """text
        400 ValidationException: mend it first
        400 ValidationException: mend it first
        404 ResourceNotFoundException: mend it first
        403 UnrecognizedClientException: mend it first
        """

  Rule: Whoever calls has keys

    Scenario: See whose keys you use
      When I run "sign_in.py"
      Then it prints "boto3 looks here, in this order:"
      And it prints "They belong to: "

  Rule: What you know you can explain

    @F12
    Scenario: Grade the quiz
      When I run "quiz.py"
      Then it prints "1. a: no, it is b. PrivateLink"
      And it prints "4. a: right."
      And it prints "1 of 8 right"
