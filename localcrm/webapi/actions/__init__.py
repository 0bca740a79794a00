"""The functions and actions that belong to the Web API itself, one concept a file."""
