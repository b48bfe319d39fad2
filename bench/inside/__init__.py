"""What is measured with the database ready: ``python -m bench.inside SCRIPT ...`` prints one JSON value."""
