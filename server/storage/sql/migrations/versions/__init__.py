"""Steps in order; the first words of each say what it brings."""
