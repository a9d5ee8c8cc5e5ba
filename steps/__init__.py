"""How a line of a feature is carried out: one module a noun, one client call or one assertion.

Steps see services through fixtures of `runthrough.run`; a Then line asserts once, and the runner
looks again until it holds or its limit is over.
"""
