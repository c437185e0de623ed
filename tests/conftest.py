"""What the tests of several rooms share."""

from hypothesis import settings

# a busy machine is no failure, and a failure can be repeated
settings.register_profile("lensym", deadline=None, derandomize=True)
settings.load_profile("lensym")
