"""A month at the desk in virtual time: given arrivals and a roster, the desk's own routing, clocks and claims."""
