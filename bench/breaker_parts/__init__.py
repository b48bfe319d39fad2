"""What ``python -m bench.breaker`` measures, and what stands beside it."""
