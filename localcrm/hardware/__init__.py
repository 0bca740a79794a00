"""The hardware dial: how many servers the pretended CRM has, how fast they are, and how busy they get."""
