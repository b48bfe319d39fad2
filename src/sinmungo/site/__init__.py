"""Composition: settings, urls, wsgi and the choice of adapters. The only place that sees everything."""
