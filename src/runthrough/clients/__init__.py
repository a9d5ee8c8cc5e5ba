"""How runthrough speaks to services: one module a service, built from the settings alone."""
