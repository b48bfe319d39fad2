"""Which automation may act alone and on what evidence; what became of it when it was wrong."""
