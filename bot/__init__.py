"""Talking: the `ptce` command, the chat channels, and every sentence that users read."""
