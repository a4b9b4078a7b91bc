"""FIT files: a night's HRV status, and RR intervals recorded by a watch."""
