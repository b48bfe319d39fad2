"""What ``journeys.guard`` needs: what is known of due acts, what becomes of each, draws, words, cases."""
