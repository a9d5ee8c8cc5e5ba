Feature: Troubleshooting
  What goes wrong in a workshop, word for word, and what helps. Each entry of this page was brought
  about on purpose, seen, and put right.

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
