"""Planning: the theory of waiting lines, a fast single queue, a world around the real engine, and replay of what was recorded."""
