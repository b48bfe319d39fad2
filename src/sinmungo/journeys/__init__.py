"""The stories that cross apps, one file each. Read these first: they are the system."""
