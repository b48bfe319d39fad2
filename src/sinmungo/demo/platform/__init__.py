"""동네마당 ("neighbourhood square"): the invented community platform, a Django project of its own."""
