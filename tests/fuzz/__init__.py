"""Long runs of hostile input, started by hand; a short one of each stands in the tests."""
