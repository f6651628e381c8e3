"""Corpus files into passages into an index generation."""
