"""The parts of a reviewer's decision: choosing, keeping back, sending, ending."""
