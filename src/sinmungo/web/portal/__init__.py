"""What everybody opens without signing in: the first page, reports, receipts, statements and appeals."""
