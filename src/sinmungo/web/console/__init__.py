"""The desk of the people who work here: queues, cases, approvals, appeals, and what runs the house."""
