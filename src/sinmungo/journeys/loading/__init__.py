"""What ``journeys.outside`` needs: the shape of another tool's decision, and its history in files."""
