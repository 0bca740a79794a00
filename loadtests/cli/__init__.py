"""The front door, `crmload`: one function a command, no logic of its own."""
