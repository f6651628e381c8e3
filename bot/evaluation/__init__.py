"""Measuring the assistant: questions with known facts, metrics, reports, and the calibration of the judge."""
