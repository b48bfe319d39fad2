"""What every app stands on: ids, the clock, append-only history, promises and keyset pages. No tables."""
