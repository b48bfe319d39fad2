"""What asking a model needs: the question, the budget, the pause after failures, the check of its answer."""
