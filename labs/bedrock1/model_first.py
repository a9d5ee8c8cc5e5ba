"""Let the model begin the conversation."""

from chat import assistant, chat, user

chat([assistant("Welcome! How may I help?"), user("What is 1+1?")])
