"""Rows made up by the connector `faker`: expressions, their providers, columns' values."""
