"""The server around the Web API: hosts and paths, who asks, the access log, control, start and stop."""
