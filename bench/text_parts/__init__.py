"""Parts of ``bench.texts``: edits of Korean sentences, and what is counted."""
