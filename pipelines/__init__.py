"""Complete batch programs, to be submitted as they are: on this machine or to a cluster."""
