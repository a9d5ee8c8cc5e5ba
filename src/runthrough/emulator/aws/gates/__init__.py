"""What a call to a model has to pass before the model works, in the order AWS applies."""
