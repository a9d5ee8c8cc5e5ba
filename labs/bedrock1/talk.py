"""Talk with the model until you say nothing more.

At a keyboard it asks you. Without one, as in a rehearsal, it takes the
questions prepared below.
"""

import sys

from chat import assistant, chat, user

PREPARED = [
    "My favourite colour is green.",
    "What is 12 * 12?",
    "What is my favourite colour?",
]


def questions():
    """Yield what you say, line by line."""
    if not sys.stdin.isatty():
        yield from PREPARED
        return
    while True:
        print("You (Enter ends): ", end="", flush=True)
        text = sys.stdin.readline().strip()
        if not text:
            return
        yield text


messages = []
for question in questions():
    messages.append(user(question))
    answer = chat(messages, system="Answer in one short sentence.")
    messages.append(assistant(answer))
    print("You:  ", question)
    print("Model:", answer)

print("The conversation has", len(messages), "messages.")
