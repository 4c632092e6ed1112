"""Wells of plates, and the signatures of treatments out of them."""
