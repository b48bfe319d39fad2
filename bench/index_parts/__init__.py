"""What ``bench.index`` measures: shapes of sets of hashes, and systems that search them."""
