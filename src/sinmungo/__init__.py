"""Sinmungo: open trust and safety software with due process."""

__version__ = "0.1.0"
