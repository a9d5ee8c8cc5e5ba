"""Tell the model something; ask for it alone, then with what was said."""

from chat import assistant, chat, user

told = user("My room number is 412.")
question = user("What is my room number?")

answer = chat([told])
print("You:   My room number is 412.")
print("Model:", answer)

alone = chat([question])
print("You:   What is my room number? (sent alone)")
print("Model:", alone)

remembered = chat([told, assistant(answer), question])
print("You:   What is my room number? (sent with the conversation)")
print("Model:", remembered)

print("It knew the room from the question alone:", "412" in alone)
print("It knew the room from the conversation:", "412" in remembered)
