"""What showing and reading pictures share."""
