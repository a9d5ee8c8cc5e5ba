"""The pytest plugin that runs `.feature` files: collection, the runner, and what it tells."""
