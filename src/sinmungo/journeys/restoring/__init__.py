"""The parts of a restoration: what the platform says, what is put right, what returned."""
