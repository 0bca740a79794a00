"""What people do: journeys and tables as data, channels that play them over the wire, sessions that join them."""
