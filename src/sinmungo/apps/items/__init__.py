"""What is judged: platforms, items, and each version of an item as it was seen."""
