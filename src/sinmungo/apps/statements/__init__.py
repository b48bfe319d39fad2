"""What the people affected are told: statements of reasons and outcomes of reports."""
