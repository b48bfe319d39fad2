"""What others read of autonomy, by subject."""
