"""Work of people: queues, assignments, cases, answers, approvals, and what was really looked at."""
