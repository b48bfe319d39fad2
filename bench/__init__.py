"""Speed, beside what others reach: ``python -m bench``. Never part of the tests."""
