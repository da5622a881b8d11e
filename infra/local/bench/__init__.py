"""`make bench`: what the product costs, beside its peers, on this machine."""
