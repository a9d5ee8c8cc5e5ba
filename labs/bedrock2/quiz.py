"""Grade your answers to the quiz of this lab."""

MY_ANSWERS = "aaaaaaaa"  # yours: a letter for each question

RIGHT = "bcbadcbd"
REASONS = [
    "PrivateLink gives the VPC an endpoint of its own; the others join "
    "offices, data centres or people to it.",
    "Playgrounds are pages of the console; SDK, CLI and notebooks call APIs.",
    "The account of the inference service routes and checks; yours calls, "
    "the one behind it hosts the model.",
    "Looking things up is the control plane's work.",
    "Inference is the data plane's work.",
    "Without an endpoint there is nobody to send parameters or a prompt to.",
    "maxTokens counts tokens, and a topP of 0.1 leaves hardly a choice, "
    "whatever the temperature.",
    "Converse has no chunks, and the two Invoke calls have no shared body.",
]

score = 0
for number, (mine, right, reason) in enumerate(
    zip(MY_ANSWERS, RIGHT, REASONS, strict=True), start=1
):
    verdict = "right" if mine == right else f"no, it is {right}"
    score += mine == right
    print(f"{number}. {mine}: {verdict}. {reason}")

print(f"{score} of {len(RIGHT)} right")
