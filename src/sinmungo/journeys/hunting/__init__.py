"""What comparing media as it comes and searching in everything seen share."""
