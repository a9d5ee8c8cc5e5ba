"""Statements while they run: jobs, their results, the store, and what DDL leaves behind."""
