"""Markdown prompts for language models (data only)."""
