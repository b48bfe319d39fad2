"""What ``python -m bench.quality`` is made of: data, systems that flag, figures and pages."""
