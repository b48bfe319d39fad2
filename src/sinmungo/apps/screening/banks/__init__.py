"""Banks: fingerprints of known pictures, clips and texts, kept by services and held in memory to match."""
