"""The Dynamics Web API v9.x over the local database: calls in, answers out, no sockets."""
