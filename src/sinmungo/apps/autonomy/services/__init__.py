"""Everything that changes the tables of autonomy, by subject."""
