"""The views of the pages for everybody, by what a person came for."""
