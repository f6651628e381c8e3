"""Answers that a language model writes: how it is called, what it may say, and what is done when it fails."""
