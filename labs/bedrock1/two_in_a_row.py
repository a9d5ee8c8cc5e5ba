"""Send two messages of yours, one after the other."""

from chat import chat, user

chat([user("My room number is 412."), user("What is my room number?")])
