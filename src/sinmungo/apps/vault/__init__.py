"""Which keys exist, which were destroyed; sealing and opening of personal text under them."""
