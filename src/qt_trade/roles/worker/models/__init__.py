"""Models: trained, kept, judged, put in use and taken out of it."""
