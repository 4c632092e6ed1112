"""One network of cells out of several, and its clusters."""
