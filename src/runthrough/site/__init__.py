"""Publishing: pages, features and the last run's samples become a site."""
