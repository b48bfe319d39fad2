"""What ``journeys.receive`` needs to judge versions: facts gathered in bulk, screening, verdicts."""
