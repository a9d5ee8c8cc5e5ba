"""Data of the labs: seeded generators, and a manifest of what a lab may expect of them.

`command` holds what the command line calls. `river_hotels.generate` makes the rows, `manifest`
counts them, `write` puts them into files, `produce` into Kafka, `stream` goes on after them.
"""
