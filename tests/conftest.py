"""What holds for all tests: hypothesis asserts no time, as nothing here does."""

from hypothesis import settings

settings.register_profile("runthrough", deadline=None)
settings.load_profile("runthrough")
