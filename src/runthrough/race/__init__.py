"""A race to look at: its topics become a page that moves while records arrive."""
