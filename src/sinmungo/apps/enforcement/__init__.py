"""Decisions, their actions, the wanted state of every item, strikes and deliveries."""
