"""People and staff: phone numbers, one-time codes, sessions on devices, profiles and posts in an OPD."""
