"""Work of people: queues, assignments, cases, answers to factors, approvals, and what was really looked at."""
