"""The shell steps of `examples/ci/`, run as the two CI servers run them: `.ci/run` does so in a clean clone."""
