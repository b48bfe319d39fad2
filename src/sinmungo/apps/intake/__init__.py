"""What comes in: batches of events, reports by people, legal notices."""
