"""The verdict told: to people as one self-contained page, to a pull request as Markdown, to CI as JUnit XML."""
