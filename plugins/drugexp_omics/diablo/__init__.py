"""Components that tell classes of cells apart."""
