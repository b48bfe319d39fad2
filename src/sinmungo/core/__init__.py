"""Pure libraries: no framework, no network, no clock and no randomness of their own."""
