"""Watching and spoiling the traffic: injected faults, the request log, the way back to the start.

Design 7. `places` names what a request goes to, `rules` says what to spoil, `requests` keeps what
was asked, `app` stands before all other routes and answers `/_emulator/…`.
"""
