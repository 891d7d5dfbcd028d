"""The promises: what holds for the whole house, whatever room one is in."""
