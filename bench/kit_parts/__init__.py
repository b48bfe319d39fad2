"""Parts of ``python -m bench.kit``: pictures drawn by code, how they are posted again, and what is found."""
